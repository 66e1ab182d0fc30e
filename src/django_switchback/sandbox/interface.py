"""What a sandbox is: a database that this run made and will drop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Literal, NamedTuple, Protocol, TypeAlias

import msgspec

from django_switchback.errors import SwitchbackError, UsageError

Engine: TypeAlias = Literal["sqlite", "postgresql"]

MAJORS = (14, 15, 16, 17, 18)
"""The versions of PostgreSQL that are supported."""

MARKER_QUERY = (
    "SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') "
    "FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()"
)
"""Gives the two arguments of ``Factory.marker_is_ours`` over a cursor that is open on PostgreSQL."""

Notice: TypeAlias = Callable[[str], None]
"""Takes one sentence for people about something that is no error."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """How to connect to one sandbox. It may hold a password: it is never logged nor put on a command line.

    ``name`` is the database's name, for SQLite the path of its file. ``host`` may be the folder of a socket.
    ``options`` are further parameters of libpq from the user's URL (``sslmode``), for Django's ``OPTIONS``.
    """

    engine: Engine
    name: str
    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<sandbox {self.engine} {self.name!r}>"


class Server(Protocol):
    """A place to make sandboxes on. Every method may be called from the coordinator only.

    ``name`` is the database's name in reports (``sqlite``, ``postgresql-18``); ``version`` the server's own
    (``18.6``, ``3.45.1``).
    """

    @property
    def name(self) -> str:
        """Return its name in reports."""
        ...

    @property
    def engine(self) -> Engine:
        """Return the kind of database."""
        ...

    @property
    def version(self) -> str:
        """Return the server's own version."""
        ...

    def factory(self) -> Factory:
        """Return what a worker needs to make and drop sandboxes here by itself."""
        ...

    def close(self) -> None:
        """Drop every sandbox of this run, then stop what was started. Safe to call twice."""
        ...


class Factory(Protocol):
    """Makes, clones and drops sandboxes. Handed to workers as plain data (msgspec), so it is a value.

    Every name it makes carries the run (see ``names.py``); it refuses every other name with
    :class:`ForeignDatabase`.
    """

    @property
    def engine(self) -> Engine:
        """Return the kind of database."""
        ...

    def owns(self, name: str) -> bool:
        """Tell by its name (``Address.name``) whether a database is one that this run made."""
        ...

    def marker_is_ours(self, name: str, comment: str | None) -> bool:
        """Tell by name and marker whether a database is one that this run made.

        On PostgreSQL both are what :data:`MARKER_QUERY` gives on the connection in question. SQLite has no
        marker but the run's folder, which ``name`` (the file's path) tells; ``comment`` is ``None`` there.
        """
        ...

    def create(self, label: str) -> Address:
        """Make an empty sandbox. ``label`` (letters, digits, underscores; under 20) is for people."""
        ...

    def clone(self, source: Address, label: str) -> Address:
        """Make a copy, rows and all. No connection to ``source`` may be open."""
        ...

    def drop(self, address: Address) -> None:
        """Drop a sandbox with whatever is connected to it; one that is gone already is no error."""
        ...


OpenedServer: TypeAlias = AbstractContextManager[Server]


class SandboxError(SwitchbackError):
    """A server or sandbox could not be had or kept."""


class ForeignDatabase(SandboxError):
    """Somebody asked for a statement on a database that this run did not make."""

    def __init__(self, name: str) -> None:
        super().__init__(f"database {name!r} was not made by this run: refusing to touch it")
        self.name = name


class ServerFailed(SandboxError):
    """A server failed while a project was being loaded on its sandboxes."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the database server failed: {reason}")


class Left(NamedTuple):
    """What could not be removed, why, and the command that removes it."""

    name: str
    reason: str
    command: str


class NotRemoved(SandboxError):
    """Some of what a run made could not be removed; everything else was."""

    def __init__(self, left: Sequence[Left]) -> None:
        told = "; ".join(f"{one.name}: {one.reason}" for one in left)
        super().__init__(f"could not be removed: {told}")
        self.left = tuple(left)


class UnknownDatabase(UsageError):
    """A database SPEC that means nothing."""

    def __init__(self, spec: str) -> None:
        scheme, separator, _ = spec.partition("://")
        # What follows the scheme may hold a password.
        shown = f"{scheme}://…" if separator else spec
        super().__init__(
            f"unknown database {shown!r}: expected sqlite, postgresql, postgresql-14 … postgresql-18 "
            "or a postgresql:// URL"
        )
