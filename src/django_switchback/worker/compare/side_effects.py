"""Old rows that the writing of new rows changed: the parent in a tree counts its new children."""

from __future__ import annotations

from django_switchback.worker.compare.snapshots import Moment
from django_switchback.worker.snapshot.interface import Row, TableRows
from django_switchback.worker.snapshot.large.changes import rewritten_bulk
from django_switchback.worker.snapshot.large.hashed_rows import BulkRows, bulk_of


def rewritten(expected: Moment, after: Moment, loaded: Moment) -> Moment:
    """Return ``expected`` with what changed in its rows between ``after`` and ``loaded``.

    A rollback has to keep such a value: whoever writes new rows writes it along with them. A value in which
    ``expected`` differs from ``after``, since the target converts it, is left as it is.
    """
    rows = {
        table: _table(content, after.rows[table], loaded.rows[table])
        if table in after.rows and table in loaded.rows and after.rows[table] != loaded.rows[table]
        else content
        for table, content in expected.rows.items()
    }
    return expected._replace(rows=rows)


def _table(content: TableRows, after: TableRows, loaded: TableRows) -> TableRows:
    if isinstance(content.rows, BulkRows):
        return content._replace(rows=rewritten_bulk(content.rows, bulk_of(after), bulk_of(loaded)))
    return content._replace(
        rows={
            key: _row(row, after.rows.get(key, {}), loaded.rows.get(key, {}))
            for key, row in content.rows.items()
        }
    )


def _row(row: Row, after: Row, loaded: Row) -> Row:
    return {
        column: loaded[column] if column in after and column in loaded and value == after[column] else value
        for column, value in row.items()
    }
