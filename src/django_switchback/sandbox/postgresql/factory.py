"""Sandboxes of PostgreSQL: databases that carry the run in their name and in their comment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import LiteralString, NamedTuple, TypeVar

import msgspec
from psycopg import Connection, errors, sql
from psycopg.rows import TupleRow

from django_switchback.sandbox.interface import (
    Address,
    Engine,
    ForeignDatabase,
    Left,
    NotRemoved,
    SandboxError,
)
from django_switchback.sandbox.names import (
    PREFIX,
    RunIdentity,
    is_abandoned,
    is_marked,
    marker,
    marking_connection_limit,
    random_serial,
)
from django_switchback.sandbox.postgresql.backends import (
    connected_runs,
    terminate_backends,
    terminate_backends_on,
)
from django_switchback.sandbox.postgresql.login import Login
from django_switchback.sandbox.postgresql.maintenance import ServerLost, maintenance_connection

T = TypeVar("T")
_DISCONNECT_SECONDS = 5.0
"""How long a closed connection's backend may take to leave; PostgreSQL itself would look every 0.1 s only."""
_PATIENCE_SECONDS = 1.0
"""How long it may take before it is told to."""
_DROPPING_SECONDS = 10.0
"""How long a database that somebody is in is tried to be dropped."""
MAX_BYTES_IN_MEMORY = 64 << 20
"""Bytes of a database (some 600 tables) beyond which its copies in memory would be too much."""
_LARGE: LiteralString = """
SELECT 1 FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = %s AND t.spcname <> %s AND pg_catalog.pg_database_size(d.oid) > %s::bigint"""
_CLIENTS: LiteralString = (
    "SELECT usename, application_name, pid FROM pg_catalog.pg_stat_activity "
    "WHERE datname = %s AND backend_type = 'client backend'"
)


class SandboxInUse(SandboxError):
    """A sandbox cannot be cloned since ``client`` (role, application, process) is connected to it."""

    def __init__(self, name: str, client: tuple[str, ...]) -> None:
        role, application, pid = client
        program = f" with {application}" if application else ""
        super().__init__(
            f"sandbox {name!r} cannot be cloned: role {role!r} is connected to it{program} (server process "
            f"{pid}) and may not be disconnected by us; leave the databases of a run alone while it runs"
        )


class FoundDatabase(NamedTuple):
    """A database whose name begins like ours, as the catalogue has it."""

    name: str
    comment: str | None
    limit: int
    droppable: bool

    @property
    def marked(self) -> bool:
        """Whether the run in its name marked it."""
        return is_marked(self.name, self.comment, self.limit)


