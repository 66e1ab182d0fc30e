"""What a migration that the unwind took down and up again did not bring back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django_switchback.evidence import Comparison
from django_switchback.worker.compare.renames import reused_columns
from django_switchback.worker.compare.representable import (
    columns_of_dropped_constraints,
    ignore_unrepresentable,
)
from django_switchback.worker.compare.snapshots import Snapshot, merged_columns, reapply_difference
from django_switchback.worker.snapshot.interface import RowKey, RowTexts, TableRows
from django_switchback.worker.snapshot.large.changes import hashed_unwind_losses
from django_switchback.worker.snapshot.large.hashed_rows import HashedRows, hashed_rows_of


class UnwindSnapshots(NamedTuple):
    """One migration in the unwind, at four moments.

    ``top`` and ``floor`` are before and after it was rolled back, ``below`` and ``again`` before and after it
    was applied once more.
    """

    before_rollback: Snapshot
    after_rollback: Snapshot
    before_reapply: Snapshot
    after_reapply: Snapshot


def unwind_losses(passage: UnwindSnapshots, bounds: Snapshot) -> Comparison:
    """Return what a migration took away on the way down and did not bring back on the way up.

    As :func:`reapply_difference`, for the values that its rollback changed. What it left alone may come out
    changed or be deleted: a data migration that meets rows which were written at head does for them
    what it once did
    for others. Nor can it keep what the schema below cannot hold, or what has another column's name there.
    """
    freed = merged_columns(
        columns_of_dropped_constraints(passage.after_rollback.schema, passage.before_rollback.schema),
        _reused(passage),
    )
    settled = {
        table: content._replace(rows=_only_own_changes_of_rows(content, passage, table, freed.get(table, ())))
        for table, content in passage.after_reapply.rows.items()
    }
    return reapply_difference(passage.before_rollback, passage.after_reapply._replace(rows=settled), bounds)


def _reused(passage: UnwindSnapshots) -> dict[str, set[str]]:
    floor, top = passage.after_rollback.rows, passage.before_rollback.rows
    return {table: reused_columns(floor[table], top[table]) for table in floor.keys() & top.keys()}


def _only_own_changes_of_rows(
    content: TableRows, passage: UnwindSnapshots, table: str, freed: Collection[str]
) -> Mapping[RowKey, RowTexts]:
    if isinstance(content.rows, HashedRows):
        top, floor, below = (hashed_rows_of(snapshot.rows.get(table)) for snapshot in passage[:3])
        return hashed_unwind_losses(content.rows, top, floor, below, freed)
    rows = {key: _only_own_changes(row, passage, table, key, freed) for key, row in content.rows.items()}
    settled = {table: content._replace(rows=rows | _deleted(content, passage, table))}
    return ignore_unrepresentable(settled, passage.before_rollback.rows, passage.after_rollback.schema)[
        table
    ].rows


def _only_own_changes(
    row: RowTexts, passage: UnwindSnapshots, table: str, key: RowKey, freed: Collection[str]
) -> RowTexts:
    """Return ``row`` with the value of the top in each column that this migration did not answer for."""
    top, floor, below = (_row(moment, table, key) for moment in passage[:3])
    answered = {
        column
        for column in floor
        if floor[column] == below.get(column) != top.get(column) and column not in freed
    }
    return {column: value if column in answered else top.get(column, value) for column, value in row.items()}


def _deleted(content: TableRows, passage: UnwindSnapshots, table: str) -> dict[RowKey, RowTexts]:
    """Return the rows, as they were at the top, that the rollback left and something else deleted."""
    if table not in passage.before_rollback.rows or table not in passage.after_rollback.rows:
        return {}
    top, floor = passage.before_rollback.rows[table], passage.after_rollback.rows[table]
    if not set(content.columns) <= set(top.columns):
        return {}
    return {key: top.rows[key] for key in top.rows.keys() & floor.rows.keys() if key not in content.rows}


def _row(moment: Snapshot, table: str, key: RowKey) -> RowTexts:
    return moment.rows[table].rows.get(key, {}) if table in moment.rows else {}
