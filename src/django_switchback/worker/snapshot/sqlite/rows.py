"""Reads the rows of SQLite with the storage class of every value."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.interface import Digests, RowSet, Schema
from django_switchback.worker.snapshot.table_layout import TableLayout, layouts, quote_identifier, rows_by_key

BATCH_ROWS = 2_000
"""Rows fetched at a time."""


def row_tables(schema: Schema) -> tuple[str, ...]:
    """Return the tables that store rows themselves: a virtual table's rows are in its shadow tables."""
    return tuple(
        name
        for (kind, name), item in schema.items()
        if kind == "table" and item.attributes.get("kind") != "virtual"
    )


def rows(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
    """Return the rows of ``tables``."""
    table_layouts = layouts(schema, tables)
    return {
        table.name: rows_by_key(table, (tuple(map(text, row)) for row in read(connection, table)))
        for table in table_layouts
    }


def digests(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> Digests:
    """Return a hash of the rows, independent of their order, after the table's layout."""
    return {
        table.name: f"{table.fingerprint}:{_hash(read(connection, table))}"
        for table in layouts(schema, tables)
    }


def read(connection: BaseDatabaseWrapper, table: TableLayout, rest: str = "") -> Iterator[tuple[object, ...]]:
    """Yield the rows as SQLite stores them, in batches; ``rest`` is appended to the query.

    The unary plus disables Django's converters, which depend on a column's declared type.
    """
    columns = ", ".join(f"+{quote_identifier(column)}" for column in table.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {quote_identifier(table.name)} {rest}")
        while batch := cursor.fetchmany(BATCH_ROWS):
            yield from batch


def _hash(rows: Iterable[tuple[object, ...]]) -> str:
    """Return count and sum of the rows' hashes, independent of row order."""
    count = total = 0
    for row in rows:
        content = repr(row).encode("utf-8", "surrogatepass")
        total += int.from_bytes(hashlib.blake2b(content, digest_size=16).digest())
        count += 1
    return f"{count}:{total % 2**128:x}"


def text(value: object) -> str | None:
    """Return ``value`` as text, quoted only if text would look like another storage class."""
    match value:
        case None:
            return None
        case bytes():
            return f"x'{value.hex()}'"
        case str():
            return "'" + value.replace("'", "''") + "'" if _ambiguous(value) else value
        case _:
            return repr(value)


def _ambiguous(value: str) -> bool:
    if value[:1] == "'" or value[:2] == "x'":
        return True
    try:
        float(value)
    except ValueError:
        return False
    return True
