"""Convert records to progress lines, as a pure fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django_switchback import evidence
from django_switchback.evidence import AnyRecord, MigrationName
from django_switchback.untrusted_text import safe_line, truncate

_MAX_FAILURE_CHARACTERS = 160
SCRATCH_MIGRATIONS_PER_LINE = 50
"""Migrations of an empty database to head, which may take minutes, between two lines."""


@dataclass
class _CycleProgress:
    """Accumulates the steps of a migration's running cycle in one part of the plan."""

    database: str
    migration: MigrationName
    seconds: float = 0.0
    steps: int = 0
    symptoms: list[str] = field(default_factory=list)


class ProgressLines:
    """Converts records to lines: one for each finished cycle, one for each error outside of cycles.

    A cycle's comparison is logged after its last step, so its line follows once its part of the plan
    continues with another migration. ``verbose`` adds a line for every step, trials included.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._cycles: dict[tuple[str, str], _CycleProgress] = {}
        self._unwound: dict[tuple[str, str], tuple[int, float]] = {}
        self._scratch: dict[tuple[str, str], tuple[int, float]] = {}

    def observe(self, record: AnyRecord) -> tuple[str, ...]:
        """Return the lines that ``record`` completes, without control characters."""
        return tuple(map(safe_line, self._lines(record)))

    def remaining(self) -> tuple[str, ...]:
        """Return the lines of unfinished cycles, once."""
        lines = [line for part in tuple(self._cycles) for line in self._finish_cycle(part)]
        return tuple(map(safe_line, lines))

    def _lines(self, record: AnyRecord) -> Iterator[str]:
        match record:
            case evidence.StepStarted():
                yield from self._enter(record)
            case evidence.StepFinished():
                yield from self._step(record)
            case evidence.Compared():
                yield from self._compared(record)
            case evidence.NotRun(database=database, migration=migration, reason=reason):
                yield from self._finish_migration(database, migration)
                yield line(database, str(migration), None, f"not run: {reason}")
            case evidence.PartFinished(database=database, part=part):
                yield from self._finish((database, part))
            case evidence.ConnectionLost():
                yield self._broken_off(record)
            case _:
                yield from _database_lines(record)

    def _broken_off(self, record: evidence.ConnectionLost) -> str:
        for open_steps in (self._cycles, self._unwound):
            open_steps.pop((record.database, record.part), None)
        return line(record.database, "", None, f"connection lost, repeated at the end: {record.reason}")

    def _enter(self, record: evidence.StepStarted) -> Iterator[str]:
        part = (record.database, record.part)
        open_cycle = self._cycles.get(part)
        same = open_cycle is not None and open_cycle.migration == record.migration
        if record.phase != "cycle" or not same:
            yield from self._finish_cycle(part)
        if record.phase == "cycle" and part not in self._cycles:
            self._cycles[part] = _CycleProgress(record.database, record.migration)

    def _step(self, record: evidence.StepFinished) -> Iterator[str]:
        if self._verbose:
            yield line(record.database, str(record.migration), record.seconds, _step(record))
        if record.trial:
            return
        part = (record.database, record.part)
        symptom = () if record.outcome == "ok" else (_symptom(record),)
        if record.phase == "cycle":
            cycle = self._cycles.setdefault(part, _CycleProgress(record.database, record.migration))
            cycle.seconds += record.seconds
            cycle.steps += 1
            cycle.symptoms.extend(symptom)
        elif record.phase == "scratch":
            steps, seconds = self._scratch.get(part, (0, 0.0))
            steps, seconds = steps + 1, seconds + record.seconds
            self._scratch[part] = steps, seconds
            if steps % SCRATCH_MIGRATIONS_PER_LINE == 0:
                yield line(record.database, "from scratch", seconds, f"{steps} migrations so far")
        elif record.phase == "unwind":
            steps, seconds = self._unwound.get(part, (0, 0.0))
            self._unwound[part] = (steps + 1, seconds + record.seconds)
            for text in symptom:
                yield line(record.database, str(record.migration), record.seconds, f"unwind: {text}")

    def _compared(self, record: evidence.Compared) -> Iterator[str]:
        if record.trial or record.comparison == evidence.Comparison():
            return
        if record.phase == "cycle":
            for cycle in self._cycles.values():
                if (cycle.database, cycle.migration) == (record.database, record.migration):
                    cycle.symptoms.append(_difference(record))
        else:
            yield line(record.database, str(record.migration), None, f"{record.phase}: {_difference(record)}")

    def _finish_migration(self, database: str, migration: MigrationName) -> Iterator[str]:
        for part, cycle in tuple(self._cycles.items()):
            if (cycle.database, cycle.migration) == (database, migration):
                yield from self._finish_cycle(part)

    def _finish_cycle(self, part: tuple[str, str]) -> Iterator[str]:
        cycle = self._cycles.pop(part, None)
        if cycle is not None and cycle.steps:
            result = "; ".join(cycle.symptoms) or "ok"
            yield line(cycle.database, str(cycle.migration), cycle.seconds, result)

    def _finish(self, part: tuple[str, str]) -> Iterator[str]:
        yield from self._finish_cycle(part)
        steps, seconds = self._unwound.pop(part, (0, 0.0))
        if steps:
            subject = "rolled back" if part[1] == "backup" else "unwind"
            yield line(part[0], subject, seconds, f"{steps} steps")


def _database_lines(record: AnyRecord) -> Iterator[str]:
    """Yield the lines of records about a whole database."""
    match record:
        case evidence.BackupStep(failure=failure):
            result = "ok" if failure is None else _failure(failure)
            yield line(record.database, record.step, record.seconds, f"{record.program}: {result}")
        case evidence.BackupCompared():
            result = _counted_differences(record.comparison) or "ok"
            yield line(record.database, "restored copy", None, result)
        case evidence.ScratchFinished():
            yield line(record.database, "from scratch", record.seconds, _scratch(record))
        case evidence.DatabaseBroken(database=database, reason=reason):
            yield line(database, "", None, f"could not go on: {reason}")
        case _:
            return


def line(database: str, subject: str, seconds: float | None, result: str) -> str:
    """Format a line in columns: database, subject, wall time in seconds, result."""
    time = f"{seconds:6.2f} s" if seconds is not None else " " * 8
    return f"{database:<13}  {subject:<44}  {time}  {result}"


def _step(record: evidence.StepFinished) -> str:
    text = f"{record.phase} {record.direction}, rows {record.rows}: {record.outcome}"
    return f"trial {text}" if record.trial else text


def _symptom(record: evidence.StepFinished) -> str:
    text = f"{record.direction} {record.outcome.replace('-', ' ')}"
    if record.failure is None:
        return text
    return f"{text}: {_failure(record.failure)}"


def _failure(failure: evidence.Failure) -> str:
    first = f"{failure.type}: {failure.message}".strip().partition("\n")[0]
    return truncate(first, _MAX_FAILURE_CHARACTERS)


def _difference(record: evidence.Compared) -> str:
    return f"{record.moment.replace('-', ' ')} {_counted_differences(record.comparison)}"


def _counted_differences(comparison: evidence.Comparison) -> str:
    parts = []
    if comparison.schema:
        parts.append(f"{len(comparison.schema)} in the schema")
    if comparison.rows:
        parts.append("rows of " + ", ".join(rows.table for rows in comparison.rows))
    return f"differs: {', '.join(parts)}" if parts else ""


def _scratch(record: evidence.ScratchFinished) -> str:
    if record.failed is None:
        return f"{record.migrations} migrations"
    reason = f": {_failure(record.failure)}" if record.failure is not None else ""
    return f"failed at {record.failed}{reason}"
