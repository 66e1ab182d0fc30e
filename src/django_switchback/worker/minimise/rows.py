"""Rows taken out of one sandbox and put into another, exactly as the database had them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.cycle.cycle import WrittenWhen
from django_switchback.worker.seed.row_counts import managed_models
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, Schema
from django_switchback.worker.snapshot.table import quote_identifier

ForeignKeys: TypeAlias = Mapping[str, Mapping[str, tuple[str, str]]]
"""By table and column: the column and the table that a foreign key refers to."""


class RowId(NamedTuple):
    """Which row: when it is written, its table and its primary key."""

    written: WrittenWhen
    table: str
    key: RowKey


RowsById: TypeAlias = Mapping[RowId, RowTexts]
"""Rows with their values as the database's text, in a settled order."""

# NOTE: what Django's own get_relations() asks, of all tables at once: it would be a query for each.
_REFERENCES = """
SELECT c.relname, a.attname, ta.attname, tc.relname
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
JOIN pg_class tc ON tc.oid = k.confrelid
JOIN pg_attribute ta ON ta.attrelid = tc.oid AND ta.attnum = k.confkey[1]
WHERE k.contype = 'f' AND c.relname = ANY(%s) AND pg_table_is_visible(c.oid)
  AND c.relnamespace = tc.relnamespace"""


def rows_between(earlier: RowSet, later: RowSet, written: WrittenWhen) -> dict[RowId, RowTexts]:
    """Return the rows that ``later`` has and ``earlier`` had not, tables by name, rows as they were read.

    What became of rows that were there is left out: they are not ours to take away.
    """
    return {
        RowId(written, table, key): row
        for table in sorted(later)
        for key, row in later[table].rows.items()
        if table not in earlier or key not in earlier[table].rows
    }


def foreign_keys(connection: BaseDatabaseWrapper, tables: Collection[str]) -> ForeignKeys:
    """Return the foreign keys of ``tables`` as the database has them, by the first of their columns."""
    found: dict[str, dict[str, tuple[str, str]]] = {table: {} for table in tables}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_REFERENCES, [list(tables)])
            for table, column, to_column, to_table in cursor.fetchall():
                found[table][column] = to_column, to_table
            return found
        for table in tables:
            relations: Mapping[str, Sequence[str]] = connection.introspection.get_relations(cursor, table)
            # NOTE: since Django 6.1 what happens on delete stands behind the two.
            found[table] |= {column: (to[0], to[1]) for column, to in relations.items()}
    return found


def resolve_foreign_keys(rows: RowsById, known: ForeignKeys) -> dict[RowId, dict[str, RowId]]:
    """Return which of ``rows`` each of them refers to, by column; those written after may meet both."""
    held: dict[tuple[str, str, str | None], RowId] = {}
    wanted = {(table, column) for columns in known.values() for column, table in columns.values()}
    for place, row in sorted(rows.items(), key=lambda item: item[0].written == "before"):
        held.update(
            {(place.table, column, row[column]): place for column in row if (place.table, column) in wanted}
        )
    found: dict[RowId, dict[str, RowId]] = {}
    for place, row in rows.items():
        columns = known.get(place.table, {})
        aims = {
            column: held.get((table, aimed, row.get(column))) for column, (aimed, table) in columns.items()
        }
        found[place] = {
            column: aim
            for column, aim in aims.items()
            if aim is not None and aim != place and row.get(column) is not None and _there(aim, place)
        }
    return found


def _there(aim: RowId, place: RowId) -> bool:
    return aim.written == "before" or place.written == "after"


def referred_first(rows: RowsById, aims: Mapping[RowId, Mapping[str, RowId]]) -> tuple[RowId, ...]:
    """Return the places so that those referred to stand first; in a circle one of them has to be first."""
    done: dict[RowId, None] = {}
    begun: set[RowId] = set()

    def add(place: RowId) -> None:
        if place in begun or place not in rows:
            return
        begun.add(place)
        for aim in aims.get(place, {}).values():
            add(aim)
        done[place] = None

    for place in rows:
        add(place)
    return tuple(done)


def insert_rows(connection: BaseDatabaseWrapper, schema: Schema, apps: Apps, rows: RowsById) -> None:
    """Insert ``rows`` in their order, all or none, and let the sequences of their tables go on behind them.

    Raises ``django.db.Error`` where the database refuses one, a reference to nothing included.
    """
    if not rows:
        return
    tables = {place.table for place in rows}
    made = _generated(schema)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for place, row in rows.items():
            values = {column: row[column] for column in row if (place.table, column) not in made}
            cursor.execute(*_insertion(connection, schema, place.table, values))
        models = managed_models(apps, connection.alias)
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
    return f"INSERT INTO {name} ({columns}){always} VALUES ({marks})", stored  # noqa: S608 - quoted


def decode_sqlite_text(text: str | None) -> Any:
    """Return what SQLite holds where a snapshot says ``text``."""
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
