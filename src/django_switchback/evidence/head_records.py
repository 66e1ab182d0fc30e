"""Records about a database at head: migrating to it, its checks, its backup."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence.record_values import (
    Comparison,
    Difference,
    Failure,
    MigrationName,
    MigrationRecord,
    PartRecord,
    Record,
)


class CheckpointSaved(MigrationRecord, frozen=True, tag="checkpoint-saved"):
    """A clone of the database right before ``migration`` exists, from which other workers may start."""


class ScratchFinished(PartRecord, frozen=True, tag="scratch-finished"):
    """An empty database was migrated to head, as ``manage.py migrate`` does; ``migrations`` were applied."""

    database: str
    seconds: float
    migrations: int
    failed: MigrationName | None = None
    failure: Failure | None = None


class ModelsDrifted(PartRecord, frozen=True, tag="models-drifted"):
    """Operations that ``makemigrations --check`` would write for one app.

    ``check_stopped_after``: the command reached this time limit in seconds, and the operations are those that
    Django's autodetector found in the worker.
    """

    database: str
    app: str
    first_party: bool
    operations: tuple[str, ...]
    check_stopped_after: float | None = None


class SchemaDrifted(PartRecord, frozen=True, tag="schema-drifted"):
    """Differences from a database created from the models' final state (first) to the migrated one."""

    database: str
    differences: tuple[Difference, ...]
    apps: dict[str, str] = {}
    """The app label of each table in ``differences``."""
    first_party: tuple[str, ...] = ()


class SystemChecked(PartRecord, frozen=True, tag="system-checked"):
    """A message of ``manage.py check``; ``deploy`` if only ``check --deploy`` reports it."""

    database: str
    id: str
    level: int
    message: str
    hint: str = ""
    deploy: bool = False


class BackupStep(Record, frozen=True, tag="backup-step"):
    """The seeded database at head was dumped, or the dump was restored into a new sandbox.

    ``program`` is the program with its version, ``size`` the size of the dump in bytes.
    """

    database: str
    step: Literal["dump", "restore"]
    program: str
    seconds: float
    size: int = 0
    failure: Failure | None = None


class BackupCompared(Record, frozen=True, tag="backup-compared"):
    """The comparison of the dumped database (first) with the restored one (second), both at head.

    Rows are compared exactly, sequences by their last values, applied migrations by name. ``tables`` and
    ``rows`` are counts, ``empty`` gives the reason for each table that had no rows.
    """

    database: str
    tables: int
    rows: int
    comparison: Comparison
    empty: dict[str, str] = {}


HeadRecord: TypeAlias = (
    CheckpointSaved
    | ScratchFinished
    | ModelsDrifted
    | SchemaDrifted
    | SystemChecked
    | BackupStep
    | BackupCompared
)
