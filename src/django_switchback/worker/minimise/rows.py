"""Copies rows from one sandbox to another with their exact database values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.cycle.rows import WrittenWhen
from django_switchback.worker.seed.row_counts import models_by_snapshot_name
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, Schema
from django_switchback.worker.snapshot.table_layout import quote_identifier
from django_switchback.worker.table_names import ForeignKeys


class RowId(NamedTuple):
    """The identity of a row: when it is written, its table and its primary key."""

    written: WrittenWhen
    table: str
    key: RowKey


RowReferences: TypeAlias = "Mapping[RowId, Mapping[str, RowId]]"
"""The rows that each row refers to, by column."""
RowsById: TypeAlias = Mapping[RowId, RowTexts]
"""Rows with their values as the database's text, in a fixed order."""


def rows_between(earlier: RowSet, later: RowSet, written: WrittenWhen) -> dict[RowId, RowTexts]:
    """Return the rows in ``later`` that are not in ``earlier``, sorted by table, then in reading order.

    Changes of rows that existed before are left out: those rows cannot be removed by the minimiser.
    """
    return {
        RowId(written, table, key): row
        for table in sorted(later)
        for key, row in later[table].rows.items()
        if table not in earlier or key not in earlier[table].rows
    }


def resolve_foreign_keys(rows: RowsById, keys_by_table: ForeignKeys) -> dict[RowId, dict[str, RowId]]:
    """Return the rows among ``rows`` that each row refers to, by column; new rows may refer to old rows."""
    by_value: dict[tuple[str, str, str | None], RowId] = {}
    referred_columns = {
        (table, column) for columns in keys_by_table.values() for column, table in columns.values()
    }
    for row_id, row in sorted(rows.items(), key=lambda item: item[0].written == "before"):
        by_value.update(
            {
                (row_id.table, column, row[column]): row_id
                for column in row
                if (row_id.table, column) in referred_columns
            }
        )
    resolved: dict[RowId, dict[str, RowId]] = {}
    for row_id, row in rows.items():
        columns = keys_by_table.get(row_id.table, {})
        referred_rows = {
            column: by_value.get((table, referred_column, row.get(column)))
            for column, (referred_column, table) in columns.items()
        }
        resolved[row_id] = {
            column: referred_row
            for column, referred_row in referred_rows.items()
            if referred_row is not None
            and referred_row != row_id
            and row.get(column) is not None
            and _exists_for(referred_row, row_id)
        }
    return resolved


def _exists_for(referred_row: RowId, row_id: RowId) -> bool:
    return referred_row.written == "before" or row_id.written == "after"


def insert_rows(connection: BaseDatabaseWrapper, schema: Schema, apps: Apps, rows: RowsById) -> None:
    """Insert ``rows`` in order in one transaction and reset the sequences of their tables.

    Raises ``django.db.Error`` if the database refuses a row, including for a dangling foreign key.
    """
    if not rows:
        return
    tables = {row_id.table for row_id in rows}
    generated = _generated(schema)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for row_id, row in rows.items():
            values = {column: row[column] for column in row if (row_id.table, column) not in generated}
            cursor.execute(*_insertion(connection, schema, row_id.table, values))
        models = models_by_snapshot_name(apps, connection)
        for statement in connection.ops.sequence_reset_sql(
            no_style(), [models[table] for table in sorted(tables & models.keys())]
        ):
            cursor.execute(statement)
        connection.check_constraints(sorted(tables))


def _generated(schema: Schema) -> frozenset[tuple[str, str]]:
    return frozenset(
        (item.table or "", item.parts[0])
        for (kind, _), item in schema.items()
        if kind == "column" and "generated" in item.attributes
    )


def _insertion(
    connection: BaseDatabaseWrapper, schema: Schema, table: str, values: RowTexts
) -> tuple[str, list[Any]]:
    name = ".".join(map(quote_identifier, schema["table", table].parts))
    if connection.vendor == "postgresql":
        always, stored = " OVERRIDING SYSTEM VALUE", list(values.values())
    else:
        always, stored = "", [decode_sqlite_text(value) for value in values.values()]
    columns = ", ".join(map(quote_identifier, values)).replace("%", "%%")
    marks = ", ".join(["%s"] * len(values))
    return f"INSERT INTO {name} ({columns}){always} VALUES ({marks})", stored


def decode_sqlite_text(text: str | None) -> Any:
    """Convert a snapshot's ``text`` (an SQL literal) to the value that SQLite stores."""
    if text is None:
        return None
    if text[:1] == "'":
        return text[1:-1].replace("''", "'")
    if text[:2] == "x'":
        return bytes.fromhex(text[2:-1])
    return next((number for number in _numbers(text)), text)


def _numbers(text: str) -> Iterator[int | float]:
    for read in (int, float):
        try:
            yield read(text)
        except ValueError:
            continue


def changed_columns(before: Schema, after: Schema) -> dict[str, frozenset[str]]:
    """Return the columns that differ between two schemas, or belong to what differs, by table."""
    columns: dict[str, frozenset[str]] = {}
    for difference in compare_schemas(before, after):
        parts = {
            part
            for schema in (before, after)
            if (difference.kind, difference.name) in schema
            for part in schema[difference.kind, difference.name].parts
        }
        if difference.table is not None and difference.kind in {"column", "constraint", "index"}:
            columns[difference.table] = columns.get(difference.table, frozenset()) | parts
    return columns


def quoted_tables(schemas: Iterable[Schema]) -> dict[str, str]:
    """Return the tables of ``schemas`` as SQL names them, by their names in snapshots."""
    return {
        name: ".".join(map(quote_identifier, item.parts))
        for schema in schemas
        for (kind, name), item in schema.items()
        if kind == "table"
    }
