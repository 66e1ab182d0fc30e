"""Builds models for tables without a managed model, from the database's introspection."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.seed.interface import Field, Model

RECORDER = "django_migrations"
LABEL = "database"
"""The app label of these models."""
_GENERATED = "SELECT attname FROM pg_attribute WHERE attgenerated <> '' AND attrelid = %s::regclass"
_HIDDEN = 2
"""Lowest ``hidden`` value of SQLite's ``table_xinfo`` that marks a generated column."""


class UnmanagedModels(NamedTuple):
    """Models by table, and the reason for each table without one."""

    models: Mapping[str, Model]
    unknown: Mapping[str, str]


NO_MODELS = UnmanagedModels({}, {})


class UnsupportedTable(Exception):
    """A table that rows cannot be made for; the message is the reason."""


def unmanaged_models(
    connection: BaseDatabaseWrapper, apps: Apps, managed: Mapping[str, Model]
) -> UnmanagedModels:
    """Return models of the tables that ``known`` lacks; the project's own unmanaged model if it matches."""
    with connection.cursor() as cursor:
        tables = sorted(_tables(connection, cursor) - managed.keys() - {RECORDER})
        if not tables:
            return NO_MODELS
        own = {model._meta.db_table: model for model in apps.get_models() if not model._meta.proxy}
        return _ModelReader(connection, cursor, {**managed}, own).read(tables)


def _tables(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> set[str]:
    """Return the ordinary tables: no views, partitions or system tables."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        return {name for (name,) in cursor.fetchall() if not name.startswith("sqlite_")}
    infos = connection.introspection.get_table_list(cursor)
    return {table.name for table in infos if table.type == "t"}


class _ModelReader:
    """Builds one model per table, referenced tables first."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        cursor: CursorWrapper,
        models_by_table: dict[str, Model],
        own: Mapping[str, Model],
    ) -> None:
        self._connection = connection
        self._cursor = cursor
        self._models = models_by_table
        self._own = own
        self._registry = Apps(())
        self._visited: set[str] = set()
        self._unknown: dict[str, str] = {}

    def read(self, tables: Collection[str]) -> UnmanagedModels:
        for table in tables:
            self._read(table, tables)
        models_by_table = {table: self._models[table] for table in tables if table in self._models}
        return UnmanagedModels(models_by_table, self._unknown)

    def _read(self, table: str, tables: Collection[str]) -> None:
        if table in self._visited:
            return
        self._visited.add(table)
        try:
            relations = self._connection.introspection.get_relations(self._cursor, table)
            for relation in relations.values():
                if relation[1] in tables:
                    self._read(relation[1], tables)
            self._models[table] = self._usable(table) or self._create_model(table, relations)
        except UnsupportedTable as reason:
            self._unknown[table] = str(reason)

    def _usable(self, table: str) -> Model | None:
        """Return the project's unmanaged model of the table if its columns match the table."""
        model = self._own.get(table)
        if model is None:
            return None
        columns_info = self._connection.introspection.get_table_description(self._cursor, table)
        columns = {field.column for field in model._meta.local_concrete_fields}
        required = {column.name for column in columns_info if not column.null_ok and column.default is None}
        return model if required <= columns <= {column.name for column in columns_info} else None

    def _create_model(self, table: str, relations: Mapping[str, Any]) -> Model:
        introspection = self._connection.introspection
        constraints = introspection.get_constraints(self._cursor, table)
        key = introspection.get_primary_key_columns(self._cursor, table) or []
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
        generated = self._generated(table)
        for column in introspection.get_table_description(self._cursor, table):
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
        meta = {"apps": self._registry, "app_label": LABEL, "db_table": table, "managed": False}
        members["Meta"] = type("Meta", (), meta | {"unique_together": together})
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
                if target_field.column == relation[0]:
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
