"""Judge the performance check: compare each step's duration with its budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django_switchback.checks.interface import (
    CheckResult,
    databases,
    nothing_tested,
    outcome,
    seconds_of,
    unfinished,
)
from django_switchback.evidence import (
    AnyRecord,
    Covered,
    DatabaseStarted,
    Direction,
    MigrationName,
    NotRun,
    Outcome,
    ProjectDescribed,
    RunStarted,
    StepFinished,
    Value,
)
from django_switchback.rules.grouping.repeated_parts import without_discarded
from django_switchback.rules.wording import count

CHECK = "performance"
DEFAULT_STEP_SECONDS = 5.0
"""Budget in seconds of a forward or rollback step without a configured budget."""
TIMED_DIRECTIONS: tuple[Direction, ...] = ("forward", "rollback")


class StepTiming(Value, frozen=True, kw_only=True):
    """A step of a target with its duration and budget in seconds; ``rows`` counts the rows in the tables."""

    database: str
    migration: MigrationName
    direction: Direction
    seconds: float
    budget: float
    outcome: Outcome
    rows: int | None

    @property
    def seconds_over_budget(self) -> float:
        """The seconds over the budget; 0 for a failed step."""
        timed = self.outcome in {"ok", "timed-out"}
        return max(0.0, self.seconds - self.budget) if timed else 0.0


def timings(records: tuple[AnyRecord, ...]) -> tuple[StepTiming, ...]:
    """Return the forward and rollback step of every target's cycle, the slowest first.

    If a step fails with edge rows only, the step without edge rows is timed.
    """
    records = without_discarded(records)
    budgets = _budgets(records)
    rows = {
        (record.database, record.migration, record.without_edge): record.rows
        for record in records
        if isinstance(record, Covered)
    }
    targets = {
        (record.database, target)
        for record in records
        if isinstance(record, DatabaseStarted)
        for target in record.targets
    }
    steps: dict[tuple[str, MigrationName, Direction], StepFinished] = {}
    for record in records:
        if isinstance(record, StepFinished) and record.phase == "cycle" and not record.trial:
            key = record.database, record.migration, record.direction
            if (
                record.direction in TIMED_DIRECTIONS
                and key[:2] in targets
                and not _ended_well(steps.get(key))
            ):
                steps[key] = record
    found = (
        StepTiming(
            database=step.database,
            migration=step.migration,
            direction=step.direction,
            seconds=step.seconds,
            budget=budget_of(step.migration, budgets),
            outcome=step.outcome,
            rows=rows.get((step.database, step.migration, step.without_edge)),
        )
        for step in steps.values()
    )
    return tuple(
        sorted(
            found, key=lambda timing: (-timing.seconds, timing.database, timing.migration, timing.direction)
        )
    )


def _ended_well(step: StepFinished | None) -> bool:
    return step is not None and step.outcome == "ok"


def budget_of(migration: MigrationName, budgets: Mapping[str, float]) -> float:
    """Return the budget of a step of ``migration``: its own, else the default of all migrations."""
    return budgets.get(str(migration), budgets.get("migration", DEFAULT_STEP_SECONDS))


def judge(records: tuple[AnyRecord, ...]) -> tuple[CheckResult, ...]:
    """Return the result of the performance check for each database."""
    names = databases(records)
    if not names:
        return (nothing_tested(CHECK, records),)
    taken = timings(records)
    return tuple(
        _judge(name, records, tuple(timing for timing in taken if timing.database == name)) for name in names
    )


def _judge(database: str, records: tuple[AnyRecord, ...], taken: tuple[StepTiming, ...]) -> CheckResult:
    budgets = _budgets(records)
    lacking = unfinished(records, database) + tuple(_missing_evidence(database, records, taken))
    problems = (*_over_budget(taken), *_over_total_budget(taken, budgets), *_unknown(records, budgets))
    return CheckResult(
        check=CHECK,
        database=database,
        outcome=outcome(problems, lacking),
        summary=_summary(taken),
        problems=(*lacking, *problems),
        notes=tuple(
            f"{timing.migration} {timing.direction}: {timing.outcome}, so there is no time to "
            "judge; the check "
            "migrations tells why"
            for timing in taken
            if timing.outcome in {"failed", "died"}
        ),
        seconds=seconds_of(records),
    )


def _missing_evidence(
    database: str, records: tuple[AnyRecord, ...], taken: tuple[StepTiming, ...]
) -> Iterator[str]:
    if not any(timing.outcome in {"ok", "timed-out"} for timing in taken):
        yield "no step was timed"
    timed = {(timing.migration, timing.direction) for timing in taken}
    broke = {timing.migration for timing in taken if timing.outcome != "ok"}
    broke |= {
        record.migration for record in records if isinstance(record, NotRun) and record.database == database
    }
    for record in records:
        if isinstance(record, DatabaseStarted) and record.database == database:
            yield from (
                f"{target} {direction} was not timed"
                for target in record.targets
                for direction in TIMED_DIRECTIONS
                if (target, direction) not in timed and target not in broke
            )


def _over_budget(taken: Iterable[StepTiming]) -> Iterator[str]:
    for timing in taken:
        if timing.seconds_over_budget:
            took = "was stopped after" if timing.outcome == "timed-out" else "took"
            yield (
                f"{timing.migration} {timing.direction} {took} {timing.seconds:.3f} s, "
                f"{timing.seconds_over_budget:.3f} s over its budget ({_limit(timing.budget)})"
            )


def _over_total_budget(taken: Iterable[StepTiming], budgets: Mapping[str, float]) -> Iterator[str]:
    total = sum(timing.seconds for timing in taken)
    allowed = budgets.get("total")
    if allowed is not None and total > allowed:
        yield (
            f"all steps together took {total:.3f} s, {total - allowed:.3f} s over the budget "
            f"({_limit(allowed)})"
        )


def _unknown(records: tuple[AnyRecord, ...], budgets: Mapping[str, float]) -> Iterator[str]:
    """Yield a problem for each budget of an unknown migration."""
    known = {
        str(fact.id)
        for record in records
        if isinstance(record, ProjectDescribed)
        for fact in record.migrations
    }
    for name in sorted(budgets):
        if known and name not in {"total", "migration"} and name not in known:
            yield f"there is a budget for {name}: the project has no such migration"


def _limit(budget: float) -> str:
    return f"{budget:g} s"


def _summary(taken: tuple[StepTiming, ...]) -> str:
    rows = [timing.rows for timing in taken if timing.rows is not None]
    board = f" with {_range(rows)} in the tables" if rows else ""
    slowest = next((timing for timing in taken if timing.outcome in {"ok", "timed-out"}), None)
    if slowest is None:
        return "nothing was timed"
    total = sum(timing.seconds for timing in taken)
    return (
        f"{count(len(taken), 'step')}{board} took {total:.3f} s, the slowest {slowest.seconds:.3f} s "
        f"({slowest.migration} {slowest.direction})"
    )


def _range(rows: list[int]) -> str:
    least, most = min(rows), max(rows)
    return count(most, "row") if least == most else f"{least} to {count(most, 'row')}"


def _budgets(records: tuple[AnyRecord, ...]) -> Mapping[str, float]:
    merged: dict[str, float] = {}
    for record in records:
        if isinstance(record, RunStarted):
            merged.update(record.budgets)
    return merged
