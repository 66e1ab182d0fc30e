"""Records of a run, its project and its databases: what there is to do, and that it is done."""

from __future__ import annotations

from typing import Literal

from django_switchback.evidence.values import CheckName, Failure, Keep, MigrationFact, MigrationName, Record

SUPPORTED = ("sqlite", "postgresql")
"""The vendors that there are sandboxes of."""
ENGINES = {"mysql": "MySQL or MariaDB", "oracle": "Oracle"}
"""What people call a vendor that there is no sandbox of."""


class RunStarted(Record, frozen=True, tag="run-started"):
    """The first record of a run; ``started`` is ISO 8601 in UTC."""

    id: str
    seed: int
    started: str
    project: str
    settings: str
    version: str
    fail_on: Literal["error", "warning"] = "error"
    acknowledged: dict[str, dict[str, str]] = {}
    check: CheckName = "migrations"
    budgets: dict[str, float] = {}
    """Seconds, by ``total``, ``migration`` or ``app.name``."""
    kept: tuple[Keep, ...] = ()
    """What of the project was not replaced."""
    own_url: str = ""
    """The scheme of a ``DATABASE_URL`` of another kind than there are sandboxes of."""


class ProjectDescribed(Record, frozen=True, tag="project-described"):
    """The migration graph of one database alias, in the order Django would apply it from nothing."""

    alias: str
    aliases: tuple[str, ...]
    vendor: str
    django: str
    python: str
    migrations: tuple[MigrationFact, ...]
    conflicts: dict[str, tuple[str, ...]] = {}
    unmigrated: tuple[str, ...] = ()
    own_engine: str = ""
    """The ``ENGINE`` that the project itself has for the alias."""
    own_vendor: str = ""
    """The kind of database that this is for; empty where nobody can tell."""
    schemas_by: str = ""
    """The app that brings a command ``migrate_schemas``: plain ``migrate`` does not reach all schemas."""

    @property
    def other_engine(self) -> str:
        """What the project's own engine is, in words, where no sandbox is of its kind; else nothing."""
        if not self.own_engine or self.own_vendor in SUPPORTED:
            return ""
        return f"{ENGINES.get(self.own_vendor, 'another engine')} ({self.own_engine})"


class ProjectRefused(Record, frozen=True, tag="project-refused"):
    """The project cannot be loaded at all: settings that raise, a syntax error, a circular dependency.

    ``server``: it is not the project that is at fault, but the server that its sandboxes were to be made on.
    """

    reason: str
    failure: Failure | None = None
    server: bool = False


class DatabaseStarted(Record, frozen=True, tag="database-started"):
    """A database under test; later records name it by ``database`` (``postgresql-18``, ``sqlite/other``)."""

    database: str
    engine: Literal["sqlite", "postgresql"]
    alias: str
    version: str
    targets: tuple[MigrationName, ...]


class NotRun(Record, frozen=True, tag="not-run"):
    """A target that could not be tried to its end, and why. ``error``: the fault is not the target's."""

    database: str
    migration: MigrationName
    reason: str
    error: bool = False


class PartFinished(Record, frozen=True, tag="part-finished"):
    """A worker came to the end of its share; ``peak_kib`` is its resident memory at the most so far.

    ``spent``: it can do no other one.
    """

    database: str
    part: str
    seconds: float
    peak_kib: int
    spent: bool = False


class DatabaseBroken(Record, frozen=True, tag="database-broken"):
    """The run on this database could not go on, for a reason that is not the project's.

    ``engine`` is there where the server failed, so that a database that was never started is reported too.
    """

    database: str
    reason: str
    engine: Literal["", "sqlite", "postgresql"] = ""


class NotCleanedUp(Record, frozen=True, tag="not-cleaned-up"):
    """Something that this run made could not be removed: a sandbox, a folder. ``command`` removes it."""

    database: str
    name: str
    reason: str
    command: str


class RunStopped(Record, frozen=True, tag="run-stopped"):
    """The run ended before its end, and why; ``status`` is the exit status that says so."""

    reason: str
    status: int
    seconds: float


class RunFinished(Record, frozen=True, tag="run-finished"):
    """The last record of a run that came to its end."""

    seconds: float
