"""The sandboxes that a worker has open: one that the alias is connected to, and copies made of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import MARKER_QUERY, Address, NotOurs


class Bench:
    """Switches one alias between sandboxes, and copies, keeps and drops them."""

    def __init__(self, factory: AnyFactory, alias: str, current: Address) -> None:
        self.factory = factory
        self.alias = alias
        self.current = current

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """The alias's connection, whichever sandbox it is on."""
        return connections[self.alias]

    def switch(self, address: Address) -> None:
        """Let the alias be connected to ``address`` from now on."""
        self.connection.close()
        self.connection.settings_dict["NAME"] = address.name
        self.current = address
        forget_types()

    def create(self, label: str) -> Address:
        """Make an empty sandbox."""
        return self.factory.create(label)

    def clone(self, label: str) -> Address:
        """Copy the current sandbox as it is now."""
        self.connection.close()
        return self.factory.clone(self.current, label)

    def copy_of(self, source: Address, label: str) -> Address:
        """Copy another sandbox, one that nothing is connected to."""
        return self.factory.clone(source, label)

    def drop(self, address: Address) -> None:
        """Drop a sandbox that is not the current one."""
        self.factory.drop(address)

    def replace(self, address: Address) -> None:
        """Go on with ``address`` in place of the current sandbox, which is dropped."""
        gone = self.current
        self.switch(address)
        self.drop(gone)

    @contextmanager
    def on(self, address: Address, *, keep: bool = False) -> Iterator[None]:
        """Be on ``address`` for a while, then back; it is dropped afterwards unless ``keep``."""
        home = self.current
        self.switch(address)
        try:
            yield
        finally:
            self.switch(home)
            if not keep:
                self.drop(address)


def forget_types() -> None:
    """Let the next connection look again which types its database has.

    Django asks once in a process: what a database said in which an extension was not there yet would stand.
    """
    signals = sys.modules.get("django.contrib.postgres.signals")
    if signals is not None:
        signals.get_hstore_oids.cache_clear()
        signals.get_citext_oids.cache_clear()


def guard(factory: AnyFactory) -> None:
    """Refuse every connection of Django's to a database that this run did not make.

    Checked on each new connection, whoever opened it: by the name, and on PostgreSQL by the marker that only
    our own databases carry. Raises :class:`NotOurs` out of whatever wanted to connect.
    """

    def foreign(connection: BaseDatabaseWrapper) -> bool:
        if connection.vendor != "postgresql":
            return not factory.owns(name_of(connection))
        # A database of another name is not even asked for its marker.
        if not factory.owns(name_of(connection)):
            return True
        with connection.connection.cursor() as cursor:
            actual, marker = cursor.execute(MARKER_QUERY).fetchone()
        return not factory.marker_is_ours(actual, marker)

    refuse(foreign)


def refuse(foreign: Callable[[BaseDatabaseWrapper], bool]) -> None:
    """Let no connection of Django's be used that is ``foreign``. Each raises :class:`NotOurs`.

    What was refused before by another word of ours is not any more.
    """

    def check(sender: object, connection: BaseDatabaseWrapper, **_: object) -> None:
        if foreign(connection):
            name = name_of(connection)
            connection.close()
            raise NotOurs(name)

    connection_created.disconnect(dispatch_uid="switchback-guard")
    connection_created.connect(check, weak=False, dispatch_uid="switchback-guard")


def name_of(connection: BaseDatabaseWrapper) -> str:
    """Return the name of the database that ``connection`` is on, the driver's word where it has one."""
    if connection.vendor == "postgresql" and connection.connection is not None:
        return str(connection.connection.info.dbname)
    return str(connection.settings_dict["NAME"])