class PostgresFactory(msgspec.Struct, frozen=True, kw_only=True, tag="postgresql"):
    """Makes, clones and drops databases on one server of version ``major``.

    ``database`` is the one connected to for that; ``users_own`` is the one in the user's URL, which is
    never ours whatever its name. ``programs`` is the folder of the server's own programs, where it is known.
    """

    run: RunIdentity
    login: Login
    major: int
    database: str = "postgres"
    users_own: str = ""
    programs: str = ""
    pristine: str = ""
    """Of a server of ours alone: its roles and settings as it was made with (``shared_catalogs.read``)."""
    fingerprint: str = ""
    """The fingerprint of ``pristine``."""
    disk: str = ""
    """Of a server of ours whose files lie in memory: the tablespace on disk for large databases."""

    @property
    def engine(self) -> Engine:
        """PostgreSQL."""
        return "postgresql"

    def owns(self, name: str) -> bool:
        """Tell by its name whether a database is one that this run made."""
        return self.run.owns(name) and name != self.users_own

    def marker_is_ours(self, name: str, comment: str | None) -> bool:
        """Tell by name and comment whether a database is one that this run made."""
        return self.owns(name) and comment == marker(self.run)

    def create(self, label: str) -> Address:
        """Make an empty database in UTF-8. Raises :class:`ServerLost` or :class:`LoginRefused`."""
        return self._make(
            label, sql.Composed([sql.SQL("TEMPLATE template0 ENCODING 'UTF8'"), self._locale()])
        )

    def clone(self, source: Address, label: str) -> Address:
        """Make a copy of ``source``.

        Raises :class:`ForeignDatabase`, :class:`SandboxInUse`, :class:`ServerLost` or :class:`LoginRefused`.
        """
        self._check(source)
        self._wait_until_left(source.name)
        self._move_if_large(source.name)
        return self._make(label, sql.SQL("TEMPLATE ") + sql.Identifier(source.name))

    def drop(self, address: Address) -> None:
        """Drop a database and whoever is connected. Raises as :meth:`clone`; one that is gone is no error."""
        if self._check(address) is not None:
            self.drop_database(address.name)

    def find_databases(self) -> tuple[FoundDatabase, ...]:
        """Return every database there whose name begins like ours, but for the user's own."""
        rows = self._rows(
            "SELECT datname, pg_catalog.shobj_description(oid, 'pg_database'), datconnlimit, "
            "pg_catalog.pg_has_role(datdba, 'USAGE') "
            "FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname::text, %s)",
            PREFIX,
        )
        return tuple(FoundDatabase(*row) for row in rows if row[0] != self.users_own)

    def drop_database(self, name: str) -> None:
        """Drop ``name``, which the caller has found to be marked as some run's, and whoever is connected.

        NOTE: ``WITH (FORCE)`` is refused to an ordinary role while autovacuum is in the database. A plain
        DROP sends autovacuum away by itself and waits up to 5 s for everybody else.
        https://www.postgresql.org/docs/current/sql-dropdatabase.html
        """
        drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
        deadline = time.monotonic() + _DROPPING_SECONDS
        while True:
            with maintenance_connection(self.login, self.database) as connection:
                terminate_backends_on(connection, name)
            try:
                self._execute(drop)
            except ServerLost as error:
                if not isinstance(error.__cause__, errors.ObjectInUse) or time.monotonic() > deadline:
                    raise
            else:
                return

    def end_abandoned(self, *, now: float) -> None:
        """End every connection of a run that is over at ``now`` (Unix time, seconds)."""
        with maintenance_connection(self.login, self.database) as connection:
            for run in connected_runs(connection):
                if is_abandoned(run.application, now=now):
                    terminate_backends(connection, run)

    def drop_all(self) -> None:
        """Drop what any process made for this run, until there is nothing left.

        What a killed process asked for (a CREATE DATABASE, say) goes on in the server: it is ended first.

        Raises :class:`NotRemoved` for what could not be dropped, after every database was tried, and
        :class:`ServerLost` or :class:`LoginRefused` where the server cannot be asked.
        """
        refused: dict[str, str] = {}
        while True:
            with maintenance_connection(self.login, self.database) as connection:
                terminate_backends(connection, self.run)
            there = [
                database
                for database in self.find_databases()
                if self.owns(database.name) and database.name not in refused
            ]
            if not there:
                break
            refused |= self._drop_each(there)
        if refused:
            drop = 'DROP DATABASE "{}" WITH (FORCE);'.format
            raise NotRemoved([Left(name, reason, drop(name)) for name, reason in refused.items()])

    def _drop_each(self, databases: Iterable[FoundDatabase]) -> dict[str, str]:
        """Drop ``databases`` and return why not, for each that could not be dropped."""
        refused = {}
        for database in databases:
            if not database.marked:
                refused[database.name] = "it has the name of a sandbox of this run, but not its comment"
                continue
            try:
                self.drop_database(database.name)
            except SandboxError as error:
                refused[database.name] = str(error)
        return refused

    def _make(self, label: str, rest: sql.Composed) -> Address:
        while True:
            name = self.run.name(label, random_serial())
            limit = self._strategy() + sql.Literal(marking_connection_limit(name))
            try:
                self._execute(sql.SQL("CREATE DATABASE {} ").format(sql.Identifier(name)) + rest + limit)
            except ServerLost as error:
                if isinstance(error.__cause__, errors.DuplicateDatabase):
                    continue
                raise
            break
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
        self._execute(comment.format(sql.Identifier(name), sql.Literal(marker(self.run))))
        return self.login.address(name)

    def _check(self, address: Address) -> FoundDatabase | None:
        """Return what is there under that name, ``None`` for nothing. Raises :class:`ForeignDatabase`."""
        if address.engine != "postgresql" or not self.owns(address.name):
            raise ForeignDatabase(address.name)
        there = next((found for found in self.find_databases() if found.name == address.name), None)
        if there is not None and not there.marked:
            raise ForeignDatabase(address.name)
        return there

    def _strategy(self) -> sql.SQL:
        # NOTE: the only strategy of 14, and since 15 the quicker one for small databases that nobody uses.
        return sql.SQL(" STRATEGY file_copy CONNECTION LIMIT " if self.major >= 15 else " CONNECTION LIMIT ")

    def _move_if_large(self, name: str) -> None:
        """Move a database larger than :data:`MAX_BYTES_IN_MEMORY` to disk, where its copies will be too."""
        if self.disk and self._rows(_LARGE, name, self.disk, str(MAX_BYTES_IN_MEMORY)):
            move = sql.SQL("ALTER DATABASE {} SET TABLESPACE {}")
            self._execute(move.format(sql.Identifier(name), sql.Identifier(self.disk)))

    def _locale(self) -> sql.SQL:
        rows = self._rows("SELECT encoding FROM pg_catalog.pg_database WHERE datname = %s", "template0")
        # A cluster of another encoding may have locales that UTF-8 does not go with.
        utf8 = 6
        return sql.SQL("" if rows == [(utf8,)] else " LC_COLLATE 'C' LC_CTYPE 'C'")

    def _wait_until_left(self, name: str) -> None:
        """Wait until no client is connected to ``name``; end those that stay, such as a project's thread."""
        began = time.monotonic()
        while clients := self._rows(_CLIENTS, name):
            waited = time.monotonic() - began
            if waited > _DISCONNECT_SECONDS:
                raise SandboxInUse(name, tuple(map(str, clients[0])))
            if waited > _PATIENCE_SECONDS:
                with maintenance_connection(self.login, self.database) as connection:
                    terminate_backends_on(connection, name)
            time.sleep(0.002)

    def _rows(self, query: LiteralString, *values: str) -> list[TupleRow]:
        return self._ask(lambda connection: connection.execute(query, values).fetchall())

    def _execute(self, statement: sql.Composed) -> None:
        self._ask(lambda connection: connection.execute(statement))

    def _ask(self, ask: Callable[[Connection[TupleRow]], T]) -> T:
        """Call ``ask``; once more on a new connection if somebody ended the backend meanwhile."""
        try:
            with maintenance_connection(self.login, self.database) as connection:
                return ask(connection)
        except ServerLost as error:
            if not error.disconnected:
                raise
        with maintenance_connection(self.login, self.database) as connection:
            return ask(connection)
