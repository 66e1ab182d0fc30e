"""Reads the rows of SQLite with the storage class of every value told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.interface import Digests, RowSet, Schema
from django_switchback.worker.snapshot.table import Layout, keyed, layouts, quoted


def row_tables(schema: Schema) -> tuple[str, ...]:
    """Return the tables that hold rows of their own: a virtual table's are in its shadow tables."""
    return tuple(
        name
        for (kind, name), item in schema.items()
        if kind == "table" and item.attributes.get("kind") != "virtual"
    )


def rows(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
    """Return the rows of ``tables``."""
    found = layouts(schema, tables)
    return {
        table.name: keyed(table, (tuple(map(_text, row)) for row in _read(connection, table)))
        for table in found
    }


def digests(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> Digests:
    """Return a hash of the rows, put in one order here, after the table's layout."""
    return {
        table.name: f"{table.fingerprint}:{_hash(_read(connection, table))}"
        for table in layouts(schema, tables)
    }


def _read(connection: BaseDatabaseWrapper, table: Layout) -> Sequence[tuple[object, ...]]:
    """Return the rows as SQLite stores them.

    The plus keeps Django's converters off, which go by a column's declared type.
    """
    columns = ", ".join(f"+{quoted(column)}" for column in table.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {quoted(table.name)}")  # noqa: S608
        found: list[tuple[object, ...]] = cursor.fetchall()
        return found


def _hash(rows: Sequence[tuple[object, ...]]) -> str:
    content = "\n".join(sorted(map(repr, rows)))
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _text(value: object) -> str | None:
    """Return ``value`` as text; quoted only where a text would be mistaken for another storage class."""
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
