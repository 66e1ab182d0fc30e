"""Describes the primary keys and references of tables, as far as rows can be paired by them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from django_switchback.worker.snapshot.interface import CatalogueObject, Schema

_FAMILIES = {
    "smallint": "integer",
    "bigint": "integer",
    "integer unsigned": "integer",
    "smallint unsigned": "integer",
    "bigint unsigned": "integer",
    "character varying": "text",
    "character": "text",
    "varchar": "text",
    "citext": "text",
    # NOTE: the type that Django gives a UUIDField on SQLite; a CharField is a varchar.
    "char(32)": "uuid",
    "char": "text",
}
ReferredColumns: TypeAlias = Mapping[str, Mapping[str, tuple[str, ...]]]
"""The table and columns that each foreign key of one column refers to, by table and column."""


class TableKey(NamedTuple):
    """The primary key of a table: its columns with the families of their types."""

    columns: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    generated: bool = False
    """Whether the database or Django makes up its values, which mean nothing by themselves."""


class KeySchema(NamedTuple):
    """The part of a schema that rows are paired by, by table."""

    keys: Mapping[str, TableKey]
    families: Mapping[str, Mapping[str, str]]
    """The families of the types of all columns."""
    uniques: Mapping[str, tuple[tuple[str, ...], ...]]
    references: ReferredColumns


def key_schema(schema: Schema) -> KeySchema:
    """Return the keys, unique columns and references of ``schema``."""
    families: defaultdict[str, dict[str, str]] = defaultdict(dict)
    columns: dict[tuple[str, str], CatalogueObject] = {}
    for (kind, _), item in schema.items():
        if kind == "column" and item.table is not None:
            families[item.table][item.parts[0]] = _family(item.attributes.get("type") or "")
            columns[item.table, item.parts[0]] = item
    keys: dict[str, TableKey] = {}
    uniques: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    references: defaultdict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for (kind, _), item in sorted(schema.items()):
        table = item.table
        if table is None or table not in families or not set(item.parts) <= families[table].keys():
            continue
        if kind == "constraint" and item.attributes.get("type") == "primary key":
            names = tuple(families[table][column] for column in item.parts)
            made = len(item.parts) == 1 and _is_generated(columns[table, item.parts[0]], item, names[0])
            keys[table] = TableKey(item.parts, names, made)
        elif item.refers and len(item.parts) == 1:
            references[table][item.parts[0]] = item.refers
        elif _is_unique(kind, item):
            uniques[table].append(item.parts)
    return KeySchema(keys, families, {table: tuple(found) for table, found in uniques.items()}, references)


def _family(type_name: str) -> str:
    name = type_name.lower()
    return _FAMILIES.get(name) or _FAMILIES.get(re.sub(r"\(.*\)", "", name).strip()) or name


def _is_generated(column: CatalogueObject, key: CatalogueObject, family: str) -> bool:
    default = column.attributes.get("default") or ""
    return (
        family == "uuid"
        or "identity" in column.attributes
        or "autoincrement" in key.attributes
        or default.startswith("nextval(")
    )


def _is_unique(kind: str, item: CatalogueObject) -> bool:
    if kind == "constraint":
        return item.attributes.get("type") == "unique"
    return (
        kind == "index"
        and item.attributes.get("unique") is not None
        and "where" not in item.attributes
        and bool(item.parts)
    )


def link_tables(schemas: Sequence[KeySchema]) -> set[str]:
    """Return the tables that in each of ``schemas`` only link rows of other tables, under a generated key.

    All other columns are foreign keys, unique together, and no foreign key refers to the table.
    """
    return set[str].intersection(*map(_link_tables, schemas))


def _link_tables(schema: KeySchema) -> set[str]:
    referred = {refers[0] for columns in schema.references.values() for refers in columns.values()}
    return {
        table
        for table, key in schema.keys.items()
        if key.generated and table not in referred
        for rest in [schema.families[table].keys() - set(key.columns)]
        if rest
        and rest <= schema.references.get(table, {}).keys()
        and any(set(columns) == rest for columns in schema.uniques.get(table, ()))
    }


def referred_first(tables: Collection[str], schemas: Sequence[KeySchema]) -> Iterator[str]:
    """Yield ``tables``, each after those that it refers to; the first one of a cycle comes first."""
    remaining = sorted(tables)
    while remaining:
        free = [table for table in remaining if not _referred(table, schemas) & set(remaining)]
        table = (free or remaining)[0]
        remaining.remove(table)
        yield table


def _referred(table: str, schemas: Sequence[KeySchema]) -> set[str]:
    referred = {refers[0] for schema in schemas for refers in schema.references.get(table, {}).values()}
    return referred - {table}
