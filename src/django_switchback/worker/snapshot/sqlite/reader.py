"""Reads the catalogue of SQLite from the statements in ``sqlite_master``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import TypeAlias

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import CatalogueObject, Digests, ObjectKey, Schema
from django_switchback.worker.snapshot.sqlite.affinity import storage
from django_switchback.worker.snapshot.sqlite.definitions import (
    CACHE_SIZE,
    ConstraintDefinition,
    parse_body,
    parse_index,
    parse_table,
)
from django_switchback.worker.snapshot.sqlite.hashed_rows import hashed_rows, read_rows
from django_switchback.worker.snapshot.sqlite.rows import digests, row_tables, rows

__all__ = [
    "catalogue",
    "consistent_session",
    "digests",
    "hashed_rows",
    "read_rows",
    "row_tables",
    "rows",
    "with_sequence_positions",
]

Item: TypeAlias = tuple[ObjectKey, CatalogueObject]

# sqlite_sequence is left out: whatever it contains, AUTOINCREMENT never assigns a number
# that a row has, so that unlike a sequence of PostgreSQL it cannot be behind its table.
# An index without a statement is the automatic index of a constraint, which is read itself.
_MASTER = """
SELECT type, name, tbl_name, sql FROM sqlite_master
WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY type, name"""


def consistent_session(connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
    """Do nothing: in SQLite, no session setting changes how values print."""
    return nullcontext()


def with_sequence_positions(connection: BaseDatabaseWrapper, schema: Schema, digests: Digests) -> Schema:
    """Return ``schema``: SQLite has no sequences."""
    return schema


def catalogue(connection: BaseDatabaseWrapper) -> Schema:
    """Return the catalogue of the main database.

    Raises :class:`UnreadableDefinition` if a statement cannot be parsed.
    """
    objects: dict[ObjectKey, CatalogueObject] = {}
    with connection.cursor() as cursor:
        cursor.execute(_MASTER)
        for kind, name, owner, sql in cursor.fetchall():
            virtual = kind == "table" and sql[:14].upper() == "CREATE VIRTUAL"
            objects.update(_virtual(cursor, name, sql) if virtual else _object(kind, name, owner, sql))
    return dict(sorted(objects.items()))


@lru_cache(CACHE_SIZE)
def _object(kind: str, name: str, owner: str, sql: str) -> tuple[Item, ...]:
    """Return the objects that a statement of the catalogue defines; most are as in the last snapshot."""
    if kind == "table":
        return tuple(_table(name, sql))
    if kind == "index":
        columns, attributes = parse_index(sql)
        return ((("index", name), CatalogueObject(owner, attributes, columns)),)
    definition = {"definition": parse_body(sql)}
    if kind == "trigger":
        return ((("trigger", f"{owner}.{name}"), CatalogueObject(owner, definition)),)
    return ((("view", name), CatalogueObject(None, definition)),)


def _table(name: str, sql: str) -> Iterator[Item]:
    definition = parse_table(sql)
    yield ("table", name), CatalogueObject(None, definition.options, (name,))
    keys = [constraint.columns for constraint in definition.constraints if constraint.kind == "primary key"]
    for column in definition.columns:
        kind = column.attributes.get("type") or ""
        alone = keys == [(column.name,)] and "without rowid" not in definition.options
        yield (
            ("column", f"{name}.{column.name}"),
            CatalogueObject(name, column.attributes, (column.name,), storage=storage(kind, is_key=alone)),
        )
    name_counts: Counter[str] = Counter()
    for constraint in sorted(definition.constraints, key=_constraint_order):
        own = constraint.name or _description(constraint)
        name_counts[own] += 1
        own += f" #{name_counts[own]}" if name_counts[own] > 1 else ""
        item = CatalogueObject(name, constraint.attributes, constraint.columns, constraint.refers)
        yield ("constraint", f"{name}.{own}"), item


def _virtual(cursor: CursorWrapper, name: str, sql: str) -> Iterator[Item]:
    yield ("table", name), CatalogueObject(None, {"kind": "virtual", "definition": parse_body(sql)}, (name,))
    cursor.execute("SELECT name, type FROM pragma_table_xinfo(%s) WHERE hidden = 0", [name])
    for column, kind in cursor.fetchall():
        yield ("column", f"{name}.{column}"), CatalogueObject(name, {"type": kind.lower()}, (column,))


def _description(constraint: ConstraintDefinition) -> str:
    """Return a name for an unnamed constraint: its kind and content."""
    content = (
        constraint.attributes["definition"] if constraint.kind == "check" else ", ".join(constraint.columns)
    )
    return f"{constraint.kind} ({content})"


def _constraint_order(constraint: ConstraintDefinition) -> tuple[str, str, str]:
    return constraint.kind, constraint.name, repr(sorted(constraint.attributes.items()))
