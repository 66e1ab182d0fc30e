"""Finds values that a migration lost when the unwind rolled it back and applied it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django_switchback.evidence import Comparison
from django_switchback.worker.compare.changed_keys import IN_UNWIND, with_stable_keys
from django_switchback.worker.compare.generic_references import DJANGO_NAMES, ModelTables
from django_switchback.worker.compare.inserted_rows import with_references_to_replaced_rows
from django_switchback.worker.compare.renames import reused_columns
from django_switchback.worker.compare.snapshots import Snapshot, reapply_difference, union_by_table
from django_switchback.worker.compare.unrepresentable_values import (
    columns_of_dropped_constraints,
    ignore_unrepresentable,
)
from django_switchback.worker.snapshot.interface import RowKey, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.changes import hashed_unwind_losses
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows, hashed_rows_of, is_same


class UnwindSnapshots(NamedTuple):
    """The snapshots around the rollback and the reapplication of one migration in the unwind."""

    before_rollback: Snapshot
    after_rollback: Snapshot
    before_reapply: Snapshot
    after_reapply: Snapshot


def unwind_losses(
    snapshots: UnwindSnapshots, bounds: Snapshot, tables_of: ModelTables = DJANGO_NAMES
) -> Comparison:
    """Return the values that the rollback changed and the reapplication did not restore.

    Compares as :func:`reapply_difference`, but only values that this migration's rollback changed: a data
    migration may change or delete rows written at head, as it once did for other rows. Values that the schema
    after the rollback cannot hold, or that have another column's name there, are ignored.
    """
    before_rollback, after_rollback, bounds, before_reapply, after_reapply = with_stable_keys(
        (*snapshots[:2], bounds, *snapshots[2:]), IN_UNWIND, tables_of
    )
    after_reapply = with_references_to_replaced_rows(before_rollback, after_rollback, after_reapply)
    snapshots = UnwindSnapshots(before_rollback, after_rollback, before_reapply, after_reapply)
    freed = union_by_table(
        columns_of_dropped_constraints(snapshots.after_rollback.schema, snapshots.before_rollback.schema),
        _reused(snapshots),
    )
    own_changes = {
        table: content
        if table in snapshots.before_rollback.rows and is_same(content, snapshots.before_rollback.rows[table])
        else content._replace(rows=_only_own_changes_of_rows(content, snapshots, table, freed.get(table, ())))
        for table, content in snapshots.after_reapply.rows.items()
    }
    return reapply_difference(
        snapshots.before_rollback, snapshots.after_reapply._replace(rows=own_changes), bounds
    )


def _reused(snapshots: UnwindSnapshots) -> dict[str, set[str]]:
    after_rollback, before_rollback = snapshots.after_rollback.rows, snapshots.before_rollback.rows
    return {
        table: reused_columns(after_rollback[table], before_rollback[table])
        for table in after_rollback.keys() & before_rollback.keys()
    }


def _only_own_changes_of_rows(
    content: TableRows, snapshots: UnwindSnapshots, table: str, freed: Collection[str]
) -> Mapping[RowKey, RowTexts]:
    if isinstance(content.rows, HashedRows):
        before_rollback, after_rollback, before_reapply = (
            hashed_rows_of(snapshot.rows.get(table)) for snapshot in snapshots[:3]
        )
        return hashed_unwind_losses(content.rows, before_rollback, after_rollback, before_reapply, freed)
    rows = {key: _only_own_changes(row, snapshots, table, key, freed) for key, row in content.rows.items()}
    with_deleted = {table: content._replace(rows=rows | _deleted(content, snapshots, table))}
    return ignore_unrepresentable(
        with_deleted, snapshots.before_rollback.rows, snapshots.after_rollback.schema
    )[table].rows


def _only_own_changes(
    row: RowTexts, snapshots: UnwindSnapshots, table: str, key: RowKey, freed: Collection[str]
) -> RowTexts:
    """Return ``row`` with the value before the rollback in each column that this migration did not change."""
    before_rollback, after_rollback, before_reapply = (
        _row(snapshot, table, key) for snapshot in snapshots[:3]
    )
    own_columns = {
        column
        for column in after_rollback
        if after_rollback[column] == before_reapply.get(column) != before_rollback.get(column)
        and column not in freed
    }
    return {
        column: value if column in own_columns else before_rollback.get(column, value)
        for column, value in row.items()
    }


def _deleted(content: TableRows, snapshots: UnwindSnapshots, table: str) -> dict[RowKey, RowTexts]:
    """Return the rows as before the rollback, in the columns of ``content``, that the rollback kept.

    Something else deleted them.
    """
    if table not in snapshots.before_rollback.rows or table not in snapshots.after_rollback.rows:
        return {}
    before_rollback, after_rollback = (
        snapshots.before_rollback.rows[table],
        snapshots.after_rollback.rows[table],
    )
    if not set(content.columns) <= set(before_rollback.columns):
        return {}
    return {
        key: {column: before_rollback.rows[key][column] for column in content.columns}
        for key in before_rollback.rows.keys() & after_rollback.rows.keys()
        if key not in content.rows
    }


def _row(snapshot: Snapshot, table: str, key: RowKey) -> RowTexts:
    return snapshot.rows[table].rows.get(key, {}) if table in snapshot.rows else {}
