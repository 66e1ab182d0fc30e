"""Finds the rows that a target inserts into tables that were there before, and its rollback deletes."""

from __future__ import annotations

from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.snapshot.interface import RowSet


def inserted_keys(before: Snapshot, after: Snapshot) -> Keys:
    """Return the primary keys of rows inserted between two snapshots into tables of both; none if hashed."""
    if after.bulk:
        return {}
    inserted = {
        table: after.raw[table].rows.keys() - before.raw[table].rows.keys()
        for table in before.raw.keys() & after.raw.keys()
        if before.raw[table] is not after.raw[table]
    }
    return {table: keys for table, keys in inserted.items() if keys}


def reinserted_rows(inserted: Keys, restored: Snapshot, again: Snapshot) -> RowSet:
    """Return the rows inserted between ``restored`` and ``again``, of tables that lost ``inserted`` rows.

    ``restored`` was taken after the rollback, which deleted at least one of the table's ``inserted`` rows.
    """
    keys_now = inserted_keys(restored, again)
    return {
        table: again.raw[table]._replace(rows={key: again.raw[table].rows[key] for key in keys_now[table]})
        for table, keys in inserted.items()
        if table in keys_now and not restored.raw[table].rows.keys() >= set(keys)
    }
