"""Reads the rows of PostgreSQL as the server's text output, many tables per statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from zlib import crc32

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.interface import Digests, RowSet, Schema
from django_switchback.worker.snapshot.postgresql.session import fetch_all, pinned_session
from django_switchback.worker.snapshot.table_layout import TableLayout, layouts, quote_identifier, rows_by_key

BATCH = 100
"""Tables per statement: enough to save round trips, few enough to plan quickly."""
GROUPS = 8
"""Groups that tables are divided into by name: a changed table invalidates the prepared statements of its
group only."""

PLAIN = frozenset(
    "smallint, integer, bigint, boolean, uuid, date, bytea, oid, timestamp with time zone,"
    " timestamp without time zone, time without time zone".replace(", ", ",").split(",")
)
"""Types whose equal values print the same, so that their own hash detects every change."""


def row_tables(schema: Schema) -> tuple[str, ...]:
    """Return the tables that store rows: no partitions (read through the parent), no foreign tables."""
    return tuple(
        name
        for (kind, name), item in schema.items()
        if kind == "table"
        and item.attributes.get("kind") != "foreign"
        and "partition bound" not in item.attributes
    )


def rows(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
    """Return the rows of ``tables``."""
    table_layouts = layouts(schema, tables)
    values: defaultdict[int, list[tuple[str | None, ...]]] = defaultdict(list)
    with pinned_session(connection) as cursor:
        for batch in _batches(table_layouts):
            cursor.execute(" UNION ALL ".join(_texts(number, table) for number, table in batch))
            for number, row in cursor.fetchall():
                values[number].append(tuple(row))
    return {table.name: rows_by_key(table, values[number]) for number, table in enumerate(table_layouts)}


def digests(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> Digests:
    """Return the layout fingerprint, row count and sum of row hashes, computed by the server."""
    table_layouts = layouts(schema, tables)
    groups: list[list[TableLayout]] = [[] for _ in range(GROUPS)]
    for table in table_layouts:
        groups[crc32(table.name.encode()) % GROUPS].append(table)
    batches = [batch for group in groups for batch in _batches(group)]
    queries = [" UNION ALL ".join(_hash(number, table) for number, table in batch) for batch in batches]
    answers: dict[str, tuple[int, str]] = {}
    with pinned_session(connection) as cursor:
        for batch, rows in zip(batches, fetch_all(cursor, queries), strict=True):
            names = {number: table.name for number, table in batch}
            answers |= {names[number]: (count, total) for number, count, total in rows}
    return {
        table.name: f"{table.fingerprint}:{'{}:{}'.format(*answers[table.name])}" for table in table_layouts
    }


def _batches(table_layouts: Sequence[TableLayout]) -> Iterator[Sequence[tuple[int, TableLayout]]]:
    numbered = tuple(enumerate(table_layouts))
    for start in range(0, len(numbered), BATCH):
        yield numbered[start : start + BATCH]


def _texts(number: int, table: TableLayout) -> str:
    texts = ", ".join(f"{quote_identifier(column)}::text" for column in table.columns)
    return f"SELECT {number}, ARRAY[{texts}]::text[] FROM {source(table)}"


@lru_cache(maxsize=4096)
def _hash(number: int, table: TableLayout) -> str:
    """Return the query for one table's digest.

    Types whose equal values may print differently (``1.0`` and ``1.00``, ``citext``) are hashed as text. The
    hash of a row is the sum of its columns' hashes, each times a constant, so that a sum over rows would be
    the same if two rows exchanged their values in a column: it is hashed once more.
    """
    values = ", ".join(
        quote_identifier(column) if kind in PLAIN else f'{quote_identifier(column)}::text COLLATE "C"'
        for column, kind in zip(table.columns, table.types, strict=True)
    )
    row = f"hashint8extended(hash_record_extended(ROW({values}), 0), 0)"
    total = f"coalesce(sum({row}), 0)::text" if values else "'0'"
    return f"SELECT {number}, count(*), {total} FROM {source(table)}"


def source(table: TableLayout) -> str:
    """Return the FROM item of ``table``: a partitioned table with its partitions, others without children."""
    name = ".".join(map(quote_identifier, table.parts))
    return name if table.partitioned else f"ONLY {name}"
