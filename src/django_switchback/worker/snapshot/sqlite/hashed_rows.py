"""Reads rows of large SQLite tables as hashes, row by row."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, Schema, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import (
    MAX_KNOWN_VALUES,
    NULL_HASH,
    HashedRows,
    number_duplicates,
    text_id,
)
from django_switchback.worker.snapshot.large_tables.sorting import Chunk, sorted_rows
from django_switchback.worker.snapshot.sqlite.rows import BATCH_ROWS, read, text
from django_switchback.worker.snapshot.table_layout import TableLayout, layouts, quote_identifier

_CLASSES = {int: 0, float: 1, bytes: 2}
"""Storage classes, hashed with the value: in Python, equal numbers of different classes are equal."""


def hashed_rows(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
    """Return the rows of ``tables`` as hashes."""
    return {table.name: _table(connection, table) for table in layouts(schema, tables)}


def _table(connection: BaseDatabaseWrapper, table: TableLayout) -> TableRows:
    order = ", ".join(map(quote_identifier, table.key))
    name = quote_identifier(table.name)
    # A table with a repeated key (SQLite allows nulls in a key) is treated as one without a key.
    if not order or _any(connection, f"SELECT 1 FROM {name} GROUP BY {order} HAVING count(*) > 1"):
        known: dict[RowKey, RowTexts] = {}
        chunks = _without_key(connection, table, known)
        return TableRows((), table.columns, HashedRows.of(table.columns, chunks, known))
    non_integer_query = f"SELECT 1 FROM {name} WHERE typeof({order}) <> 'integer'"
    numeric = len(table.key) == 1 and not _any(connection, non_integer_query)
    chunks = _keyed_by_number(connection, table) if numeric else _keyed_by_text(connection, table)
    return TableRows(table.key, table.columns, HashedRows.of(table.columns, chunks, _ends(connection, table)))


def _any(connection: BaseDatabaseWrapper, query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"{query} LIMIT 1")
        return cursor.fetchone() is not None


def _keyed_by_number(connection: BaseDatabaseWrapper, table: TableLayout) -> Iterator[Chunk]:
    place = table.columns.index(table.key[0])
    rows = read(connection, table, f"ORDER BY {quote_identifier(table.key[0])}")
    while batch := list(islice(rows, BATCH_ROWS)):
        values = list(zip(*batch, strict=True))
        yield array("q", values[place]), [array("q", map(_hash, column)) for column in values]


def _keyed_by_text(connection: BaseDatabaseWrapper, table: TableLayout) -> Iterator[Chunk]:
    places = [table.columns.index(column) for column in table.key]
    rows = (
        (text_id([text(row[place]) for place in places]), tuple(map(_hash, row)))
        for row in read(connection, table)
    )
    return sorted_rows(rows, len(table.columns))


def _ends(connection: BaseDatabaseWrapper, table: TableLayout) -> Mapping[RowKey, RowTexts]:
    """Return the first and the last rows with their values."""
    rows_by_id: dict[RowKey, RowTexts] = {}
    for direction in ("", " DESC"):
        order = ", ".join(f"{quote_identifier(column)}{direction}" for column in table.key)
        for values in read(connection, table, f"ORDER BY {order} LIMIT {MAX_KNOWN_VALUES}"):
            row = dict(zip(table.columns, map(text, values), strict=True))
            rows_by_id[tuple(row[column] for column in table.key)] = row
    return rows_by_id


def read_rows(
    connection: BaseDatabaseWrapper, schema: Schema, table: str, keys: Collection[RowKey]
) -> Mapping[RowKey, RowTexts]:
    """Return the rows with the given keys of one table that has a primary key."""
    (layout,) = layouts(schema, [table])
    key_set = set(keys)
    rows = (dict(zip(layout.columns, map(text, row), strict=True)) for row in read(connection, layout))
    keyed = ((tuple(row[column] for column in layout.key), row) for row in rows)
    return {key: row for key, row in keyed if key in key_set}


def _without_key(
    connection: BaseDatabaseWrapper, table: TableLayout, known: dict[RowKey, RowTexts]
) -> Iterator[Chunk]:
    """Yield rows under the hash of all values; the values of the first rows are added to ``known``."""

    def rows() -> Iterator[tuple[int, Sequence[int]]]:
        for row in read(connection, table):
            hashes = tuple(map(_hash, row))
            number = hash(hashes)
            if len(known) < 2 * MAX_KNOWN_VALUES:
                known[(str(number),)] = dict(zip(table.columns, map(text, row), strict=True))
            yield number, hashes

    return number_duplicates(sorted_rows(rows(), len(table.columns)))


def _hash(value: object) -> int:
    """Return a hash that is valid within this process, as are the snapshots that contain it."""
    if value is None:
        return NULL_HASH
    # Python's hash of the empty string equals NULL_HASH.
    return (hash(value) if isinstance(value, str) else hash((_CLASSES[type(value)], value))) or 1
