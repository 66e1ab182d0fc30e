"""The objects of a whole PostgreSQL server, for each sandbox of a run as if it had the server for itself.

Roles, memberships and settings are the server's, and all sandboxes of a run share one. On a server of our own
a sandbox that has such objects gets them put in place when it becomes the current one, under a lock, and they
are taken away when it is left. Which migrations make such objects is seen by what the first one to take them
left behind; from then on they are taken under that lock. See ``docs/adr/0011``.
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
from django_switchback.sandbox.processes import fingerprint
from django_switchback.worker.snapshot.postgresql import server_wide

Key: TypeAlias = tuple[str, str]
Connection: TypeAlias = psycopg.Connection[TupleRow]

_LOCK = 0x5377_6974
"""The number of the advisory lock, which whoever has objects in place holds."""


def state_of(factory: AnyFactory, folder: Path) -> ServerState:
    """Return what keeps the objects of the server that ``factory`` makes sandboxes on; one a worker."""
    if isinstance(factory, PostgresFactory) and factory.pristine:
        return OwnServer(factory, folder)
    if isinstance(factory, PostgresFactory):
        from django_switchback.worker.server_objects.foreign_server import ForeignServer

        return ForeignServer()
    return ServerState()


class ServerState:
    """Where there is nothing to keep apart: SQLite, or a server that is not ours to change."""

    def enter(self, sandbox: Address, *, alone: bool = False) -> None:
        """Put in place what belongs to ``sandbox``, which is the current one from now on.

        ``alone``: what is done to the server is undone when it is left, whether any of it is known or not.
        """

    def leave(self) -> None:
        """Keep what belongs to the current sandbox and take it away from the server; none is current then."""

    def copied(self, source: Address, copy: Address) -> None:
        """Let ``copy`` have what ``source`` has, which it was just made from."""

    def adopt(self, copy: Address) -> None:
        """Let ``copy``, filled by other means than :meth:`copied`, have what is in place now."""

    def dropped(self, sandbox: Address) -> None:
        """Forget what ``sandbox`` had."""

    def before(self, key: Key) -> None:
        """Get ready for a step of ``key``."""

    def watched(self, connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
        """Refuse what is done inside on ``connection`` where that must not be."""
        return nullcontext()

    def after(self, key: Key) -> None:
        """See whether a step of ``key`` changed anything that is the server's."""


class OwnServer(ServerState):
    """A server of ours, which is as ``factory.pristine`` has it while nobody holds the lock."""

    def __init__(self, factory: PostgresFactory, folder: Path) -> None:
        self._factory = factory
        self._folder = folder
        self._prefix = f"server-{fingerprint(factory.login.host, 12)}"
        self._current: Address | None = None
        self._held: Connection | None = None

    def enter(self, sandbox: Address, *, alone: bool = False) -> None:
        """Take the lock and put the objects in place, if there are any."""
        self.leave()
        self._current = sandbox
        if alone or self._file(sandbox).exists():
            self._hold()

    def leave(self) -> None:
        """Keep the objects in a file, put the server back to what it was, and release the lock."""
        sandbox, self._current = self._current, None
        if self._held is None or sandbox is None:
            return
        self._keep(self._held, sandbox)
        self._release(self._held)

    def copied(self, source: Address, copy: Address) -> None:
        """Copy what is kept; the server must not know that the copy refers to it, too."""
        if self._held is not None and source == self._current:
            state = self._keep(self._held, source)
            shared_catalogs.write_shared_catalogs(self._held, source.name, state)
        if self._file(source).exists():
            self._file(copy).write_bytes(self._file(source).read_bytes())

    def adopt(self, copy: Address) -> None:
        """Keep the server's objects as ``copy`` refers to them."""
        if self._held is not None and self._current is not None:
            self._keep(self._held, copy)
            shared_catalogs.write_shared_catalogs(
                self._held,
                self._current.name,
                shared_catalogs.read_shared_catalogs(self._held, self._current.name),
            )

    def dropped(self, sandbox: Address) -> None:
        """Remove the file."""
        self._file(sandbox).unlink(missing_ok=True)

    def before(self, key: Key) -> None:
        """Take the lock before a step that is known to change what is the server's."""
        if self._held is None and self._current is not None and key in self._known():
            self._hold()

    def after(self, key: Key) -> None:
        """Hold the lock from now on where the step changed the server; no longer where it changed it back."""
        sandbox = self._current
        if sandbox is None:
            return
        if self._held is not None:
            if self._keep(self._held, sandbox) == self._factory.pristine:
                self._release(self._held)
            return
        with maintenance_connection(self._factory.login, self._factory.database) as connection:
            if shared_catalogs.shared_catalogs_fingerprint(connection) == self._factory.fingerprint:
                return
        self._attribute(key, sandbox)

    def _attribute(self, key: Key, sandbox: Address) -> None:
        """Take what is not as it was for the work of the step of ``key``, unless it is another worker's."""
        held = self._connect()
        [(mine,)] = held.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", (_LOCK,)).fetchall()
        if not mine:
            held.close()
            return
        if self._in_use.exists() or self._keep(held, sandbox) == self._factory.pristine:
            # What a worker left behind that ended while it held the lock is nobody's.
            self._release(held)
            return
        self._note(key)
        self._begin(held)

    def _hold(self) -> None:
        """Wait for the lock, and put in place what the current sandbox has."""
        assert self._current is not None  # noqa: S101
        held = self._connect()
        held.execute("SELECT pg_catalog.pg_advisory_lock(%s)", (_LOCK,))
        file = self._file(self._current)
        state = file.read_text("utf-8") if file.exists() else self._factory.pristine
        self._begin(held)
        shared_catalogs.write_shared_catalogs(held, self._current.name, state)

    def _begin(self, held: Connection) -> None:
        self._in_use.touch()
        self._held = held
        server_wide.set_enabled(enabled=True)

    def _release(self, held: Connection) -> None:
        shared_catalogs.write_shared_catalogs(held, self._factory.database, self._factory.pristine)
        self._in_use.unlink(missing_ok=True)
        held.close()
        self._held = None
        server_wide.set_enabled(enabled=False)

    def _keep(self, held: Connection, sandbox: Address) -> str:
        """Write down what ``sandbox`` has and return it; nothing is written of one that has nothing."""
        state = shared_catalogs.read_shared_catalogs(held, sandbox.name)
        if state == self._factory.pristine:
            self.dropped(sandbox)
        else:
            self._file(sandbox).write_text(state, "utf-8")
        return state

    def _connect(self) -> Connection:
        return self._factory.login.connect(self._factory.database)

    def _file(self, sandbox: Address) -> Path:
        return self._folder / f"{self._prefix}-{fingerprint(sandbox.name, 12)}.json"

    @property
    def _in_use(self) -> Path:
        return self._folder / f"{self._prefix}.in-use"

    @property
    def _steps(self) -> Path:
        return self._folder / f"{self._prefix}.steps"

    def _known(self) -> set[Key]:
        if not self._steps.exists():
            return set()
        return {
            msgspec.json.decode(line, type=tuple[str, str]) for line in self._steps.read_bytes().splitlines()
        }

    def _note(self, key: Key) -> None:
        with self._steps.open("ab") as file:
            file.write(msgspec.json.encode(key) + b"\n")
