"""What rows bring out in a cycle, and when it shows again."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from django_switchback.evidence import Direction, RowDifference
from django_switchback.worker.cycle.cycle import CycleResult

SymptomSubject: TypeAlias = Literal["step", "restored", "reapplied"]
SymptomChange: TypeAlias = Literal["values", "left"]


class Symptom(NamedTuple):
    """What is to show again: a step that raises, or rows that differ at a moment.

    ``change``: of a comparison, whether old values are lost or changed, or rows are there that were not.
    """

    about: SymptomSubject
    direction: Direction
    change: SymptomChange | None = None


def symptoms(seen: CycleResult) -> tuple[Symptom, ...]:
    """Return what rows brought out in one cycle."""
    found = [Symptom("step", seen.failed)] if seen.failed is not None else []
    if seen.restored is not None:
        found += [Symptom("restored", "rollback", change) for change in _changes(seen.restored.rows)]
    if seen.reapplied is not None:
        found += [Symptom("reapplied", "reapply", change) for change in _changes(seen.reapplied.rows)]
    return tuple(found)


def _changes(differences: tuple[RowDifference, ...]) -> tuple[SymptomChange, ...]:
    values = any(difference.lost or difference.changed for difference in differences)
    left = any(difference.added for difference in differences)
    return (*(("values",) if values else ()), *(("left",) if left else ()))


def symptom_differences(trouble: Symptom, seen: CycleResult) -> tuple[RowDifference, ...]:
    """Return the tables of ``seen`` in which ``trouble`` shows."""
    comparison = seen.restored if trouble.about == "restored" else seen.reapplied
    if trouble.about == "step" or comparison is None:
        return ()
    return tuple(
        row for row in comparison.rows if (row.added if trouble.change == "left" else row.lost or row.changed)
    )


def shows_again(trouble: Symptom, first: CycleResult, again: CycleResult) -> bool:
    """Tell whether ``again`` shows the trouble that ``first`` showed: the same exception, the same tables."""
    if trouble.about == "step":
        was, now = first.failed_step, again.failed_step
        return (
            (first.failed, trouble.direction) == (again.failed, again.failed)
            and was is not None
            and now is not None
            and was.failure is not None
            and now.failure is not None
            and was.failure.type == now.failure.type
            and was.failure.sqlstate == now.failure.sqlstate
            and was.failure.operation == now.failure.operation
        )
    tables = {difference.table for difference in symptom_differences(trouble, first)}
    return any(difference.table in tables for difference in symptom_differences(trouble, again))
