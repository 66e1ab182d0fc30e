"""Records about a run, its project, its databases and the parts of its plan."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence.record_values import (
    AcknowledgementLimits,
    CheckName,
    Failure,
    Keep,
    KnownFinding,
    MigrationFact,
    MigrationName,
    MigrationRecord,
    PartRecord,
    Record,
    SeveritySetting,
    Shard,
)

SUPPORTED = ("sqlite", "postgresql")
"""The vendors, as Django names them, that sandboxes can be made of."""
ENGINES = {"mysql": "MySQL or MariaDB", "oracle": "Oracle"}
"""Names of unsupported vendors, for messages."""


CHECKPOINTS_PART = "checkpoints"
"""The part of a shard without the scratch run that leads to its cycles: another shard's records count."""


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
    """Time limits in seconds, by ``total``, ``migration`` or ``app.name``."""
    kept: tuple[Keep, ...] = ()
    """Parts of the project that were not replaced (``--keep``)."""
    own_url: str = ""
    """The scheme of ``DATABASE_URL`` if its database is unsupported."""
    deploy_window: bool = True
    """Whether the rules of the deploy window are judged."""
    folder: str = ""
    """The project's folder below the root of its repository; empty if it is the root, or there is none."""
    acknowledgement_limits: dict[str, dict[str, AcknowledgementLimits]] = {}
    """The limits of those of ``acknowledged`` that have some."""
    severities: tuple[SeveritySetting, ...] = ()
    baseline: tuple[KnownFinding, ...] | None = None
    """The findings that do not fail the run (``--baseline``); ``None`` without a baseline."""
    shard: Shard | None = None
    """The part of the plan that the run rehearses (``--shard``); ``None`` for all of it."""
    manage_path: str = "manage.py"
    """``manage.py`` as it is typed in the folder where the run was started, if it lies in or below it."""


class ProjectDescribed(Record, frozen=True, tag="project-described"):
    """The migration graph of one database alias, in the order of Django's plan for an empty database."""

    alias: str
    aliases: tuple[str, ...]
    vendor: str
    django: str
    python: str
    migrations: tuple[MigrationFact, ...]
    conflicts: dict[str, tuple[str, ...]] = {}
    unmigrated: tuple[str, ...] = ()
    own_engine: str = ""
    """``ENGINE`` in the project's own settings of the alias."""
    own_vendor: str = ""
    """The vendor of that engine; empty if unknown."""
    schemas_by: str = ""
    """The app that has a command ``migrate_schemas``: plain ``migrate`` does not migrate all schemas."""

    settings: str = ""
    """The settings module that was loaded."""
    program: tuple[str, ...] = ()
    """The project's own program in place of ``manage.py`` (``--manage``)."""
    package: str = ""
    """The program's package, whose apps count as first-party because none lies in the project's folder."""

    tables: dict[str, tuple[str, ...]] = {}
    """The names that each table has had, by its model (``blog.Post``), or by its name if it has none."""

    @property
    def first_party(self) -> tuple[str, ...]:
        """The labels of the first-party apps with migrations."""
        return tuple(sorted({fact.id.app for fact in self.migrations if fact.first_party}))

    @property
    def other_engine(self) -> str:
        """The name of the project's own engine if it is unsupported, else an empty string."""
        if not self.own_engine or self.own_vendor in SUPPORTED:
            return ""
        return f"{ENGINES.get(self.own_vendor, 'another engine')} ({self.own_engine})"


class ProjectRefused(Record, frozen=True, tag="project-refused"):
    """The project cannot be loaded: settings that raise, a syntax error, a circular dependency.

    ``server``: the cause is not the project but the server for its sandboxes, at first or for a
    further part of the plan.
    """

    reason: str
    failure: Failure | None = None
    server: bool = False


class MigrationChanged(Record, frozen=True, tag="migration-changed"):
    """A migration that the ref ``since`` already has is another one now, or is gone.

    ``base`` is the merge base with the ref, ``path`` is that of its file there, relative to the project.
    """

    migration: MigrationName
    change: Literal["edited", "deleted", "renamed"]
    path: str
    since: str
    base: str
    renamed_to: MigrationName | None = None

    @property
    def present(self) -> MigrationName:
        """The migration that it is now, or was."""
        return self.renamed_to or self.migration


