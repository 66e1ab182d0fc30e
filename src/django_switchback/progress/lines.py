"""What is worth a line while a run goes on: a pure fold over records, with the lines as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django_switchback import evidence
from django_switchback.evidence import AnyRecord, MigrationName

_MAX_FAILURE_CHARACTERS = 160


@dataclass
class _CycleProgress:
    """A migration whose cycle is under way in one part of the plan."""

    database: str
    migration: MigrationName
    seconds: float = 0.0
    steps: int = 0
    troubles: list[str] = field(default_factory=list)


class ProgressLines:
    """Turns records into lines: one as each migration's cycle is over, one for each thing out of order.

    A cycle's comparison is logged after its last step, so its line is given when its part of the plan goes on
    to something else. ``verbose`` gives a line for every step, trials among them, as well.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._cycles: dict[tuple[str, str], _CycleProgress] = {}
        self._unwound: dict[tuple[str, str], tuple[int, float]] = {}

    def observe(self, record: AnyRecord) -> tuple[str, ...]:
        """Return the lines that ``record`` completes, without control characters."""
        return tuple(map(single_line, self._lines(record)))

    def remaining(self) -> tuple[str, ...]:
        """Return the lines of what is still under way, once."""
        lines = [line for part in tuple(self._cycles) for line in self._finish_cycle(part)]
        return tuple(map(single_line, lines))

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
            case evidence.BackupStep(failure=failure):
                said = "ok" if failure is None else _failure(failure)
                yield line(record.database, record.step, record.seconds, f"{record.program}: {said}")
            case evidence.BackupCompared():
                said = _counted_differences(record.comparison) or "ok"
                yield line(record.database, "restored copy", None, said)
            case evidence.ScratchFinished():
                yield line(record.database, "from nothing", record.seconds, _scratch(record))
            case evidence.PartFinished(database=database, part=part):
                yield from self._finish((database, part))
            case evidence.DatabaseBroken(database=database, reason=reason):
                yield line(database, "", None, f"could not go on: {reason}")
            case _:
                return

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
        trouble = () if record.outcome == "ok" else (_trouble(record),)
        if record.phase == "cycle":
            cycle = self._cycles.setdefault(part, _CycleProgress(record.database, record.migration))
            cycle.seconds += record.seconds
            cycle.steps += 1
            cycle.troubles.extend(trouble)
        elif record.phase == "unwind":
            steps, seconds = self._unwound.get(part, (0, 0.0))
            self._unwound[part] = (steps + 1, seconds + record.seconds)
            for text in trouble:
                yield line(record.database, str(record.migration), record.seconds, f"unwind: {text}")

    def _compared(self, record: evidence.Compared) -> Iterator[str]:
        if record.trial or record.comparison == evidence.Comparison():
            return
        if record.phase == "cycle":
            for cycle in self._cycles.values():
                if (cycle.database, cycle.migration) == (record.database, record.migration):
                    cycle.troubles.append(_difference(record))
        else:
            yield line(record.database, str(record.migration), None, f"{record.phase}: {_difference(record)}")

    def _finish_migration(self, database: str, migration: MigrationName) -> Iterator[str]:
        for part, cycle in tuple(self._cycles.items()):
            if (cycle.database, cycle.migration) == (database, migration):
                yield from self._finish_cycle(part)

    def _finish_cycle(self, part: tuple[str, str]) -> Iterator[str]:
        cycle = self._cycles.pop(part, None)
        if cycle is not None and cycle.steps:
            said = "; ".join(cycle.troubles) or "ok"
            yield line(cycle.database, str(cycle.migration), cycle.seconds, said)

    def _finish(self, part: tuple[str, str]) -> Iterator[str]:
        yield from self._finish_cycle(part)
        steps, seconds = self._unwound.pop(part, (0, 0.0))
        if steps:
            said = "rolled back" if part[1] == "backup" else "unwind"
            yield line(part[0], said, seconds, f"{steps} steps")


def line(database: str, subject: str, seconds: float | None, said: str) -> str:
    """Return one line in columns: the database, the subject, wall time in seconds, what is said of it."""
    time = f"{seconds:6.2f} s" if seconds is not None else " " * 8
    return f"{database:<13}  {subject:<44}  {time}  {said}"


def single_line(text: str) -> str:
    """Return foreign ``text`` on one line, whatever could steer a terminal or a build server as an escape.

    A build server takes ``::error::`` for a command at the beginning of a line, ``##[error]`` anywhere in it.
    """
    told = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    ).replace("##", r"#\x23")
    indent = len(told) - len(told.lstrip())
    return rf"{told[:indent]}\x3a{told[indent + 1 :]}" if told.startswith("::", indent) else told


def _step(record: evidence.StepFinished) -> str:
    said = f"{record.phase} {record.direction}, rows {record.rows}: {record.outcome}"
    return f"trial {said}" if record.trial else said


def _trouble(record: evidence.StepFinished) -> str:
    said = f"{record.direction} {record.outcome.replace('-', ' ')}"
    if record.failure is None:
        return said
    return f"{said}: {_failure(record.failure)}"


def _failure(failure: evidence.Failure) -> str:
    first = f"{failure.type}: {failure.message}".strip().partition("\n")[0]
    return first if len(first) <= _MAX_FAILURE_CHARACTERS else f"{first[: _MAX_FAILURE_CHARACTERS - 1]}…"


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
