"""Builds models for tables without a managed model, from the database's introspection."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.seed.interface import Field, Model
from django_switchback.worker.table_names import (
    ForeignKeys,
    db_table_of,
    foreign_keys,
    snapshot_names,
    split_db_table,
)

RECORDER = "django_migrations"
LABEL = "database"
"""The app label of these models."""
_TABLES = """
SELECT n.nspname, c.relname, pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('f', 'p', 'r') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (pg_table_is_visible(c.oid) OR NOT EXISTS (
      SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e'))"""
"""The tables, without those that an extension has in a schema of its own."""
_GENERATED = "SELECT attname FROM pg_attribute WHERE attgenerated <> '' AND attrelid = %s::regclass"
_HIDDEN = 2
"""Lowest ``hidden`` value of SQLite's ``table_xinfo`` that marks a generated column."""


class UnmanagedModels(NamedTuple):
    """Models by ``db_table``, and the reason for each table without one."""

    models: Mapping[str, Model]
    unknown: Mapping[str, str]


NO_MODELS = UnmanagedModels({}, {})


class UnsupportedTable(Exception):
    """A table that rows cannot be made for; the message is the reason."""


def unmanaged_models(
    connection: BaseDatabaseWrapper, apps: Apps, managed: Mapping[str, Model]
) -> UnmanagedModels:
    """Return models of the tables that ``managed`` lacks; the project's own unmanaged model if it matches."""
    with connection.cursor() as cursor:
        names = snapshot_names(connection, managed)
        known = {names[db_table]: model for db_table, model in managed.items()}
        db_tables = _tables(connection, cursor)
        tables = sorted(db_tables.keys() - known.keys() - {RECORDER})
        if not tables:
            return NO_MODELS
        unmanaged = {model._meta.db_table: model for model in apps.get_models() if not model._meta.proxy}
        names = snapshot_names(connection, unmanaged)
        own = {names[db_table]: model for db_table, model in unmanaged.items()}
        return _ModelReader(connection, cursor, known, own, db_tables).read(tables)


def _tables(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> dict[str, str]:
    """Return the ordinary tables by name in snapshots: no views, partitions or system tables."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        return {name: name for (name,) in cursor.fetchall() if not name.startswith("sqlite_")}
    cursor.execute(_TABLES)
    return {
        table if visible else f"{schema}.{table}": table if visible else db_table_of(schema, table)
        for schema, table, visible in cursor.fetchall()
    }


class _ModelReader:
    """Builds one model per table, referenced tables first; tables are named as in snapshots."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        cursor: CursorWrapper,
        models_by_table: dict[str, Model],
        own: Mapping[str, Model],
        db_tables: Mapping[str, str],
    ) -> None:
        self._connection = connection
        self._cursor = cursor
        self._models = models_by_table
        self._own = own
        self._db_tables = db_tables
        self._registry = Apps(())
        self._visited: set[str] = set()
        self._unknown: dict[str, str] = {}

    def read(self, tables: Collection[str]) -> UnmanagedModels:
        relations = foreign_keys(self._connection, tables)
        for table in tables:
            self._read(table, relations)
        models = [self._models[table] for table in tables if table in self._models]
        return UnmanagedModels({model._meta.db_table: model for model in models}, self._unknown)

    def _read(self, table: str, relations: ForeignKeys) -> None:
        if table in self._visited:
            return
        self._visited.add(table)
        for _, referred in relations[table].values():
            if referred in relations:
                self._read(referred, relations)
        db_table = self._db_tables[table]
        try:
            with _on_search_path(self._cursor, db_table) as name:
                self._models[table] = self._usable(table, name) or self._create_model(
                    table, name, relations[table]
                )
        except UnsupportedTable as reason:
            self._unknown[db_table] = str(reason)

    def _usable(self, table: str, name: str) -> Model | None:
        """Return the project's unmanaged model of the table if its columns match the table."""
        model = self._own.get(table)
        if model is None:
            return None
        columns_info = self._connection.introspection.get_table_description(self._cursor, name)
        columns = {field.column for field in model._meta.local_concrete_fields}
        required = {column.name for column in columns_info if not column.null_ok and column.default is None}
        return model if required <= columns <= {column.name for column in columns_info} else None

    def _create_model(self, table: str, name: str, relations: Mapping[str, tuple[str, str]]) -> Model:
        introspection = self._connection.introspection
        constraints = introspection.get_constraints(self._cursor, name)
        key = introspection.get_primary_key_columns(self._cursor, name) or []
        if not key:
            raise UnsupportedTable("it has no primary key: nothing tells its rows apart")
        groups = [
            tuple(constraint["columns"])
            for constraint in constraints.values()
            if constraint["unique"] and constraint["columns"]
        ]
        unique = {columns[0] for columns in groups if len(columns) == 1}
        members: dict[str, Any] = {"__module__": __name__}
        names: dict[str, str] = {}
        generated = self._generated(name)
        for column in introspection.get_table_description(self._cursor, name):
            if column.name not in generated:
                names[column.name] = _name(column.name, members)
                common = {
                    "db_column": column.name,
                    "null": bool(column.null_ok) and column.name not in key,
                    "unique": column.name in unique and [column.name] != key,
                    "primary_key": [column.name] == key,
                }
                field = self._field(table, column, relations.get(column.name), common)
                if field is not None:
                    members[names[column.name]] = field
        if len(key) > 1:
            members["pk"] = models.CompositePrimaryKey(*(names[name] for name in key))
        together = [
            [names[name] for name in columns]
            for columns in groups
            if len(columns) > 1
            and list(columns) != key
            and all(names.get(name) in members for name in columns)
        ]
        meta = {"apps": self._registry, "app_label": LABEL, "managed": False, "unique_together": together}
        members["Meta"] = type("Meta", (), meta | {"db_table": self._db_tables[table]})
        return type(f"Table{len(self._visited)}", (models.Model,), members)

    def _field(self, table: str, column: Any, relation: Any, common: dict[str, Any]) -> Field | None:
        """Return a field for a column, ``None`` if the column can be left out.

        Raises :class:`UnsupportedTable`.
        """
        if relation is not None and relation[1] == table and common["null"]:
            return models.ForeignKey("self", models.DO_NOTHING, related_name="+", **common)
        target = self._models.get(relation[1]) if relation is not None else None
        if target is not None:
            for target_field in target._meta.local_concrete_fields:
                # SQLite says no column where the reference names only the table.
                if target_field.column == relation[0] or (not relation[0] and target_field.primary_key):
                    common |= {"to_field": target_field.name, "related_name": "+"}
                    return models.ForeignKey(target, models.DO_NOTHING, **common)
        kind, sizes = self._kind(column)
        if kind:
            field: Field = getattr(models, kind)(**common, **sizes)
            return field
        if column.null_ok or column.default is not None:
            return None
        raise UnsupportedTable(f"no value is known for the type of its column {column.name}")

    def _kind(self, column: Any) -> tuple[str, dict[str, int]]:
        """Return the name of the field class and its sizes; empty if Django has no class for the type."""
        try:
            kind = str(self._connection.introspection.get_field_type(column.type_code, column))
        except KeyError:
            # SQLite stores text in a column of any type.
            return ("TextField" if self._connection.vendor == "sqlite" else ""), {}
        if (
            kind == "AutoField"
            and self._connection.vendor == "sqlite"
            and column.type_code.lower() != "integer"
        ):
            # NOTE: only a key that is declared as INTEGER is numbered: https://sqlite.org/lang_createtable.html
            return "BigIntegerField", {}
        if kind == "CharField":
            length = column.display_size or column.internal_size or 0
            return (kind, {"max_length": length}) if length > 0 else ("TextField", {})
        if kind == "DecimalField":
            return kind, {"max_digits": column.precision or 10, "decimal_places": column.scale or 0}
        return kind, {}

    def _generated(self, table: str) -> frozenset[str]:
        quoted = self._connection.ops.quote_name(table)
        if self._connection.vendor == "sqlite":
            self._cursor.execute(f"PRAGMA table_xinfo({quoted})")
            return frozenset(row[1] for row in self._cursor.fetchall() if row[6] >= _HIDDEN)
        self._cursor.execute(_GENERATED, [quoted])
        return frozenset(name for (name,) in self._cursor.fetchall())


@contextmanager
def _on_search_path(cursor: CursorWrapper, db_table: str) -> Iterator[str]:
    """Yield the name of the table, with its schema as search path: Django reads visible tables only."""
    schema, name = split_db_table(db_table)
    if schema is None:
        yield name
        return
    cursor.execute("SELECT current_setting('search_path')")
    (before,) = cursor.fetchone()
    cursor.execute("SELECT set_config('search_path', quote_ident(%s), false)", [schema])
    try:
        yield name
    finally:
        cursor.execute("SELECT set_config('search_path', %s, false)", [before])


def _name(column: str, used_names: Collection[str]) -> str:
    """Return a valid, unused field name for ``column``."""
    plain = re.sub(r"\W+|_{2,}", "_", column).strip("_").lower() or "column"
    name = (
        f"column_{plain}"
        if plain[0].isdigit() or plain in {"pk", "check", "clean", "delete", "save"}
        else plain
    )
    while name in used_names or hasattr(models.Model, name):
        name = f"{name}x"
    return name
