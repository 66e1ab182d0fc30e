"""Finds rows that a target inserts into tables that were there before, and that its rollback deletes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django_switchback.worker.compare.django_rows import MANAGED_BY_DJANGO
from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.compare.table_keys import key_schema, link_tables
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows


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


def without_links_to_deleted_rows(
    written: Keys, before: Snapshot, after: Snapshot, loaded: Snapshot, restored: Snapshot
) -> Keys:
    """Return ``written`` without rows that link others to rows which the target inserted.

    With its rows, the rollback has to delete the rows of many-to-many tables that refer to them: what the new
    release gave to a group that the target created ends with the group.
    """
    gone = {
        table: keys - restored.rows[table].rows.keys()
        for table, keys in ((table, set(keys)) for table, keys in written.items())
        if table in restored.rows and not keys <= restored.rows[table].rows.keys()
    }
    if not gone:
        return written
    schema = key_schema(after.schema)
    left = dict(written)
    for table in gone.keys() & link_tables([schema]) & loaded.rows.keys():
        deleted = {
            column: _names_of_deleted(refers[0], before, after, restored)
            for column, refers in schema.references[table].items()
        }
        rows = {key: _known_row(loaded.rows[table], key) for key in gone[table]}
        links = {
            key
            for key, row in rows.items()
            if any(row.get(column) in names for column, names in deleted.items())
        }
        left[table] = set(written[table]) - links
    return left


def with_references_to_deleted_rows(
    written: Keys, before: Snapshot, after: Snapshot, loaded: Snapshot, restored: Snapshot
) -> Snapshot:
    """Return ``restored``, whose ``written`` rows refer to what they referred to if the target inserted that.

    A reference to a row that ends with the target has to change: it is cleared, or moved to another row.
    """
    references = key_schema(after.schema).references
    rows = dict(restored.rows)
    for table, keys in written.items():
        now, then = restored.rows.get(table), loaded.rows.get(table)
        if now is None or then is None or isinstance(now.rows, HashedRows) or table not in references:
            continue
        deleted = {
            column: _names_of_deleted(refers[0], before, after, restored)
            for column, refers in references[table].items()
        }
        kept = {
            key: {**now.rows[key], **cells}
            for key in keys
            if key in now.rows and (cells := _cells(_known_row(then, key), deleted))
        }
        if kept:
            rows[table] = now._replace(rows={**now.rows, **kept})
    return restored._replace(rows=rows)


def _cells(row: RowTexts, deleted: Mapping[str, Collection[str | None]]) -> RowTexts:
    return {column: row[column] for column, names in deleted.items() if row.get(column) in names}


def _names_of_deleted(table: str, before: Snapshot, after: Snapshot, restored: Snapshot) -> set[str | None]:
    """Return the rows that were inserted after ``before`` and deleted again, as references name them."""
    if not all(table in snapshot.rows for snapshot in (before, after, restored)):
        return set()
    keys = after.rows[table].rows.keys() - before.rows[table].rows.keys()
    deleted = {key for key in keys if key not in restored.rows[table].rows}
    if table in MANAGED_BY_DJANGO:
        return {".".join(map(str, key)) for key in deleted}
    return {key[0] for key in deleted if len(key) == 1}


def _known_row(content: TableRows, key: RowKey) -> RowTexts:
    return (content.rows.known if isinstance(content.rows, HashedRows) else content.rows).get(key, {})


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
