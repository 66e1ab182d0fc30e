"""Create, clone and drop PostgreSQL databases whose name and comment identify the run."""

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
    Left,
    NotASandbox,
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
"""Seconds to wait for the backends of closed connections to exit; PostgreSQL polls only every 0.1 s."""
_TERMINATE_AFTER_SECONDS = 1.0
"""Seconds until such a backend is terminated."""
_DROP_RETRY_SECONDS = 10.0
"""Seconds to retry dropping a database in use."""
MAX_BYTES_IN_MEMORY = 64 << 20
"""The size in bytes (about 600 tables) above which a database is moved to disk before it is cloned."""
_LARGE: LiteralString = """
SELECT 1 FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = %s AND t.spcname <> %s AND pg_catalog.pg_database_size(d.oid) > %s::bigint"""
_CLIENTS: LiteralString = (
    "SELECT usename, application_name, pid FROM pg_catalog.pg_stat_activity "
    "WHERE datname = %s AND backend_type = 'client backend'"
)


class SandboxInUse(SandboxError):
    """Reports a sandbox that cannot be cloned: ``client`` (role, application, process) is connected to it."""

    def __init__(self, name: str, client: tuple[str, ...]) -> None:
        role, application, pid = client
        program = f" with {application}" if application else ""
        super().__init__(
            f"sandbox {name!r} cannot be cloned: role {role!r} is connected to it{program} (server process "
            f"{pid}), which this role may not terminate; do not use the databases of a run while it runs"
        )


class FoundDatabase(NamedTuple):
    """Holds the row in ``pg_database`` of a database with our prefix."""

    name: str
    comment: str | None
    limit: int
    droppable: bool

    @property
    def marked(self) -> bool:
        """Whether the run in its name marked it."""
        return is_marked(self.name, self.comment, self.limit)


