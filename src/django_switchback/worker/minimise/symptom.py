"""Defines the symptoms of a cycle, and when another cycle reproduces one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple, TypeAlias

from django_switchback.evidence import Direction, RowDifference
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.minimise.rows import RowId

SymptomSubject: TypeAlias = Literal["step", "restored", "reapplied"]
SymptomChange: TypeAlias = Literal["values", "left"]
MAX_SUBJECT_TABLES = 4
"""Tables of a finding whose rows are all looked for: of more, the first ones are enough to understand it."""


class Symptom(NamedTuple):
    """A symptom to reproduce: a step that raises, or rows that differ in a comparison.

    ``change`` is set for comparisons: ``values`` if old values are lost or changed, ``left`` if extra rows
    are left behind.
    """

    about: SymptomSubject
    direction: Direction
    change: SymptomChange | None = None


def symptoms(result: CycleResult) -> tuple[Symptom, ...]:
    """Return the symptoms of one cycle."""
    present = [Symptom("step", result.failed)] if result.failed is not None else []
    if (rollback := result.rollback_difference) is not None:
        present += [Symptom("restored", "rollback", change) for change in _changes(rollback.rows)]
    if (reapply := result.reapply_difference) is not None:
        present += [Symptom("reapplied", "reapply", change) for change in _changes(reapply.rows)]
    return tuple(present)


def _changes(differences: tuple[RowDifference, ...]) -> tuple[SymptomChange, ...]:
    values = any(difference.lost or difference.changed for difference in differences)
    left = any(difference.added for difference in differences)
    return (*(("values",) if values else ()), *(("left",) if left else ()))


def symptom_differences(symptom: Symptom, result: CycleResult) -> tuple[RowDifference, ...]:
    """Return the row differences of ``result`` that show ``symptom``, except those in other databases."""
    comparison = result.rollback_difference if symptom.about == "restored" else result.reapply_difference
    if symptom.about == "step" or comparison is None:
        return ()
    return tuple(
        row
        for row in comparison.rows
        if not row.alias and (row.added if symptom.change == "left" else row.lost or row.changed)
    )


def subject_tables(
    differences: tuple[RowDifference, ...],
    rows: Collection[RowId],
    keys: Mapping[str, tuple[str, ...]],
    maximum: int | None = MAX_SUBJECT_TABLES,
) -> tuple[str, ...]:
    """Return the tables of which one of ``rows`` is among the examples that the finding shows.

    ``keys`` are the key columns by table. At most the first ``maximum`` tables are returned.
    """
    known = {(row_id.table, row_id.key) for row_id in rows}
    tables = dict.fromkeys(
        difference.table
        for difference in differences
        for example in difference.examples
        if (difference.table, tuple(example.key.get(name) for name in keys.get(difference.table, ())))
        in known
    )
    return tuple(tables)[:maximum]


def shows_again(symptom: Symptom, first: CycleResult, again: CycleResult) -> bool:
    """Return whether ``again`` reproduces the symptom of ``first``: same exception, or a common table."""
    if symptom.about == "step":
        was, now = first.last_step, again.last_step
        return (
            (first.failed, symptom.direction) == (again.failed, again.failed)
            and was is not None
            and now is not None
            and was.failure is not None
            and now.failure is not None
            and was.failure.type == now.failure.type
            and was.failure.sqlstate == now.failure.sqlstate
            and was.failure.operation == now.failure.operation
        )
    tables = {difference.table for difference in symptom_differences(symptom, first)}
    return any(difference.table in tables for difference in symptom_differences(symptom, again))
