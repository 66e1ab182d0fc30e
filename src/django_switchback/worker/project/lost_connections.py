"""Detects connections to sandboxes that the server ended, whoever catches the exception.

The seeder and the trials catch database errors, and a migration may: so the driver's connections themselves
are asked as well, besides the exceptions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from django_switchback.evidence import Failure, MigrationName

LOST_SQLSTATES = ("57P01", "57P02", "57P03", "08")
"""Ended by an administrator, after a crash, not ready yet; connection exceptions.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_CLIENT_ERRORS = {"OperationalError", "InterfaceError"}
"""What a driver raises by itself, without an SQLSTATE, where the connection is gone."""
_BROKEN = 2
"""``closed`` of a connection of psycopg2 that was not closed by its own side."""

_UNSEEN = "no exception reported it"

_opened: list[Any] = []


class LostConnection(Exception):
    """The server ended a connection: the records since the start of the part are void.

    ``during`` is the migration of the step that was under way, if one was.
    """

    def __init__(self, reason: str, during: MigrationName | None = None) -> None:
        super().__init__(reason, during)
        self.reason = reason
        self.during = during


def watch_connections() -> None:
    """Watch each connection to PostgreSQL that Django opens in the main thread from now on."""
    connection_created.connect(_remember, weak=False, dispatch_uid="switchback-lost-connections")


def _remember(sender: object, connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "postgresql" and threading.current_thread() is threading.main_thread():
        _opened[:] = [kept for kept in _opened if not kept.closed or _is_broken(kept)]
        _opened.append(connection.connection)


def _is_broken(connection: Any) -> bool:
    # psycopg has ``broken``, psycopg2 has not.
    return bool(getattr(connection, "broken", connection.closed == _BROKEN))


@contextmanager
def lost_connections_raised() -> Iterator[None]:
    """Raise :class:`LostConnection` if the server ends a connection in the block, whatever else is raised."""
    try:
        yield
    except LostConnection:
        raise
    except Exception as error:
        if not (_is_lost(error) or any(map(_is_broken, _opened))):
            raise
        raise LostConnection(_first_line(f"{type(error).__name__}: {error}")) from error
    else:
        if any(map(_is_broken, _opened)):
            raise LostConnection(_UNSEEN)
    finally:
        # Those are reported now: an enclosing block must not find them again.
        _opened[:] = [kept for kept in _opened if not kept.closed]


def raise_if_lost(failure: Failure | None, migration: MigrationName) -> None:
    """Raise :class:`LostConnection` if a step of ``migration`` failed since the connection was ended."""
    broken = any(map(_is_broken, _opened))
    if failure is not None and (broken or _is_loss(failure.sqlstate, failure.type)):
        raise LostConnection(_first_line(f"{failure.type}: {failure.message}"), migration)
    if broken:
        raise LostConnection(_UNSEEN, migration)


def _is_lost(error: BaseException) -> bool:
    """Return whether ``error`` or one that it comes from says that a connection is gone."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    return any(
        _is_loss(getattr(each, "sqlstate", getattr(each, "pgcode", None)), type(each).__name__)
        for each in causes
        if type(each).__module__.startswith("psycopg")
    )


def _is_loss(sqlstate: str | None, exception: str) -> bool:
    return exception in _CLIENT_ERRORS if sqlstate is None else sqlstate.startswith(LOST_SQLSTATES)


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]
