"""The sandboxes that a worker has open: one that the alias is connected to, and copies made of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import MARKER_QUERY, Address, ForeignDatabase
from django_switchback.worker.guard import environment
from django_switchback.worker.guard.allowed_databases import allow_run
from django_switchback.worker.guard.connections import guard_connections
from django_switchback.worker.process.driver_caches import forget_types
from django_switchback.worker.server_objects.state import ServerState


class SandboxSwitcher:
    """Switches one alias between sandboxes, and copies, keeps and drops them."""

    def __init__(
        self, factory: AnyFactory, alias: str, current: Address, server: ServerState | None = None
    ) -> None:
        self.factory = factory
        self.alias = alias
        self.current = current
        self.server = server or ServerState()

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """The alias's connection, whichever sandbox it is on."""
        return connections[self.alias]

    def switch(self, address: Address, *, alone: bool = False) -> None:
        """Let the alias be connected to ``address`` from now on; ``alone``: see :meth:`ServerState.enter`."""
        close(self.alias)
        self.server.enter(address, alone=alone)
        point_at(self.alias, address)
        self.current = address
        if self.alias == "default":
            environment.point_environment_at(address)
        forget_types()

    def create(self, label: str) -> Address:
        """Make an empty sandbox."""
        return self.factory.create(label)

    def clone(self, label: str) -> Address:
        """Copy the current sandbox as it is now."""
        close(self.alias)
        return self.clone_of(self.current, label)

    def clone_of(self, source: Address, label: str) -> Address:
        """Copy another sandbox, one that nothing is connected to."""
        copy = self.factory.clone(source, label)
        self.server.copied(source, copy)
        return copy

    def drop(self, address: Address) -> None:
        """Drop a sandbox that is not the current one."""
        self.factory.drop(address)
        self.server.dropped(address)

    def replace(self, address: Address) -> None:
        """Go on with ``address`` in place of the current sandbox, which is dropped."""
        gone = self.current
        self.switch(address)
        self.drop(gone)

    @contextmanager
    def switched_to(self, address: Address, *, keep: bool = False, alone: bool = False) -> Iterator[None]:
        """Be on ``address`` for a while, then back; it is dropped afterwards unless ``keep``.

        So is what has replaced it in between.
        """
        home = self.current
        self.switch(address, alone=alone)
        try:
            yield
        finally:
            gone = self.current
            self.switch(home)
            if not keep:
                self.drop(gone)


def close(alias: str) -> None:
    """Close the connection of ``alias`` and those of its mirrors."""
    for connection in _connections_to(alias):
        connection.close()


def point_at(alias: str, address: Address) -> None:
    """Let ``alias`` and its mirrors be connected to ``address`` from now on."""
    for connection in _connections_to(alias):
        connection.settings_dict["NAME"] = address.name


def _connections_to(alias: str) -> tuple[BaseDatabaseWrapper, ...]:
    settings = connections.settings
    mirrors = (other for other in settings if settings[other]["TEST"].get("MIRROR") == alias)
    return tuple(connections[other] for other in dict.fromkeys((alias, *mirrors)))


def install_guard(factory: AnyFactory) -> None:
    """Refuse every connection to a database that this run did not make. Each raises :class:`ForeignDatabase`.

    By its name, before it is connected to; on PostgreSQL also by the marker that only our databases carry.
    """
    guard_connections(allow_run(factory))

    def check(sender: object, connection: BaseDatabaseWrapper, **_: object) -> None:
        if connection.vendor != "postgresql":
            return
        with connection.connection.cursor() as cursor:
            actual, marker = cursor.execute(MARKER_QUERY).fetchone()
        if not factory.marker_is_ours(actual, marker):
            connection.close()
            raise ForeignDatabase(actual)

    connection_created.connect(check, weak=False, dispatch_uid="switchback-guard")