class PostgresFactory(msgspec.Struct, frozen=True, kw_only=True, tag="postgresql"):
    """Creates, clones and drops databases on one server of version ``major``.

    ``database`` is the one that the maintenance connection uses; ``user_database`` is the one in the user's
    URL, which never counts as a sandbox. ``programs`` is the folder of the server's programs, if known.
    """

    run: RunIdentity
    login: Login
    major: int
    database: str = "postgres"
    user_database: str = ""
    programs: str = ""
    initial_catalogs: str = ""
    """Only for a server that the run started: its initial roles and settings (``read_shared_catalogs``)."""
    fingerprint: str = ""
    """The fingerprint of ``initial_catalogs``."""
    disk: str = ""
    """Only for a server that the run started in memory: the tablespace on disk for large databases."""

    @property
    def engine(self) -> Engine:
        """PostgreSQL."""
        return "postgresql"

    def owns(self, name: str) -> bool:
        """Return whether a database has a name of this run and is not the user's."""
        return self.run.owns(name) and name != self.user_database

    def marker_is_ours(self, name: str, comment: str | None) -> bool:
        """Return whether a database has the name and comment of this run."""
        return self.owns(name) and comment == marker(self.run)

    def create(self, label: str) -> Address:
        """Create an empty database in UTF-8. Raises :class:`ServerLost` or :class:`LoginRefused`."""
        return self._create_database(
            label, sql.Composed([sql.SQL("TEMPLATE template0 ENCODING 'UTF8'"), self._locale()])
        )

    def clone(self, source: Address, label: str) -> Address:
        """Clone ``source`` with ``CREATE DATABASE … TEMPLATE``.

        Raises :class:`NotASandbox`, :class:`SandboxInUse`, :class:`ServerLost` or :class:`LoginRefused`.
        """
        self._check(source)
        self._wait_for_disconnect(source.name)
        self._move_if_large(source.name)
        return self._create_database(label, sql.SQL("TEMPLATE ") + sql.Identifier(source.name))

    def take_over(self, name: str) -> Address:
        """Make a sandbox of this run from the database ``name`` of an ended run; return its new address."""
        new = self.run.name("kept", random_serial())
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new))
        limit = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
        self._execute(rename)
        self._execute(limit.format(sql.Identifier(new), sql.Literal(marking_connection_limit(new))))
        return self._mark(new)

    def drop(self, address: Address) -> None:
        """Drop a database, if it exists, and end its connections. Raises as :meth:`clone`."""
        if self._check(address) is not None:
            self.drop_database(address.name)

    def find_databases(self) -> tuple[FoundDatabase, ...]:
        """Return every database with our prefix, except the user's."""
        rows = self._rows(
            "SELECT datname, pg_catalog.shobj_description(oid, 'pg_database'), datconnlimit, "
            "pg_catalog.pg_has_role(datdba, 'USAGE') "
            "FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname::text, %s)",
            PREFIX,
        )
        return tuple(FoundDatabase(*row) for row in rows if row[0] != self.user_database)

    def drop_database(self, name: str) -> None:
        """Drop ``name`` and end its connections; the caller has checked that a run marked it.

        NOTE: an ordinary role may not use ``WITH (FORCE)`` while autovacuum runs in the database. A plain
        DROP cancels autovacuum and waits up to 5 s for other clients.
        https://www.postgresql.org/docs/current/sql-dropdatabase.html
        """
        drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
        deadline = time.monotonic() + _DROP_RETRY_SECONDS
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
        """End every connection of a run that has ended at ``now`` (Unix time in seconds)."""
        with maintenance_connection(self.login, self.database) as connection:
            for run in connected_runs(connection):
                if is_abandoned(run.application, now=now):
                    terminate_backends(connection, run)

    def drop_all(self) -> None:
        """Drop the databases that any process created for this run, until none remain.

        Running statements of a killed process (a CREATE DATABASE, for instance) are terminated first.

        Raises :class:`NotRemoved` for databases that could not be dropped, after every one was tried, and
        :class:`ServerLost` or :class:`LoginRefused` if the server is unreachable.
        """
        refused: dict[str, str] = {}
        while True:
            with maintenance_connection(self.login, self.database) as connection:
                terminate_backends(connection, self.run)
            remaining = [
                database
                for database in self.find_databases()
                if self.owns(database.name) and database.name not in refused
            ]
            if not remaining:
                break
            refused |= self._drop_each(remaining)
        if refused:
            drop = 'DROP DATABASE "{}" WITH (FORCE);'.format
            raise NotRemoved([Left(name, reason, drop(name)) for name, reason in refused.items()])

    def _drop_each(self, databases: Iterable[FoundDatabase]) -> dict[str, str]:
        """Drop ``databases`` and return the reason for each failure."""
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

    def _create_database(self, label: str, rest: sql.Composed) -> Address:
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
        return self._mark(name)

    def _mark(self, name: str) -> Address:
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
        self._execute(comment.format(sql.Identifier(name), sql.Literal(marker(self.run))))
        return self.login.address(name)

    def _check(self, address: Address) -> FoundDatabase | None:
        """Return the database of that name, ``None`` if there is none. Raises :class:`NotASandbox`."""
        if address.engine != "postgresql" or not self.owns(address.name):
            raise NotASandbox(address.name)
        found = next((row for row in self.find_databases() if row.name == address.name), None)
        if found is not None and not found.marked:
            raise NotASandbox(address.name)
        return found

    def _strategy(self) -> sql.SQL:
        # NOTE: the only strategy of 14, and since 15 the faster one for small databases without connections.
        return sql.SQL(" STRATEGY file_copy CONNECTION LIMIT " if self.major >= 15 else " CONNECTION LIMIT ")

    def _move_if_large(self, name: str) -> None:
        """Move a database larger than :data:`MAX_BYTES_IN_MEMORY` to disk, where its clones will be."""
        if self.disk and self._rows(_LARGE, name, self.disk, str(MAX_BYTES_IN_MEMORY)):
            move = sql.SQL("ALTER DATABASE {} SET TABLESPACE {}")
            self._execute(move.format(sql.Identifier(name), sql.Identifier(self.disk)))

    def _locale(self) -> sql.SQL:
        rows = self._rows("SELECT encoding FROM pg_catalog.pg_database WHERE datname = %s", "template0")
        # A cluster of another encoding may have locales that are incompatible with UTF-8.
        utf8 = 6
        return sql.SQL("" if rows == [(utf8,)] else " LC_COLLATE 'C' LC_CTYPE 'C'")

    def _wait_for_disconnect(self, name: str) -> None:
        """Wait until no client is connected to ``name``; after a while, terminate those that stay."""
        began = time.monotonic()
        while clients := self._rows(_CLIENTS, name):
            waited = time.monotonic() - began
            if waited > _DISCONNECT_SECONDS:
                raise SandboxInUse(name, tuple(map(str, clients[0])))
            if waited > _TERMINATE_AFTER_SECONDS:
                with maintenance_connection(self.login, self.database) as connection:
                    terminate_backends_on(connection, name)
            time.sleep(0.002)

    def _rows(self, query: LiteralString, *values: str) -> list[TupleRow]:
        return self._with_retry(lambda connection: connection.execute(query, values).fetchall())

    def _execute(self, statement: sql.Composed) -> None:
        self._with_retry(lambda connection: connection.execute(statement))

    def _with_retry(self, action: Callable[[Connection[TupleRow]], T]) -> T:
        """Call ``action``; once more on a new connection if the backend was terminated meanwhile."""
        try:
            with maintenance_connection(self.login, self.database) as connection:
                return action(connection)
        except ServerLost as error:
            if not error.disconnected:
                raise
        with maintenance_connection(self.login, self.database) as connection:
            return action(connection)
