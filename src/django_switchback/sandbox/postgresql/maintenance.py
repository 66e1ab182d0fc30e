"""Keep one maintenance connection per process and server, on which databases are created and dropped.

It stays open, as connecting takes longer than cloning a small database. No statement of a migration runs
on it.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.rows import TupleRow

from django_switchback.sandbox.interface import SandboxError
from django_switchback.sandbox.postgresql.login import Login, LoginRefused

SHARED_TEMPLATE = "template1"
"""CREATE DATABASE from this template fails while a session is connected to it."""


class _KeptConnection(NamedTuple):
    connection: psycopg.Connection[TupleRow]
    process: int
    socket: int


_connections: dict[tuple[Login, str], _KeptConnection] = {}


class ServerLost(SandboxError):
    """Reports a server that refused a statement or, if ``disconnected``, closed the connection."""

    def __init__(self, login: Login, error: psycopg.Error, *, disconnected: bool) -> None:
        said = login.without_password(str(error)) or type(error).__name__
        super().__init__(f"the PostgreSQL server at {login.location} failed: {said}")
        self.disconnected = disconnected


def find_database(login: Login) -> str:
    """Return the first database that can be connected to: ``postgres``, then ``template1``.

    Never the one that the user's URL names. Raises :class:`LoginRefused` with the first error.
    """
    refusals = []
    for database in ("postgres", SHARED_TEMPLATE):
        try:
            with maintenance_connection(login, database):
                return database
        except LoginRefused as refusal:
            refusals.append(refusal)
    raise refusals[0]


@contextmanager
def maintenance_connection(login: Login, database: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """Yield the connection to ``database``, opened if needed.

    Raises :class:`LoginRefused`, and :class:`ServerLost` for a database error in the block.
    """
    key = (login, database)
    kept = _connections.get(key)
    if kept is None or not _usable(kept):
        _forget(key)
        connection = login.connect(database)
        kept = _connections[key] = _KeptConnection(
            connection, os.getpid(), os.fstat(connection.fileno()).st_ino
        )
    try:
        yield kept.connection
    except psycopg.Error as error:
        raise ServerLost(login, error, disconnected=kept.connection.closed) from error
    finally:
        if database == SHARED_TEMPLATE:
            _forget(key)


def disconnect(login: Login) -> None:
    """Close this process's connections of ``login``."""
    for key in [key for key in _connections if key[0] == login]:
        _forget(key)


def _belongs_to_this_process(kept: _KeptConnection) -> bool:
    # A forked child must not use its parent's connection, and if a migration closed every descriptor, the
    # number may now belong to another file.
    try:
        return kept.process == os.getpid() and os.fstat(kept.connection.fileno()).st_ino == kept.socket
    except (OSError, psycopg.Error):
        return False


def _usable(kept: _KeptConnection) -> bool:
    if kept.connection.closed or not _belongs_to_this_process(kept):
        return False
    try:
        kept.connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _forget(key: tuple[Login, str]) -> None:
    kept = _connections.pop(key, None)
    if kept is None:
        return
    if kept.connection.closed or _belongs_to_this_process(kept):
        kept.connection.close()
    else:
        _close_stolen_descriptor(kept.connection)


def _close_stolen_descriptor(connection: psycopg.Connection[TupleRow]) -> None:
    """Close a connection whose descriptor now belongs to another file, without touching that file."""
    number = connection.pgconn.socket
    try:
        saved, inheritable = os.dup(number), os.get_inheritable(number)
    except OSError:  # the descriptor is closed
        connection.close()
        return
    # libpq sends a termination message and closes the descriptor, so it points to the null device meanwhile.
    with Path(os.devnull).open("r+b") as null_device:
        os.dup2(null_device.fileno(), number)
    connection.close()
    os.dup2(saved, number, inheritable)
    os.close(saved)


@atexit.register
def _disconnect_all() -> None:
    for key in list(_connections):
        _forget(key)
