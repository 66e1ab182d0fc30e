"""Manages the open sandboxes of a worker: the one its alias is connected to, and clones of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import MARKER_QUERY, Address, NotASandbox
from django_switchback.worker.guard import environment
from django_switchback.worker.guard.allowed_databases import allow_run
from django_switchback.worker.guard.refuse_django_connections import guard_connections
from django_switchback.worker.process.driver_caches import forget_types
from django_switchback.worker.shared_objects.state import ServerState
from django_switchback.worker.stopwatch import STOPWATCH


class SandboxSwitcher:
    """Switches one alias between sandboxes; creates, clones and drops them."""

    def __init__(
        self, factory: AnyFactory, alias: str, current: Address, server: ServerState | None = None
    ) -> None:
        self.factory = factory
        self.alias = alias
        self.current = current
        self.server = server or ServerState()

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """The connection of the alias, whichever sandbox is current."""
        return connections[self.alias]

    def switch(self, address: Address, *, alone: bool = False) -> None:
        """Connect the alias to ``address``; for ``alone`` see :meth:`ServerState.enter`."""
        close(self.alias)
        self.server.enter(address, alone=alone)
        point_at(self.alias, address)
        self.current = address
        if self.alias == "default":
            environment.point_environment_at(address)
        forget_types()

    def create(self, label: str) -> Address:
        """Create an empty sandbox."""
        return self.factory.create(label)

    def clone(self, label: str) -> Address:
        """Clone the current sandbox."""
        close(self.alias)
        return self.clone_of(self.current, label)

    @STOPWATCH.activity("clones")
    def clone_of(self, source: Address, label: str) -> Address:
        """Clone another sandbox, which must have no connections."""
        copy = self.factory.clone(source, label)
        self.server.on_copied(source, copy)
        return copy

    @STOPWATCH.activity("clones")
    def drop(self, address: Address) -> None:
        """Drop a sandbox other than the current one."""
        self.factory.drop(address)
        self.server.on_dropped(address)

    def replace(self, address: Address) -> None:
        """Switch to ``address`` and drop the sandbox that was current."""
        previous = self.current
        self.switch(address)
        self.drop(previous)

    @contextmanager
    def switched_to(self, address: Address, *, keep: bool = False, alone: bool = False) -> Iterator[None]:
        """Switch to ``address`` for the block, then back.

        Unless ``keep``, the sandbox that is current at the end of the block is dropped.
        """
        original = self.current
        self.switch(address, alone=alone)
        try:
            yield
        finally:
            last = self.current
            self.switch(original)
            if not keep:
                self.drop(last)


def close(alias: str) -> None:
    """Close the connections of ``alias`` and of its mirrors."""
    for connection in _connections_to(alias):
        connection.close()


def point_at(alias: str, address: Address) -> None:
    """Point ``alias`` and its mirrors at ``address`` for their next connection."""
    for connection in _connections_to(alias):
        connection.settings_dict["NAME"] = address.name


def _connections_to(alias: str) -> tuple[BaseDatabaseWrapper, ...]:
    settings = connections.settings
    mirrors = (other for other in settings if settings[other]["TEST"].get("MIRROR") == alias)
    return tuple(connections[other] for other in dict.fromkeys((alias, *mirrors)))


def install_guard(factory: AnyFactory) -> None:
    """Refuse connections to databases that this run did not create; each raises :class:`NotASandbox`.

    The name is checked before connecting; on PostgreSQL also the marker in the database after connecting.
    """
    guard_connections(allow_run(factory))

    def check(sender: object, connection: BaseDatabaseWrapper, **_: object) -> None:
        if connection.vendor != "postgresql":
            return
        with connection.connection.cursor() as cursor:
            actual, marker = cursor.execute(MARKER_QUERY).fetchone()
        if not factory.marker_is_ours(actual, marker):
            connection.close()
            raise NotASandbox(actual)

    connection_created.connect(check, weak=False, dispatch_uid="switchback-guard")
