"""Isolates the server-wide objects of PostgreSQL, so that each sandbox seems to have its own server.

Roles, memberships and settings belong to the server, which all sandboxes of a run share. On a server of the
run, the objects of a sandbox are created when it becomes current, under an advisory lock, and removed when it
is left. A step of project code or SQL runs under that lock, which is kept if the step creates such objects.
See ``docs/adr/0011``.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeAlias

import msgspec
import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.rows import TupleRow

from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.postgresql import shared_catalogs
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.postgresql.maintenance import maintenance_connection
from django_switchback.sandbox.run_files import RunFiles
from django_switchback.worker.snapshot.postgresql import server_wide

Key: TypeAlias = tuple[str, str]
Connection: TypeAlias = psycopg.Connection[TupleRow]

LOCK_ID = 0x5377_6974
"""Key of the advisory lock that is held while objects of a sandbox are in place."""


def state_of(factory: AnyFactory, folder: Path) -> ServerState:
    """Return the server state for the sandboxes of ``factory``; one instance per worker."""
    if isinstance(factory, PostgresFactory) and factory.initial_catalogs:
        return OwnServer(factory, folder)
    if isinstance(factory, PostgresFactory):
        from django_switchback.worker.shared_objects.server_by_url import ServerByUrl

        return ServerByUrl()
    return ServerState()


class ServerState:
    """Does nothing: for SQLite, or as base for a server that the run must not change."""

    reaches_only_itself = False
    """Whether the server can connect to no other one."""

    def enter(self, sandbox: Address, *, alone: bool = False) -> None:
        """Create the objects of ``sandbox``, which becomes current.

        With ``alone``, all changes to the server are reverted when it is left, even without known objects.
        """

    def leave(self) -> None:
        """Save the objects of the current sandbox and remove them from the server; no sandbox is current."""

    def on_copied(self, source: Address, copy: Address) -> None:
        """Copy the objects of ``source`` to ``copy``, its new clone."""

    def adopt(self, copy: Address) -> None:
        """Save the current objects for ``copy``, which was filled without :meth:`on_copied`."""

    def on_dropped(self, sandbox: Address) -> None:
        """Delete the saved objects of ``sandbox``."""

    def before_step(self, key: Key, *, may_change: bool) -> None:
        """Prepare for a step of ``key``, which may change server-wide objects or not."""

    def watched(self, connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
        """Refuse forbidden changes on ``connection`` within the block."""
        return nullcontext()

    def after_step(self, key: Key) -> None:
        """Check whether a step of ``key`` changed server-wide objects."""


class OwnServer(ServerState):
    """A server of the run, equal to ``factory.initial_catalogs`` while nobody holds the lock."""

    reaches_only_itself = True

    def __init__(self, factory: PostgresFactory, folder: Path) -> None:
        self._factory = factory
        self._files = RunFiles(folder)
        self._current: Address | None = None
        self._locked: Connection | None = None
        self._locked_for_step = False
        """Whether the lock is held for a step, without objects in place."""

    def enter(self, sandbox: Address, *, alone: bool = False) -> None:
        """Acquire the lock and create the objects, if there are any."""
        self.leave()
        self._current = sandbox
        if alone or self._file(sandbox).exists():
            self._acquire(sandbox)

    def leave(self) -> None:
        """Save the objects to a file, restore the server, and release the lock."""
        sandbox, self._current = self._current, None
        if self._locked_for_step:
            self._unlock(self._connect())
        if self._locked is None or sandbox is None:
            return
        self._save(self._locked, sandbox)
        self._release(self._locked)

    def on_copied(self, source: Address, copy: Address) -> None:
        """Copy the saved objects; the server must not register the clone's references."""
        if self._locked is not None and source == self._current:
            state = self._save(self._locked, source)
            shared_catalogs.write_shared_catalogs(self._locked, source.name, state)
        if self._file(source).exists():
            self._file(copy).write_bytes(self._file(source).read_bytes())

    def adopt(self, copy: Address) -> None:
        """Save the server's objects as ``copy`` refers to them."""
        if self._locked is not None and self._current is not None:
            self._save(self._locked, copy)
            shared_catalogs.write_shared_catalogs(
                self._locked,
                self._current.name,
                shared_catalogs.read_shared_catalogs(self._locked, self._current.name),
            )

    def on_dropped(self, sandbox: Address) -> None:
        """Remove the file."""
        self._file(sandbox).unlink(missing_ok=True)

    def before_step(self, key: Key, *, may_change: bool) -> None:
        """Acquire the lock before a step that changes server-wide objects, or may do so.

        Otherwise another worker could remove what the step creates before it is read, or have objects of the
        same names in place.
        """
        sandbox = self._current
        if sandbox is None or self._locked is not None or self._locked_for_step:
            return
        if key in self._known_steps():
            self._acquire(sandbox)
        elif may_change:
            self._lock()
            self._locked_for_step = True

    def after_step(self, key: Key) -> None:
        """Keep the lock after a step that changed the server; release it after a step that reverted this."""
        sandbox = self._current
        if sandbox is None:
            return
        if self._locked is not None:
            if self._save(self._locked, sandbox) == self._factory.initial_catalogs:
                self._release(self._locked)
            return
        connection = self._connect()
        if shared_catalogs.shared_catalogs_fingerprint(connection) == self._factory.fingerprint:
            if self._locked_for_step:
                self._unlock(connection)
        elif self._locked_for_step or self._try_lock(connection):
            self._attribute(key, sandbox, connection)

    def _attribute(self, key: Key, sandbox: Address, connection: Connection) -> None:
        """Keep the lock for ``sandbox``, since the step of ``key`` changed the server."""
        if self._save(connection, sandbox) == self._factory.initial_catalogs:
            self._release(connection)
            return
        self._remember_step(key)
        self._start_use(connection)

    def _acquire(self, sandbox: Address) -> None:
        """Wait for the lock and create the objects of ``sandbox``."""
        connection = self._lock()
        file = self._file(sandbox)
        state = file.read_text("utf-8") if file.exists() else self._factory.initial_catalogs
        self._start_use(connection)
        shared_catalogs.write_shared_catalogs(connection, sandbox.name, state)

    def _lock(self) -> Connection:
        """Wait for the lock."""
        connection = self._connect()
        connection.execute("SELECT pg_catalog.pg_advisory_lock(%s)", (LOCK_ID,))
        self._begin_lock(connection)
        return connection

    def _try_lock(self, connection: Connection) -> bool:
        query = "SELECT pg_catalog.pg_try_advisory_lock(%s)"
        [(locked,)] = connection.execute(query, (LOCK_ID,)).fetchall()
        if locked:
            self._begin_lock(connection)
        return bool(locked)

    def _begin_lock(self, connection: Connection) -> None:
        """Remove the objects of a worker that ended while it held the lock: they belong to no step."""
        if self._in_use_file.exists():
            self._restore(connection)
        self._in_use_file.touch()

    def _unlock(self, connection: Connection) -> None:
        self._in_use_file.unlink(missing_ok=True)
        # NOTE: no error without the lock, which a migration that ends other backends takes away.
        connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s)", (LOCK_ID,))
        self._locked, self._locked_for_step = None, False

    def _start_use(self, connection: Connection) -> None:
        self._locked, self._locked_for_step = connection, False
        server_wide.set_enabled(enabled=True)

    def _release(self, connection: Connection) -> None:
        self._restore(connection)
        self._unlock(connection)
        server_wide.set_enabled(enabled=False)

    def _restore(self, connection: Connection) -> None:
        shared_catalogs.write_shared_catalogs(
            connection, self._factory.database, self._factory.initial_catalogs
        )

    def _save(self, connection: Connection, sandbox: Address) -> str:
        """Save the objects of ``sandbox`` and return them; no file is kept for a sandbox without objects."""
        state = shared_catalogs.read_shared_catalogs(connection, sandbox.name)
        if state == self._factory.initial_catalogs:
            self.on_dropped(sandbox)
        else:
            self._file(sandbox).write_text(state, "utf-8")
        return state

    def _connect(self) -> Connection:
        with maintenance_connection(self._factory.login, self._factory.database) as connection:
            return connection

    def _file(self, sandbox: Address) -> Path:
        return self._files.shared_objects(self._factory.login.host, sandbox.name)

    @property
    def _in_use_file(self) -> Path:
        return self._files.server_lock(self._factory.login.host)

    @property
    def _steps_file(self) -> Path:
        return self._files.server_steps(self._factory.login.host)

    def _known_steps(self) -> set[Key]:
        if not self._steps_file.exists():
            return set()
        return {
            msgspec.json.decode(line, type=tuple[str, str])
            for line in self._steps_file.read_bytes().splitlines()
        }

    def _remember_step(self, key: Key) -> None:
        with self._steps_file.open("ab") as file:
            file.write(msgspec.json.encode(key) + b"\n")
