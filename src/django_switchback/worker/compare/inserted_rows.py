"""Finds rows that a target inserts into tables that were there before, and that its rollback deletes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django_switchback.worker.compare.django_rows import MANAGED_BY_DJANGO
from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.compare.table_keys import key_schema, link_tables
from django_switchback.worker.snapshot.interface import RowKey, RowTexts, TableRows
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


def without_references_to_deleted_rows(
    written: Keys, before: Snapshot, after: Snapshot, loaded: Snapshot, restored: Snapshot
) -> tuple[Keys, Snapshot]:
    """Return ``written`` and ``restored`` without what a new row loses with a row that the target inserted.

    With its rows, the rollback has to delete the rows of many-to-many tables that refer to them: what the new
    release gave to a group that the target created ends with the group. Another reference to such a row has
    to change, cleared or moved to another row: in ``restored`` it stays what it was.
    """
    return _without_references(_names_of_deleted(before, after, restored), written, loaded, restored)


def with_references_to_replaced_rows(loaded: Snapshot, restored: Snapshot, again: Snapshot) -> Snapshot:
    """Return ``again`` with what rows of ``loaded`` lost with a row that the rollback deleted.

    ``restored`` is the snapshot after the rollback, ``again`` that after the target has inserted the row once
    more, but not the references to it: see :func:`without_references_to_deleted_rows`.
    """
    written = {
        table: content.rows.keys()
        for table, content in loaded.rows.items()
        if not isinstance(content.rows, HashedRows)
    }
    replaced = _names_of_deleted(restored, loaded, restored)
    left, again = _without_references(replaced, written, loaded, again)
    rows = dict(again.rows)
    for table in left.keys() & rows.keys():
        gone = {key: loaded.rows[table].rows[key] for key in written[table] - left[table]}
        if gone:
            rows[table] = rows[table]._replace(rows={**rows[table].rows, **gone})
    return again._replace(rows=rows)


def _without_references(
    deleted: Mapping[str, Collection[str | None]], written: Keys, loaded: Snapshot, restored: Snapshot
) -> tuple[Keys, Snapshot]:
    if not deleted:
        return written, restored
    schema = key_schema(loaded.schema)
    links = link_tables([schema])
    left, rows = dict(written), dict(restored.rows)
    for table in schema.references.keys() & written.keys() & loaded.rows.keys() & rows.keys():
        names = {
            column: deleted[refers[0]]
            for column, refers in schema.references[table].items()
            if refers[0] in deleted
        }
        then, now = loaded.rows[table], rows[table]
        cells = {key: _cells(_known_row(then, key), names) for key in written[table]} if names else {}
        if table in links:
            left[table] = {key for key in written[table] if key in now.rows or not cells.get(key)}
        if not isinstance(now.rows, HashedRows):
            kept = {key: {**now.rows[key], **cell} for key, cell in cells.items() if cell and key in now.rows}
            rows[table] = now._replace(rows={**now.rows, **kept})
    return left, restored._replace(rows=rows)


def _cells(row: RowTexts, names: Mapping[str, Collection[str | None]]) -> RowTexts:
    return {column: row[column] for column, values in names.items() if row.get(column) in values}


def _names_of_deleted(before: Snapshot, after: Snapshot, restored: Snapshot) -> dict[str, set[str | None]]:
    """Return the rows that were inserted after ``before`` and deleted again, as references name them."""
    names: dict[str, set[str | None]] = {}
    for table in before.rows.keys() & after.rows.keys() & restored.rows.keys():
        if before.rows[table] is after.rows[table]:
            continue
        inserted = after.rows[table].rows.keys() - before.rows[table].rows.keys()
        deleted = {key for key in inserted if key not in restored.rows[table].rows}
        if table in MANAGED_BY_DJANGO:
            names[table] = {".".join(map(str, key)) for key in deleted}
        else:
            names[table] = {key[0] for key in deleted if len(key) == 1}
    return {table: found for table, found in names.items() if found}


def _known_row(content: TableRows, key: RowKey) -> RowTexts:
    return (content.rows.known if isinstance(content.rows, HashedRows) else content.rows).get(key, {})


def deleted_again(inserted: Keys, restored: Snapshot) -> Keys:
    """Return ``inserted`` of the tables that lack some of these rows in ``restored``, after the rollback."""
    return {
        table: keys
        for table, keys in inserted.items()
        if table in restored.raw and not restored.raw[table].rows.keys() >= set(keys)
    }
