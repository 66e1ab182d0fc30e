"""Maps Django's ``db_table``, which may hold a schema (``audit"."entry``), to the names in snapshots.

A snapshot calls a table ``schema.table`` unless the search path finds it by its own name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from django.db.backends.base.base import BaseDatabaseWrapper

ForeignKeys: TypeAlias = Mapping[str, Mapping[str, tuple[str, str]]]
"""Referred column and table of each foreign key, by table and column; tables are named as in snapshots."""

_SEPARATOR = '"."'
_VISIBLE = """
SELECT coalesce(pg_table_is_visible(to_regclass(quoted)), schema = ANY(current_schemas(false)))
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS named (quoted, schema, number) ORDER BY number"""
_PRESENT = "SELECT quoted FROM unnest(%s::text[]) AS quoted WHERE to_regclass(quoted) IS NOT NULL"
_NAME = "CASE WHEN pg_table_is_visible({0}.oid) THEN '' ELSE {0}n.nspname || '.' END || {0}.relname"
# NOTE: the query of Django's get_relations(), for all tables at once, and for references between schemas.
_REFERENCES = f"""
SELECT {_NAME.format("c")}, a.attname, ta.attname, {_NAME.format("tc")}
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
JOIN pg_class tc ON tc.oid = k.confrelid JOIN pg_namespace tcn ON tcn.oid = tc.relnamespace
JOIN pg_attribute ta ON ta.attrelid = tc.oid AND ta.attnum = k.confkey[1]
WHERE k.contype = 'f' AND c.relname = ANY(%s)"""


def split_db_table(db_table: str) -> tuple[str | None, str]:
    """Return the schema, if ``db_table`` holds one, and the name of the table, both unquoted."""
    quoted = len(db_table) > 1 and db_table.startswith('"') and db_table.endswith('"')
    plain = db_table[1:-1] if quoted else db_table
    schema, separator, table = plain.partition(_SEPARATOR)
    return (schema, table) if separator else (None, plain)


def db_table_of(schema: str, table: str) -> str:
    """Return the ``db_table`` of a table of ``schema``."""
    return f"{schema}{_SEPARATOR}{table}"


def snapshot_names(connection: BaseDatabaseWrapper, db_tables: Iterable[str]) -> dict[str, str]:
    """Return the names of ``db_tables`` in snapshots; only tables of a named schema cost a statement."""
    names = {db_table: split_db_table(db_table)[1] for db_table in db_tables}
    schemas = _schemas(connection, names)
    return names | {name: f"{schemas[name]}.{names[name]}" for name in _outside_path(connection, schemas)}


def _schemas(connection: BaseDatabaseWrapper, db_tables: Iterable[str]) -> dict[str, str]:
    """Return the schema of those of ``db_tables`` that name one, but for the default one of SQLite."""
    schemas = {db_table: split_db_table(db_table)[0] for db_table in db_tables}
    default = "main" if connection.vendor == "sqlite" else None
    return {db_table: schema for db_table, schema in schemas.items() if schema not in (None, default)}


def _outside_path(connection: BaseDatabaseWrapper, schemas: Mapping[str, str]) -> list[str]:
    if not schemas or connection.vendor != "postgresql":
        return list(schemas)
    with connection.cursor() as cursor:
        quoted = list(map(connection.ops.quote_name, schemas))
        cursor.execute(_VISIBLE, [quoted, list(schemas.values())])
        visible = [shown for (shown,) in cursor.fetchall()]
    return [db_table for db_table, shown in zip(schemas, visible, strict=True) if not shown]


def present_tables(connection: BaseDatabaseWrapper, db_tables: Iterable[str]) -> list[str]:
    """Return those of ``db_tables`` that the database has, in their order."""
    names = {db_table: split_db_table(db_table)[1] for db_table in db_tables}
    schemas = _schemas(connection, names)
    visible = set(connection.introspection.table_names())
    present = _present(connection, schemas)
    return [
        db_table
        for db_table, name in names.items()
        if (db_table in present if db_table in schemas else name in visible)
    ]


def _present(connection: BaseDatabaseWrapper, schemas: Mapping[str, str]) -> set[str]:
    if not schemas or connection.vendor != "postgresql":
        return set()
    quoted = {db_table: connection.ops.quote_name(db_table) for db_table in schemas}
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [list(quoted.values())])
        present = {name for (name,) in cursor.fetchall()}
    return {db_table for db_table, name in quoted.items() if name in present}


def foreign_keys(connection: BaseDatabaseWrapper, tables: Collection[str]) -> ForeignKeys:
    """Read the foreign keys of ``tables`` from the database, each by its first column."""
    keys_by_table: dict[str, dict[str, tuple[str, str]]] = {table: {} for table in tables}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The part after the last dot, since a snapshot's name may begin with the schema.
            relations = {*tables, *(table.rpartition(".")[2] for table in tables)}
            cursor.execute(_REFERENCES, [sorted(relations)])
            for table, column, to_column, to_table in cursor.fetchall():
                if table in keys_by_table:
                    keys_by_table[table][column] = to_column, to_table
            return keys_by_table
        for table in tables:
            # NOTE: since Django 6.1, a third item holds the ON DELETE action.
            for column, to in connection.introspection.get_relations(cursor, table).items():
                keys_by_table[table][column] = to[0], to[1]
    return keys_by_table
