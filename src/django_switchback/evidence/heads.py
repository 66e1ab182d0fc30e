"""Records of a database at head: the way there, what the checks say of it, its backup."""

from __future__ import annotations

from typing import Literal

from django_switchback.evidence.values import Comparison, Difference, Failure, MigrationName, Record


class ScratchFinished(Record, frozen=True, tag="scratch-finished"):
    """From nothing to head, as ``manage.py migrate`` goes; ``migrations`` counts those applied."""

    database: str
    seconds: float
    migrations: int
    failed: MigrationName | None = None
    failure: Failure | None = None


class ModelsDrifted(Record, frozen=True, tag="models-drifted"):
    """What ``makemigrations --check`` would write for one app.

    ``check_stopped_after``: the command did not end within so many seconds, and only Django's autodetector in
    the worker says so.
    """

    database: str
    app: str
    first_party: bool
    operations: tuple[str, ...]
    check_stopped_after: float | None = None


class SchemaDrifted(Record, frozen=True, tag="schema-drifted"):
    """The migrated database (second) against one made from the models' final state (first)."""

    database: str
    differences: tuple[Difference, ...]
    apps: dict[str, str] = {}
    """The app label that owns each table named in ``differences``."""
    first_party: tuple[str, ...] = ()


class SystemChecked(Record, frozen=True, tag="system-checked"):
    """One message of ``manage.py check``; ``deploy`` when only ``check --deploy`` says it."""

    database: str
    id: str
    level: int
    message: str
    hint: str = ""
    deploy: bool = False


class BackupStep(Record, frozen=True, tag="backup-step"):
    """The seeded head database was dumped, or the dump restored into a new sandbox.

    ``program`` is what did it, with its version; ``size`` is the dump's in bytes.
    """

    database: str
    step: Literal["dump", "restore"]
    program: str
    seconds: float
    size: int = 0
    failure: Failure | None = None


class BackupCompared(Record, frozen=True, tag="backup-compared"):
    """The restored database (second) against the one that was dumped (first), both at head.

    Rows are compared exactly, sequences by where they stand, what is applied by name. ``tables`` and ``rows``
    say how much there was, ``empty`` why a table had no rows.
    """

    database: str
    tables: int
    rows: int
    comparison: Comparison
    empty: dict[str, str] = {}
