"""Finds the unique indexes that a target removes, and that do not compare columns as they are.

The models of a state say nothing of an index or of a column's type that only ``RunSQL`` knows.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_switchback.worker.seed.constraints.unique_indexes import (
    UniqueIndex,
    UniqueIndexes,
    quoted,
    unique_indexes_in,
)
from django_switchback.worker.snapshot.interface import CatalogueObject, Schema


def removed_unique_indexes(before: Schema, after: Schema, vendor: str) -> UniqueIndexes:
    """Return the indexes and constraints of ``before`` that ``after`` has no more."""
    changed = {
        item.table
        for key, item in before.items()
        if item.table and key[0] in {"column", "constraint", "index"} and after.get(key) != item
    }
    if not changed:
        return {}
    kept = {table: set(_of_table(after, table, vendor)) for table in changed}
    found = {
        table: tuple(index for index in _of_table(before, table, vendor) if index not in kept[table])
        for table in changed
    }
    return {table: indexes for table, indexes in sorted(found.items()) if indexes}


def _of_table(schema: Schema, table: str, vendor: str) -> Iterator[UniqueIndex]:
    for (kind, _), item in schema.items():
        if item.table == table:
            index = _index_of(kind, item, vendor)
            compared = None if index is None else _compared(index, schema, table)
            if compared is not None:
                yield compared


def _index_of(kind: str, item: CatalogueObject, vendor: str) -> UniqueIndex | None:
    if kind == "constraint" and item.attributes.get("type") == "unique":
        return UniqueIndex(tuple(map(quoted, item.parts)), item.parts)
    if kind != "index" or not item.attributes.get("unique"):
        return None
    definition, condition = item.attributes.get("definition") or "", item.attributes.get("where")
    # PostgreSQL's begins with the index's method, and has its condition in the end.
    body = definition if vendor == "postgresql" else f"({definition})"
    where = f" WHERE {condition}" if condition else ""
    statement = f"CREATE UNIQUE INDEX i ON t {body}{where}"
    return next((index for _, index in unique_indexes_in(statement, vendor)), None)


def _compared(index: UniqueIndex, schema: Schema, table: str) -> UniqueIndex | None:
    """Return ``index`` with its columns' collation or type; ``None`` if it compares them as they are."""
    columns = {quoted(name): schema.get(("column", f"{table}.{name}")) for name in index.columns}
    expressions = tuple(
        text if (column := columns.get(text)) is None else f"{text}{_comparison(column)}"
        for text in index.expressions
    )
    return None if set(expressions) <= columns.keys() else index._replace(expressions=expressions)


def _comparison(column: CatalogueObject) -> str:
    collation = column.attributes.get("collation")
    if collation:
        return f" COLLATE {collation}"
    return "::citext" if column.attributes.get("type") == "citext" else ""
