"""Define servers and factories of sandboxes: databases that a run creates and drops."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias
from zipfile import ZipFile

import msgspec

from django_switchback.errors import SwitchbackError, UsageError

Engine: TypeAlias = Literal["sqlite", "postgresql"]

MAJORS = (14, 15, 16, 17, 18)
"""The supported major versions of PostgreSQL."""

MARKER_QUERY = (
    "SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') "
    "FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()"
)
"""Selects the two arguments of ``Factory.marker_is_ours`` on a PostgreSQL connection."""

Notice: TypeAlias = Callable[[str], None]
"""Reports one sentence to the user that is not an error."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Holds the connection parameters of a sandbox. May hold a password: never log it, nor pass it in argv.

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
    """Holds sandboxes. Only the coordinator may call its methods.

    ``name`` is the database's name in reports (``sqlite``, ``postgresql-18``); ``version`` the server's own
    (``18.6``, ``3.45.1``).
    """

    @property
    def name(self) -> str:
        """Return the name in reports."""

    @property
    def engine(self) -> Engine:
        """Return the kind of database."""

    @property
    def version(self) -> str:
        """Return the server's own version."""

    def is_recovering(self) -> bool:
        """Return whether the server is there, but accepts no connection yet."""

    def factory(self) -> Factory:
        """Return the factory with which workers create and drop sandboxes on this server."""

    @property
    def kept(self) -> Mapping[str, Address]:
        """Return the sandboxes of an earlier run that it started with, by the names that they had there."""

    def keep(self, names: Collection[str], archive: ZipFile) -> None:
        """Write the sandboxes ``names`` to ``archive``, for a later run to start with.

        It can only be closed afterwards. Raises :class:`SandboxError` for a server that the run did not
        start, and for sandboxes that cannot be taken to another one.
        """

    def close(self) -> None:
        """Drop every sandbox of this run and stop the server if the run started it. Safe to call twice."""


class Factory(Protocol):
    """Creates, clones and drops sandboxes. A value, which workers receive as msgspec data.

    Every database name contains the run (see ``names.py``); any other name raises
    :class:`NotASandbox`.
    """

    @property
    def engine(self) -> Engine:
        """Return the kind of database."""

    def owns(self, name: str) -> bool:
        """Return whether a database has a name (``Address.name``) of this run."""

    def marker_is_ours(self, name: str, comment: str | None) -> bool:
        """Return whether a database has the name and marker of this run.

        On PostgreSQL, :data:`MARKER_QUERY` selects both arguments on that connection. On SQLite the
        marker is the run's folder in ``name``, the file's path; ``comment`` is ``None``.
        """

    def create(self, label: str) -> Address:
        """Create an empty sandbox. ``label`` (under 20 letters, digits, underscores) is part of its name."""

    def clone(self, source: Address, label: str) -> Address:
        """Clone a sandbox with its rows. No connection to ``source`` may be open."""

    def drop(self, address: Address) -> None:
        """Drop a sandbox, if it exists, and end its connections."""


class SandboxError(SwitchbackError):
    """Reports a failure of a server or sandbox."""


class NotASandbox(SandboxError):
    """Reports a statement for a database that this run did not create."""

    def __init__(self, name: str) -> None:
        super().__init__(f"database {name!r} was not created by this run: refused")
        self.name = name


class NotKept(SandboxError):
    """Reports sandboxes that cannot be kept for a later run."""


class ServerFailed(SandboxError):
    """Reports a server that failed while a worker loaded the project."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the database server failed: {reason}")


class Left(NamedTuple):
    """Holds an object that could not be removed, the reason and the command that removes it."""

    name: str
    reason: str
    command: str


class NotRemoved(SandboxError):
    """Reports objects of a run that could not be removed; all others were."""

    def __init__(self, left: Sequence[Left]) -> None:
        reasons = "; ".join(f"{item.name}: {item.reason}" for item in left)
        super().__init__(f"could not be removed: {reasons}")
        self.left = tuple(left)


class UnknownDatabase(UsageError):
    """Reports an unknown database SPEC."""

    def __init__(self, spec: str) -> None:
        scheme, separator, _ = spec.partition("://")
        # The rest of the URL may hold a password.
        name = f"{scheme}://…" if separator else spec
        super().__init__(
            f"unknown database {name!r}: expected sqlite, postgresql, postgresql-14 … postgresql-18 "
            "or a postgresql:// URL"
        )
