"""The one connection of a process to a server on which sandboxes are made and dropped.

It is kept open, since connecting costs more than cloning a small database should. Nothing runs on it but
CREATE, DROP and COMMENT ON DATABASE and reads of the catalogue.
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
"""While somebody is connected to it nobody else can make a database in the usual way."""


class _KeptConnection(NamedTuple):
    connection: psycopg.Connection[TupleRow]
    process: int
    socket: int


_connections: dict[tuple[Login, str], _KeptConnection] = {}


class ServerLost(SandboxError):
    """The server went away under us, or refused a statement; ``disconnected`` tells which."""

    def __init__(self, login: Login, error: psycopg.Error, *, disconnected: bool) -> None:
        said = login.without_password(str(error)) or type(error).__name__
        super().__init__(f"the PostgreSQL server at {login.location} failed: {said}")
        self.disconnected = disconnected


def find_database(login: Login) -> str:
    """Return the first database that can be connected to: ``postgres``, then ``template1``.

    Never the one that the user's URL names. Raises :class:`LoginRefused` with what the first one said.
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
    """Give the connection to ``database``, opened where needed.

    Raises :class:`LoginRefused`, and :class:`ServerLost` for whatever the database raises inside.
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
    # A forked child must not speak on its parent's connection, and a migration that closed every descriptor
    # may have had the number given to a file of its own since.
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
    """Close a connection whose descriptor is not ours any more: nothing is sent on it and it stays open."""
    number = connection.pgconn.socket
    try:
        theirs, inheritable = os.dup(number), os.get_inheritable(number)
    except OSError:  # it is nobody's
        connection.close()
        return
    # libpq says goodbye on the descriptor and closes it, so for that moment it leads nowhere.
    with Path(os.devnull).open("r+b") as nowhere:
        os.dup2(nowhere.fileno(), number)
    connection.close()
    os.dup2(theirs, number, inheritable)
    os.close(theirs)


@atexit.register
def _disconnect_all() -> None:
    for key in list(_connections):
        _forget(key)
