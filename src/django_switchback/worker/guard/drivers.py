"""The drivers of PostgreSQL and SQLite, which connect to nothing but sandboxes.

psycopg and psycopg2 connect in C and raise no audit event: what they are called by is wrapped. sqlite3 tells
of each file before it opens it: one that is a database of the project's is refused, any other may be one that
a migration reads from, and is told of. No connection of sqlite3 attaches a file.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import psycopg
from psycopg import generators, pq
from psycopg.conninfo import conninfo_to_dict

from django_switchback.sandbox.environment import connects_for_us
from django_switchback.sandbox.interface import ForeignDatabase
from django_switchback.worker.guard import foreign_access
from django_switchback.worker.guard.allowed_databases import ConnectionTarget, IsAllowed, in_memory, path_of
from django_switchback.worker.guard.project_files import project_files

_OPENED = "sqlite3.connect"
_EVENTS = frozenset({_OPENED, *foreign_access.EVENTS})


def _nothing(_: ConnectionTarget) -> bool:
    return False


_reachable: IsAllowed = _nothing
_installed = False


def guard_drivers(reachable: IsAllowed) -> None:
    """Let the drivers of this process connect to nothing that ``reachable`` does not know."""
    global _reachable, _installed
    _reachable = reachable
    if not _installed:
        _installed = True
        _wrap_psycopg()
        _wrap_psycopg2()
        _wrap_sqlite3()
        sys.addaudithook(_hear)


def check(wanted: ConnectionTarget) -> None:
    """Raise :class:`ForeignDatabase` unless ``wanted`` may be connected to."""
    if not _reachable(wanted):
        foreign_access.report_access("database", wanted.place, refused=True)
        raise ForeignDatabase(wanted.name)


def _check_conninfo(conninfo: str) -> None:
    if connects_for_us():
        return
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        # The driver says so itself.
        return

    def value(key: str, variable: str) -> str:
        return str(given.get(key) or os.environ.get(variable, ""))

    check(
        ConnectionTarget(
            "postgresql",
            value("dbname", "PGDATABASE") or value("user", "PGUSER"),
            value("host", "PGHOST"),
            value("port", "PGPORT"),
            value("hostaddr", "PGHOSTADDR"),
            value("service", "PGSERVICE"),
        )
    )


def _wrap_psycopg() -> None:
    connect = generators.connect

    def checked(conninfo: str) -> Any:
        _check_conninfo(conninfo)
        return connect(conninfo)

    generators.connect = checked
    base: Any = pq.PGconn

    class Guarded(base):  # type: ignore[misc]
        """A connection of libpq, refused unless it leads to a sandbox."""

        @classmethod
        def connect(cls, conninfo: bytes) -> Any:
            _check_conninfo(conninfo.decode())
            return base.connect(conninfo)

        @classmethod
        def connect_start(cls, conninfo: bytes) -> Any:
            _check_conninfo(conninfo.decode())
            return base.connect_start(conninfo)

    pq.PGconn = Guarded


def _wrap_psycopg2() -> None:
    if importlib.util.find_spec("psycopg2") is None:
        return
    with suppress(ImportError):
        psycopg2: Any = importlib.import_module("psycopg2")
        connect: Callable[..., Any] = psycopg2._connect

        def checked(dsn: str, *arguments: Any, **options: Any) -> Any:
            _check_conninfo(dsn)
            return connect(dsn, *arguments, **options)

        psycopg2._connect = checked


def _wrap_sqlite3() -> None:
    """Let each connection of sqlite3 attach no file, from its first statement on."""
    # NOTE: the audit event that hands a connection over comes before it takes an authorizer.
    connect = sqlite3.connect

    @wraps(connect)
    def guarded(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_authorizer(_authorize)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = guarded  # type: ignore[assignment]


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Take an audit event: those of sqlite3 here, which may be refused by it."""
    # First of all: a process has tens of thousands of events.
    if event not in _EVENTS:
        return
    if event == _OPENED:
        _open(arguments[0])
    else:
        foreign_access.on_audit_event(event, arguments)


def _open(database: Any) -> None:
    """Refuse a file that is a database of the project's; tell of any other that is no sandbox."""
    name = os.fsdecode(database)
    if (
        in_memory(name)
        or _reachable(ConnectionTarget("sqlite", path_of(name)))
        or foreign_access.asked_by_tool()
    ):
        return
    path = os.path.realpath(path_of(name))
    refused = path in project_files()
    foreign_access.report_access("database", path_of(name), refused=refused)
    if refused:
        raise ForeignDatabase(name)


def _authorize(action: int, name: str | None, *_: object) -> int:
    """Let a connection of sqlite3 do all but attach a file that is no sandbox.

    VACUUM attaches one without a name. The name is ``None`` where a statement computes it.
    """
    if action != sqlite3.SQLITE_ATTACH or (name is not None and in_memory(name)):
        return sqlite3.SQLITE_OK
    if name is not None and _reachable(ConnectionTarget("sqlite", path_of(name))):
        return sqlite3.SQLITE_OK
    foreign_access.report_access(
        "database", name or "a file that a statement attaches by an expression", refused=True
    )
    return sqlite3.SQLITE_DENY
