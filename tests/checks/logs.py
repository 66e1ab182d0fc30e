"""Logs of the suite's checks, made by hand."""

from __future__ import annotations

from typing import Any

from django_switchback.evidence import (
    AnyRecord,
    BackupCompared,
    BackupStep,
    CheckName,
    Comparison,
    Covered,
    DatabaseStarted,
    Direction,
    Failure,
    MigrationFact,
    MigrationName,
    Outcome,
    ProjectDescribed,
    RunFinished,
    RunStarted,
    ScratchFinished,
    StepFinished,
    StepStarted,
)

ONE = MigrationName("blog", "0001_initial")
TWO = MigrationName("blog", "0002_tags")


def started(check: CheckName, **more: Any) -> tuple[AnyRecord, ...]:
    """Return how a log of ``check`` on SQLite begins, with two targets."""
    return (
        RunStarted("a1", 0, "2026-11-01T00:00:00+00:00", "demo", "s", "0.1.0", check=check, **more),
        ProjectDescribed(
            "default",
            ("default",),
            "sqlite",
            "5.2",
            "3.11",
            tuple(MigrationFact(id_, path="", first_party=True) for id_ in (ONE, TWO)),
        ),
        DatabaseStarted("sqlite", "sqlite", "default", "3.45.1", (ONE, TWO)),
    )


def step(
    migration: MigrationName, direction: Direction, seconds: float = 0.1, outcome: Outcome = "ok", **more: Any
) -> tuple[StepStarted, StepFinished]:
    """Return the records of one step of a cycle."""
    values: dict[str, Any] = {"phase": "cycle", "rows": "new", "failure": None} | more
    phase, rows, trial = values["phase"], values["rows"], values.get("trial", False)
    return (
        StepStarted("sqlite", "part", migration, phase, direction, rows, trial),
        StepFinished(
            "sqlite",
            "part",
            migration,
            phase,
            direction,
            rows,
            outcome,
            seconds,
            failure=values["failure"],
            trial=trial,
        ),
    )


EQUAL = Comparison()


def backed_up(comparison: Comparison = EQUAL, rows: int = 9) -> tuple[AnyRecord, ...]:
    """Return the records of a backup that was made and compared."""
    return (
        ScratchFinished("sqlite", 0.5, 2),
        BackupStep("sqlite", "dump", "pg_dump 15", 0.1, 4096),
        BackupStep("sqlite", "restore", "pg_restore 15", 0.1),
        BackupCompared("sqlite", 3, rows, comparison),
    )


def rolled_back(migration: MigrationName, outcome: Outcome = "ok", **more: Any) -> tuple[AnyRecord, ...]:
    """Return the records of a rollback on the restored copy."""
    return step(migration, "rollback", 0.1, outcome, phase="unwind", rows="typical", **more)


def covered(migration: MigrationName, rows: int) -> Covered:
    """Return how many rows there were."""
    return Covered("sqlite", migration, 3, 3, rows=rows)


def failure(kind: str = "IrreversibleError") -> Failure:
    """Return what a step raised."""
    return Failure(kind, "no way back")


END = RunFinished(2.0)