class DatabaseStarted(Record, frozen=True, tag="database-started"):
    """A database to rehearse on; records refer to it by ``database``: ``postgresql-18``, ``sqlite/other``."""

    database: str
    engine: Literal["sqlite", "postgresql"]
    alias: str
    version: str
    targets: tuple[MigrationName, ...]
    contents: dict[str, str] = {}
    """A digest of each target's syntax tree, by ``app.name``."""
    hot_tables: tuple[str, ...] = ()
    """The tables of ``--hot-tables``, by each name that they have in the history of migrations."""


class ShardPlanned(Record, frozen=True, tag="shard-planned"):
    """What a shard rehearses on a database: the cycles of some targets, and the unwind or not.

    All shards of a run have the same ``parts`` (the number of the shard of each part of the plan) and the
    same ``inputs``, such as a digest of all migrations.
    """

    database: str
    shard: Shard
    parts: dict[str, int]
    inputs: dict[str, str]
    cycles: tuple[MigrationName, ...] = ()
    unwinds: bool = False
    """Whether the shard migrates an empty database to head, checks it and unwinds the targets."""
    weight: float = 0.0
    """The estimated work of its parts, in the unit of ``total_weight``, that of all parts."""
    total_weight: float = 0.0


class NotRun(MigrationRecord, frozen=True, tag="not-run"):
    """A target that was not rehearsed to its end, and why. ``error``: the cause is not the target."""

    reason: str
    error: bool = False


class ReceiversWrote(PartRecord, frozen=True, tag="receivers-wrote"):
    """Receivers of ``pre_migrate`` or ``post_migrate`` wrote at a ``migrate`` with nothing to do.

    They changed the ``columns`` of rows of ``table``, ``added`` and ``deleted`` so many rows, or changed an
    ``object`` of the catalogue; or one ``raised`` an exception. No migration is blamed for any of this.
    """

    database: str
    receivers: tuple[str, ...]
    table: str = ""
    columns: tuple[str, ...] = ()
    added: int = 0
    deleted: int = 0
    object: str = ""
    raised: str = ""


class PartFinished(Record, frozen=True, tag="part-finished"):
    """A worker finished a part of the plan; ``peak_kib`` is its peak resident memory in KiB.

    ``spent``: the worker cannot run another part.
    """

    database: str
    part: str
    seconds: float
    peak_kib: int
    spent: bool = False


class ConnectionLost(Record, frozen=True, tag="connection-lost"):
    """The server ended a connection in a part of the plan, which stops there and is repeated alone.

    What the part recorded before is discarded: all of it, or the cycles of ``migrations`` if there are any.
    ``during`` is the migration of the running step, if any.
    """

    database: str
    part: str
    reason: str
    migrations: tuple[MigrationName, ...] = ()
    during: MigrationName | None = None


class DatabaseBroken(Record, frozen=True, tag="database-broken"):
    """The rehearsal on this database ended early, for a reason outside the project.

    ``engine`` is set if the server failed, so that a database without ``database-started`` is reported too.
    """

    database: str
    reason: str
    engine: Literal["", "sqlite", "postgresql"] = ""


class NotCleanedUp(Record, frozen=True, tag="not-cleaned-up"):
    """A sandbox or folder of this run could not be removed; ``command`` removes it."""

    database: str
    name: str
    reason: str
    command: str


class RunStopped(Record, frozen=True, tag="run-stopped"):
    """The run was stopped, and why; ``status`` is its exit status."""

    reason: str
    status: int
    seconds: float


class RunFinished(Record, frozen=True, tag="run-finished"):
    """The run finished; always its last record."""

    seconds: float


RunRecord: TypeAlias = (
    RunStarted
    | ProjectDescribed
    | ProjectRefused
    | MigrationChanged
    | DatabaseStarted
    | ShardPlanned
    | NotRun
    | ReceiversWrote
    | PartFinished
    | ConnectionLost
    | DatabaseBroken
    | NotCleanedUp
    | RunStopped
    | RunFinished
)
