"""Accounts for old rows that inserting new rows changed, such as a child count in a tree's parent."""

from __future__ import annotations

from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.snapshot.interface import RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.changes import hashed_side_effects
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows, hashed_rows_of


def apply_side_effects(expected: Snapshot, after: Snapshot, loaded: Snapshot) -> Snapshot:
    """Return ``expected`` with the changes to its rows between ``after`` and ``loaded``.

    A rollback has to keep these values: the same code writes them with new rows in production. Values that
    the target converts (``expected`` differs from ``after``) are not changed.
    """
    rows = {
        table: _table(content, after.rows[table], loaded.rows[table])
        if table in after.rows and table in loaded.rows and after.rows[table] != loaded.rows[table]
        else content
        for table, content in expected.rows.items()
    }
    return expected._replace(rows=rows)


def _table(content: TableRows, after: TableRows, loaded: TableRows) -> TableRows:
    if isinstance(content.rows, HashedRows):
        return content._replace(
            rows=hashed_side_effects(content.rows, hashed_rows_of(after), hashed_rows_of(loaded))
        )
    return content._replace(
        rows={
            key: _row(row, after.rows.get(key, {}), loaded.rows.get(key, {}))
            for key, row in content.rows.items()
        }
    )


def _row(row: RowTexts, after: RowTexts, loaded: RowTexts) -> RowTexts:
    return {
        column: loaded[column] if column in after and column in loaded and value == after[column] else value
        for column, value in row.items()
    }
