"""Reads rows of large PostgreSQL tables as hashes, which the server computes."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection, Iterator, Mapping

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, Schema, TableRows
from django_switchback.worker.snapshot.large_tables.disk_columns import CHUNK_ITEMS
from django_switchback.worker.snapshot.large_tables.hashed_rows import (
    MAX_KNOWN_VALUES,
    NULL_HASH,
    HashedRows,
    number_duplicates,
    text_id,
)
from django_switchback.worker.snapshot.large_tables.sorting import Chunk
from django_switchback.worker.snapshot.postgresql.rows import source
from django_switchback.worker.snapshot.postgresql.session import pinned_session
from django_switchback.worker.snapshot.table_layout import TableLayout, layouts, quote_identifier

NUMBERS = frozenset({"smallint", "integer", "bigint"})


def hashed_rows(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
    """Return the rows of ``tables`` as hashes."""
    with pinned_session(connection) as cursor:
        return {
            table.name: TableRows(table.key, table.columns, _rows(connection, cursor, table))
            for table in layouts(schema, tables)
        }


def _rows(connection: BaseDatabaseWrapper, cursor: CursorWrapper, table: TableLayout) -> HashedRows:
    chunks = _chunks(connection, table)
    return HashedRows.of(
        table.columns, chunks if table.key else number_duplicates(chunks), _ends(cursor, table)
    )


def _chunks(connection: BaseDatabaseWrapper, table: TableLayout) -> Iterator[Chunk]:
    """Yield chunks of keys and hashes in key order, aggregated to one value per column.

    A server-side cursor fetches one chunk at a time.
    """
    numeric = _is_numeric(table)
    order = "id" if numeric else "convert_to(id, 'UTF8')"
    hashes = "".join(f", {_hash(column)} AS h{index}" for index, column in enumerate(table.columns))
    rows = f"SELECT {_id(table)} AS id{hashes} FROM {source(table)} AS kept"
    rows = f"SELECT *, row_number() OVER (ORDER BY {order}) - 1 AS place FROM ({rows}) AS hashed"
    rows = f"SELECT *, place / {CHUNK_ITEMS} AS portion FROM ({rows}) AS placed ORDER BY portion, place"
    key = "string_agg(int8send(id), ''::bytea)" if numeric else "string_agg(id, E'\\n')"
    columns = "".join(f", string_agg(int8send(h{index}), ''::bytea)" for index in range(len(table.columns)))
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {key}{columns} FROM ({rows}) AS ordered GROUP BY portion ORDER BY portion")
        while batch := cursor.fetchmany(1):
            ids, *values = batch[0]
            yield _numbers(ids) if numeric else ids.split("\n"), list(map(_numbers, values))


def _is_numeric(table: TableLayout) -> bool:
    if not table.key:
        return True
    types = dict(zip(table.columns, table.types, strict=True))
    return len(table.key) == 1 and types[table.key[0]] in NUMBERS


def _id(table: TableLayout) -> str:
    """Return the SQL of the stored key; for a table without a key, the hash of all values."""
    if not table.key:
        texts = ", ".join(f"{quote_identifier(column)}::text" for column in table.columns)
        return f'hashtextextended(ROW({texts})::text COLLATE "C", 0)'
    if _is_numeric(table):
        return f"{quote_identifier(table.key[0])}::bigint"
    return f"json_build_array({', '.join(f'{quote_identifier(column)}::text' for column in table.key)})::text"


def _hash(column: str) -> str:
    text = f'{quote_identifier(column)}::text COLLATE "C"'
    return (
        f"CASE WHEN {quote_identifier(column)}::text IS NULL THEN {NULL_HASH} ELSE "
        f"hashtextextended({text}, 0) END"
    )


def _order(table: TableLayout, direction: str = "") -> str:
    # Qualified: an unqualified name would refer to an output column of the same name.
    return ", ".join(f"kept.{quote_identifier(column)}{direction}" for column in table.key)


def _ends(cursor: CursorWrapper, table: TableLayout) -> Mapping[RowKey, RowTexts]:
    """Return the first and the last rows with their values; for a table without a key, any rows."""
    known_rows: dict[RowKey, RowTexts] = {}
    texts = ", ".join(f"{quote_identifier(column)}::text" for column in table.columns)
    for direction in ("", " DESC"):
        order = f"ORDER BY {_order(table, direction)}" if table.key else ""
        query = f"SELECT {_id(table)}::text, ARRAY[{texts}]::text[] FROM {source(table)} AS kept"
        cursor.execute(f"{query} {order} LIMIT {MAX_KNOWN_VALUES}")
        for name, values in cursor.fetchall():
            row = dict(zip(table.columns, values, strict=True))
            known_rows[tuple(row[column] for column in table.key) if table.key else (name,)] = row
    return known_rows


def read_rows(
    connection: BaseDatabaseWrapper, schema: Schema, table: str, keys: Collection[RowKey]
) -> Mapping[RowKey, RowTexts]:
    """Return the rows with the given keys of one table that has a primary key."""
    (layout,) = layouts(schema, [table])
    texts = ", ".join(f"{quote_identifier(column)}::text" for column in layout.columns).replace("%", "%%")
    key = ", ".join(f"{quote_identifier(column)}::text" for column in layout.key).replace("%", "%%")
    place = source(layout).replace("%", "%%")
    query = f"SELECT ARRAY[{texts}]::text[] FROM {place} WHERE json_build_array({key})::text = ANY(%s)"
    with pinned_session(connection) as cursor:
        cursor.execute(query, [list(map(text_id, keys))])
        rows = [dict(zip(layout.columns, values, strict=True)) for (values,) in cursor.fetchall()]
    return {tuple(row[column] for column in layout.key): row for row in rows}


def _numbers(sent: bytes) -> array[int]:
    """Return integers decoded from big-endian eight-byte values."""
    numbers: array[int] = array("q", sent)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
