"""Guards the PostgreSQL and SQLite drivers: they connect to sandboxes only.

psycopg and psycopg2 connect in C without an audit event: their Python entry points are wrapped. sqlite3
raises an audit event before it opens a file: a database of the project is refused, and any other file
(a migration may read from it) is reported. No connection of sqlite3 may attach a file.
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
from typing import Any, TypeAlias

import psycopg
from psycopg import generators, pq
from psycopg.conninfo import conninfo_to_dict

from django_switchback.sandbox.environment import connects_for_us
from django_switchback.sandbox.interface import NotASandbox
from django_switchback.worker.guard import access_reports
from django_switchback.worker.guard.allowed_databases import ConnectionTarget, IsAllowed, in_memory, path_of
from django_switchback.worker.guard.project_files import project_files

_SQLITE_CONNECT = "sqlite3.connect"
_EVENTS = frozenset({_SQLITE_CONNECT, *access_reports.EVENTS})


def _allow_nothing(_: ConnectionTarget) -> bool:
    return False


_is_allowed: IsAllowed = _allow_nothing
_installed = False


def guard_drivers(is_allowed: IsAllowed) -> None:
    """Make the drivers of this process refuse all targets for which ``is_allowed`` is false."""
    global _is_allowed, _installed
    _is_allowed = is_allowed
    if not _installed:
        _installed = True
        _wrap_psycopg()
        _wrap_psycopg2()
        _wrap_sqlite3()
        sys.addaudithook(_on_audit_event)


def is_allowed(target: ConnectionTarget) -> bool:
    """Return whether the drivers may connect to ``target``."""
    return _is_allowed(target)


def check(target: ConnectionTarget) -> None:
    """Raise :class:`NotASandbox` unless ``target`` is allowed."""
    if not is_allowed(target):
        access_reports.report_access("database", target.description, refused=True)
        raise NotASandbox(target.name)


def _check_conninfo(conninfo: str) -> None:
    if connects_for_us():
        return
    try:
        parameters = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        # The driver raises the error itself.
        return

    def value(key: str, variable: str) -> str:
        return str(parameters.get(key) or os.environ.get(variable, ""))

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

    class Guarded(base):  # type: ignore[misc]  # a base known at run time
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


_Authorizer: TypeAlias = Callable[[int, str | None, str | None, str | None, str | None], int]


class GuardedConnection(sqlite3.Connection):
    """A connection of sqlite3 that refuses ``ATTACH`` from its first statement on, whatever is set later."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        super().set_authorizer(_authorize)

    def set_authorizer(self, authorizer_callback: _Authorizer | None) -> None:
        """Let a callback of the project forbid more; it cannot allow what is forbidden here."""

        def both(*action: Any) -> int:
            refused = _authorize(*action)
            if refused != sqlite3.SQLITE_OK or authorizer_callback is None:
                return refused
            return authorizer_callback(*action)

        super().set_authorizer(both)


def _wrap_sqlite3() -> None:
    """Make each sqlite3 connection a guarded one: by ``connect``, or by the class itself."""
    # NOTE: the audit event sqlite3.connect/handle is raised before the connection accepts an authorizer.
    connect = sqlite3.connect

    @wraps(connect)
    def guarded(*arguments: Any, **options: Any) -> sqlite3.Connection:
        positional, options = _with_guarded_factory(arguments, options)
        connection: sqlite3.Connection = connect(*positional, **options)
        if not isinstance(connection, GuardedConnection):
            # A factory that is not a class has made it of an unguarded one.
            connection.set_authorizer(_authorize)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = guarded  # type: ignore[assignment]  # narrower on purpose
    sqlite3.Connection = sqlite3.dbapi2.Connection = GuardedConnection  # type: ignore[misc]  # a base known at run time


_FACTORY = 5
"""The position of ``factory`` among the arguments of ``sqlite3.connect``."""


def _with_guarded_factory(
    arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of ``sqlite3.connect`` with a subclass of its factory that is guarded."""
    if len(arguments) > _FACTORY:
        factory = _guarded_factory(arguments[_FACTORY])
        return (*arguments[:_FACTORY], factory, *arguments[_FACTORY + 1 :]), options
    return arguments, {**options, "factory": _guarded_factory(options.get("factory", GuardedConnection))}


def _guarded_factory(factory: Any) -> Any:
    if not isinstance(factory, type) or issubclass(factory, GuardedConnection):
        return factory
    return type(factory.__name__, (GuardedConnection, factory), {})


def _on_audit_event(event: str, arguments: tuple[Any, ...]) -> None:
    """Handle an audit event; sqlite3 events may be refused."""
    # Checked first for speed: a process raises tens of thousands of events.
    if event not in _EVENTS:
        return
    if event == _SQLITE_CONNECT:
        _check_sqlite_file(arguments[0])
    else:
        access_reports.on_audit_event(event, arguments)


def _check_sqlite_file(database: Any) -> None:
    """Refuse a file that is a database of the project; report any other file that is not a sandbox."""
    name = os.fsdecode(database)
    if (
        in_memory(name)
        or _is_allowed(ConnectionTarget("sqlite", path_of(name)))
        or access_reports.is_tool_access()
    ):
        return
    path = os.path.realpath(path_of(name))
    refused = path in project_files()
    access_reports.report_access("database", path_of(name), refused=refused)
    if refused:
        raise NotASandbox(name)


def _authorize(action: int, name: str | None, *_: object) -> int:
    """Refuse to attach a file that is not a sandbox (``set_authorizer`` callback of sqlite3).

    ``VACUUM`` attaches a database with an empty name. ``name`` is ``None`` if the statement computes it.
    """
    if action != sqlite3.SQLITE_ATTACH or (name is not None and in_memory(name)):
        return sqlite3.SQLITE_OK
    if name is not None and _is_allowed(ConnectionTarget("sqlite", path_of(name))):
        return sqlite3.SQLITE_OK
    access_reports.report_access(
        "database", name or "a file that a statement attaches by an expression", refused=True
    )
    return sqlite3.SQLITE_DENY
