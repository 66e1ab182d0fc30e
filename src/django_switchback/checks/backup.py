"""Judge the backup check: whether a restored backup is complete and can be rolled back."""

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
    BackupCompared,
    BackupStep,
    DatabaseStarted,
    MigrationName,
    RowDifference,
    ScratchFinished,
    StepFinished,
    StepStarted,
)
from django_switchback.rules.wording import count, describe_difference, enumerate_items, exception_summary

CHECK = "backup-verification"
ROW_CHANGES = ("lost", "added", "changed")
CHANGE_PHRASES = {
    "lost": "the restored copy lacks",
    "added": "the restored copy has in addition",
    "changed": "changed in the restored copy:",
}


def judge(records: tuple[AnyRecord, ...]) -> tuple[CheckResult, ...]:
    """Return the result of the backup check for each database."""
    names = databases(records)
    if not names:
        return (nothing_tested(CHECK, records),)
    return tuple(_judge(name, records) for name in names)


def _judge(database: str, records: tuple[AnyRecord, ...]) -> CheckResult:
    own = tuple(record for record in records if getattr(record, "database", None) == database)
    targets = tuple(
        dict.fromkeys(id_ for record in own if isinstance(record, DatabaseStarted) for id_ in record.targets)
    )
    lacking = unfinished(records, database) + tuple(_missing_evidence(own))
    rollback = _Rollback(own, targets)
    problems = (*_failed(own), *_differences(own), *rollback.problems())
    return CheckResult(
        check=CHECK,
        database=database,
        outcome=outcome(problems, lacking),
        summary=_summary(own, rollback),
        problems=(*lacking, *problems),
        notes=(*_notes(own), *rollback.notes()),
        seconds=seconds_of(records),
    )


def _missing_evidence(own: tuple[AnyRecord, ...]) -> Iterator[str]:
    """Yield the missing evidence that no record explains."""
    steps: dict[str, BackupStep] = {record.step: record for record in own if isinstance(record, BackupStep)}
    if not any(isinstance(record, ScratchFinished) for record in own):
        yield "no evidence of migrating an empty database"
    elif "dump" not in steps:
        yield "no evidence of a dump"
    elif steps["dump"].failure is None and "restore" not in steps:
        yield "no evidence of a restored copy"
    elif _restore_steps(steps) and not any(isinstance(record, BackupCompared) for record in own):
        yield "no evidence of a comparison"


def _restore_steps(steps: Mapping[str, BackupStep]) -> bool:
    return "restore" in steps and steps["restore"].failure is None


def _failed(own: tuple[AnyRecord, ...]) -> Iterator[str]:
    for record in own:
        if isinstance(record, BackupStep) and record.failure is not None:
            doing = "the dump failed" if record.step == "dump" else "the dump cannot be restored"
            yield f"{doing}: {record.failure.message}"


def _differences(own: tuple[AnyRecord, ...]) -> Iterator[str]:
    for record in own:
        if not isinstance(record, BackupCompared):
            continue
        if not record.rows:
            yield "the dumped database had no rows"
        yield from (
            f"in the restored copy {describe_difference(entry)}" for entry in record.comparison.schema
        )
        for entry in record.comparison.rows:
            yield from _rows(entry)


def _rows(entry: RowDifference) -> Iterator[str]:
    for change in ROW_CHANGES:
        number = int(getattr(entry, change))
        if number:
            where = f" ({enumerate_items(entry.columns)})" if change == "changed" and entry.columns else ""
            yield f"{CHANGE_PHRASES[change]} {count(number, 'row')} of {entry.table}{where}"


def _notes(own: tuple[AnyRecord, ...]) -> Iterator[str]:
    for record in own:
        if isinstance(record, ScratchFinished) and record.failed is not None:
            yield f"{record.failed} could not be applied: the backup contains the migrations before it"
        elif isinstance(record, BackupCompared):
            yield from (f"no rows in {table}: {reason}" for table, reason in sorted(record.empty.items()))


class _Rollback:
    """The rollback of the release on the restored copy and, as a control, on the original."""

    def __init__(self, own: tuple[AnyRecord, ...], targets: tuple[MigrationName, ...]) -> None:
        ended = tuple(
            record for record in own if isinstance(record, StepFinished) and record.phase == "unwind"
        )
        self._targets = targets
        self._compared = any(isinstance(record, BackupCompared) for record in own)
        self._steps = {step.migration: step for step in ended if not step.trial}
        self._control = {step.migration: step for step in ended if step.trial}
        self._started = {
            record.migration
            for record in own
            if isinstance(record, StepStarted) and record.phase == "unwind" and not record.trial
        }

    @property
    def done(self) -> int:
        """The number of migrations that were rolled back."""
        return sum(1 for step in self._steps.values() if step.outcome == "ok")

    def problems(self) -> Iterator[str]:
        """Yield rollbacks that fail on the restored copy only, and missing evidence."""
        for id_, step in self._steps.items():
            if step.outcome != "ok" and not self._fails_on_original(id_, step):
                yield f"rolling back {id_} on the restored copy {_outcome(step)}"
        for id_ in sorted(self._started - self._steps.keys()):
            yield f"rolling back {id_} on the restored copy started but has no recorded end"
        if self._compared and self._targets and not self._started:
            yield "nothing was rolled back on the restored copy"

    def notes(self) -> Iterator[str]:
        """Yield migrations that cannot be rolled back on the original either."""
        for id_, step in self._steps.items():
            if self._fails_on_original(id_, step):
                yield f"{id_} cannot be rolled back on the original either: see the check migrations"

    def _fails_on_original(self, id_: MigrationName, step: StepFinished) -> bool:
        control = self._control.get(id_)
        if step.outcome == "ok" or control is None or control.outcome == "ok":
            return False
        return _kind(step) == _kind(control)


def _kind(step: StepFinished) -> tuple[str, str | None]:
    return step.outcome, step.failure.type if step.failure else None


def _outcome(step: StepFinished) -> str:
    if step.outcome == "failed":
        return f"raises {exception_summary(step.failure)}, and does not on the original"
    return "did not finish in time" if step.outcome == "timed-out" else "ended the process"


def _summary(own: Iterable[AnyRecord], rollback: _Rollback) -> str:
    for record in own:
        if isinstance(record, BackupCompared):
            equal = not (record.comparison.schema or record.comparison.rows)
            state = "restored equal" if equal else "restored, and not equal"
            contents = f"{count(record.tables, 'table')} with {count(record.rows, 'row')}"
            return f"{contents} {state}; {count(rollback.done, 'migration')} rolled back on the copy"
    return "nothing was restored"
