"""Compares the rows that Django itself maintains, and references to them, by natural key.

``post_migrate`` creates a content type for each model, and permissions, with the next free primary key, and
never deletes them. Compared by primary key they would differ after every rollback; compared by app, model and
codename they differ only if a migration changed them. A foreign key to one of them differs if it means
another model or permission than before, whether its value or the row that it refers to has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from django_switchback.evidence import RowDifference
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, Schema, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows
from django_switchback.worker.snapshot.table_layout import rows_by_values

CONTENT_TYPES = "django_content_type"
PERMISSIONS = "auth_permission"
MANAGED_BY_DJANGO = frozenset({CONTENT_TYPES, PERMISSIONS})

NO_ROWS: RowSet = {}

References: TypeAlias = Mapping[str, Mapping[str, str]]
"""The tables that foreign keys refer to, by referring table and column."""
_Names: TypeAlias = Mapping[str | None, str]
"""Natural keys by primary key."""


def references_to_django(schema: Schema) -> References:
    """Return the foreign keys to content types and permissions."""
    references: dict[str, dict[str, str]] = {}
    for item in schema.values():
        if item.refers and item.refers[0] in MANAGED_BY_DJANGO and item.table and len(item.parts) == 1:
            references.setdefault(item.table, {})[item.parts[0]] = item.refers[0]
    return references


def with_references(
    differences: Iterable[RowDifference], references: References
) -> tuple[RowDifference, ...]:
    """Return ``differences`` with the tables that the differing columns refer to."""
    return tuple(
        msgspec.structs.replace(
            difference,
            refers={
                column: table
                for column, table in references.get(difference.table, {}).items()
                if column in difference.columns
            },
        )
        for difference in differences
    )


def names_permissions_alone(difference: RowDifference) -> bool:
    """Return whether rows differ only in the names of permissions that they have or refer to."""
    if difference.table == PERMISSIONS:
        return True
    refers = difference.refers
    return bool(difference.columns) and all(refers.get(name) == PERMISSIONS for name in difference.columns)


def by_natural_key(
    raw: RowSet, references: References, earlier_raw: RowSet = NO_ROWS, earlier: RowSet = NO_ROWS
) -> RowSet:
    """Return ``raw`` with content types and permissions by natural key instead of ``id``.

    ``references`` to them hold the natural key as well. Tables that did not change since ``earlier_raw`` are
    taken from ``earlier``, which this function returned for it.
    """
    types = raw.get(CONTENT_TYPES)
    if types is None:
        return raw
    unchanged = {table for table in raw if table in earlier and earlier_raw.get(table) is raw[table]}
    if not MANAGED_BY_DJANGO & raw.keys() <= unchanged:
        unchanged = set()
    rows = {**raw, **{table: earlier[table] for table in unchanged}}
    stale = {table for table in (*MANAGED_BY_DJANGO, *references) if table in raw} - unchanged
    if not stale:
        return rows
    names = _names(types, raw.get(PERMISSIONS))
    for table in sorted(stale - MANAGED_BY_DJANGO):
        columns = {column: names[referred] for column, referred in references[table].items()}
        rows[table] = _with_names(raw[table], columns)
    if CONTENT_TYPES in stale:
        rows[CONTENT_TYPES] = _keyed(types, ("app_label", "model"))
    if PERMISSIONS in stale and _has_natural_key(raw[PERMISSIONS]):
        rows[PERMISSIONS] = _named(raw[PERMISSIONS], names[CONTENT_TYPES])
    return rows


def _names(types: TableRows, permissions: TableRows | None) -> Mapping[str, _Names]:
    type_names = {
        row["id"]: f"{row['app_label']}.{row['model']}"
        for row in types.rows.values()
        if {"id", "app_label", "model"} <= row.keys()
    }
    if permissions is None or not _has_natural_key(permissions):
        return {CONTENT_TYPES: type_names, PERMISSIONS: {}}
    return {
        CONTENT_TYPES: type_names,
        PERMISSIONS: {
            row["id"]: f"{type_names.get(row['content_type_id'], row['content_type_id'])}.{row['codename']}"
            for row in permissions.rows.values()
        },
    }


def _has_natural_key(permissions: TableRows) -> bool:
    return {"content_type_id", "codename"} <= set(permissions.columns)


def _with_names(table: TableRows, names: Mapping[str, _Names]) -> TableRows:
    """Return ``table`` with natural keys in the columns of ``names``; dangling references stay."""
    if isinstance(table.rows, HashedRows):
        return table
    rows = [
        {**row, **{column: known.get(row[column], row[column]) for column, known in names.items()}}
        for row in table.rows.values()
    ]
    if not table.key:
        return table._replace(rows=rows_by_values(rows, table.columns))
    return table._replace(rows={tuple(row[column] for column in table.key): row for row in rows})


def _keyed(table: TableRows, key: tuple[str, ...]) -> TableRows:
    columns = tuple(column for column in table.columns if column != "id")
    return TableRows(key, columns, dict(_row(row, key, columns) for row in table.rows.values()))


def _named(permissions: TableRows, names: _Names) -> TableRows:
    columns = tuple(column for column in permissions.columns if column not in {"id", "content_type_id"})
    rows = (
        {**row, "content_type": names.get(row["content_type_id"], row["content_type_id"])}
        for row in permissions.rows.values()
    )
    key = ("content_type", "codename")
    return TableRows(
        key, (*columns, "content_type"), dict(_row(row, key, (*columns, "content_type")) for row in rows)
    )


def _row(row: RowTexts, key: tuple[str, ...], columns: tuple[str, ...]) -> tuple[RowKey, RowTexts]:
    return tuple(row[column] for column in key), {column: row[column] for column in columns}
