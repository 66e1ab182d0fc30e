"""Reads tables of SQLite that have too many rows to be kept, row by row."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.bulk import KNOWN, NULL, BulkRows, sorted_rows, text_id
from django_switchback.worker.snapshot.interface import Row, RowKey, RowSet, Schema, TableRows
from django_switchback.worker.snapshot.sqlite.rows import read, text
from django_switchback.worker.snapshot.table import Layout, layouts, quoted

_CLASSES = {int: 0, float: 1, bytes: 2}
"""Told apart, since to Python a number is equal to the same number of another class."""


def bulk(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
    """Return the rows of ``tables`` as hashes."""
    return {table.name: _table(connection, table) for table in layouts(schema, tables)}


def _table(connection: BaseDatabaseWrapper, table: Layout) -> TableRows:
    keyed = _keyed(connection, table)
    # A key that occurs twice (SQLite allows nulls in one) makes the table one without a key.
    if keyed is None:
        return TableRows((), table.columns, _without_key(connection, table))
    return TableRows(table.key, table.columns, keyed)


def _keyed(connection: BaseDatabaseWrapper, table: Layout) -> BulkRows | None:
    if not table.key:
        return None
    places = [table.columns.index(column) for column in table.key]
    numbers: array[int] = array("q")
    texts: list[str] = []
    hashes = _empty(table)
    for row in read(connection, table):
        key = [row[place] for place in places]
        if not texts and len(key) == 1 and type(key[0]) is int:
            numbers.append(key[0])
        else:
            texts.append(text_id([text(value) for value in key]))
        _add(hashes, row)
    if texts and numbers:
        texts = [text_id([str(number)]) for number in numbers] + texts
    if len(set(texts or numbers)) != len(texts or numbers):
        return None
    return sorted_rows(tuple(texts) if texts else numbers, hashes, _ends(connection, table))


def _ends(connection: BaseDatabaseWrapper, table: Layout) -> Mapping[RowKey, Row]:
    """Return the first and the last rows with their values."""
    found: dict[RowKey, Row] = {}
    for direction in ("", " DESC"):
        order = ", ".join(f"{quoted(column)}{direction}" for column in table.key)
        for values in read(connection, table, f"ORDER BY {order} LIMIT {KNOWN}"):
            row = dict(zip(table.columns, map(text, values), strict=True))
            found[tuple(row[column] for column in table.key)] = row
    return found


def some(
    connection: BaseDatabaseWrapper, schema: Schema, table: str, keys: Collection[RowKey]
) -> Mapping[RowKey, Row]:
    """Return the rows of some keys of one table that has a primary key."""
    (layout,) = layouts(schema, [table])
    wanted = set(keys)
    rows = (dict(zip(layout.columns, map(text, row), strict=True)) for row in read(connection, layout))
    keyed = ((tuple(row[column] for column in layout.key), row) for row in rows)
    return {key: row for key, row in keyed if key in wanted}


def _without_key(connection: BaseDatabaseWrapper, table: Layout) -> BulkRows:
    """Return rows under the hash of all their values; two that are equal share it."""
    ids: array[int] = array("q")
    hashes = _empty(table)
    known: dict[RowKey, Row] = {}
    for row in read(connection, table):
        ids.append(hash(tuple(map(_hash, row))))
        if len(known) < 2 * KNOWN:
            known[(str(ids[-1]),)] = dict(zip(table.columns, map(text, row), strict=True))
        _add(hashes, row)
    return sorted_rows(ids, hashes, known)


def _empty(table: Layout) -> dict[str, array[int]]:
    return {column: array("q") for column in table.columns}


def _add(hashes: Mapping[str, array[int]], row: Sequence[object]) -> None:
    for values, value in zip(hashes.values(), row, strict=True):
        values.append(_hash(value))


def _hash(value: object) -> int:
    """Return a hash that holds for this process; the moments that it is compared in never leave it."""
    if value is None:
        return NULL
    # To Python the empty text has the hash that stands for nothing here.
    return (hash(value) if isinstance(value, str) else hash((_CLASSES[type(value)], value))) or 1
