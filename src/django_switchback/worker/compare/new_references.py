"""Finds values that a reverse step takes from rows of the new release, for old rows that had none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.compare.table_keys import key_schema
from django_switchback.worker.snapshot.interface import RowKey, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows


def without_values_of_new_rows(
    before: Snapshot, after: Snapshot, loaded: Snapshot, restored: Snapshot, written: Keys
) -> Snapshot:
    """Return ``restored`` with null again where the reverse filled in what a new row holds.

    So it is in columns that the target removes, for old rows which had null there and which a new row refers
    to in a column that the target adds: of a reference that became a table of links, the new release has
    linked the row. Nothing is lost by that.
    """
    rows = dict(restored.rows)
    for table in before.rows.keys() & after.rows.keys() & restored.rows.keys():
        old, now = before.rows[table], restored.rows[table]
        if old is now or isinstance(old.rows, HashedRows) or isinstance(now.rows, HashedRows):
            continue
        removed = {*old.columns} & {*now.columns} - {*after.rows[table].columns}
        filled = _filled(old, now, removed) if removed else {}
        held = _values_beside_references(table, before, loaded, written) if filled else {}
        taken = {
            key: {**now.rows[key], **dict.fromkeys(columns)}
            for key, cells in filled.items()
            for columns in [[name for name, value in cells.items() if value in held.get(key[0], ())]]
        }
        if taken:
            rows[table] = now._replace(rows={**now.rows, **taken})
    return restored._replace(rows=rows)


def _filled(old: TableRows, now: TableRows, columns: Collection[str]) -> dict[RowKey, RowTexts]:
    """Return the values of ``columns`` that were null in ``old`` and are not any more, by key."""
    cells = {
        key: {name: now.rows[key][name] for name in columns if row[name] is None}
        for key, row in old.rows.items()
        if len(key) == 1 and key in now.rows
    }
    return {key: row for key, row in cells.items() if any(value is not None for value in row.values())}


def _values_beside_references(
    table: str, before: Snapshot, loaded: Snapshot, written: Keys
) -> Mapping[str | None, Collection[str | None]]:
    """Return the values of the new rows that refer to each row of ``table``, in a column that is new."""
    held: defaultdict[str | None, set[str | None]] = defaultdict(set)
    names = (table,), (table, *before.rows[table].key)
    for child, references in key_schema(loaded.schema).references.items():
        content = loaded.rows.get(child)
        if content is None or isinstance(content.rows, HashedRows):
            continue
        known = before.rows[child].columns if child in before.rows else ()
        for column, refers in references.items():
            if refers in names and column not in known and column in content.columns:
                for key in written.get(child, ()):
                    row = content.rows.get(key, {})
                    held[row.get(column)].update((*key, *row.values()))
    return held
