"""Reads the catalogue of PostgreSQL: one query a kind of object, all of them over ``pg_catalog`` alone."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import CatalogueObject, ObjectKey, Schema
from django_switchback.worker.snapshot.postgresql import (
    constraints,
    others,
    relations,
    routines,
    sequences,
    types,
)
from django_switchback.worker.snapshot.postgresql.rows import digests, row_tables, rows
from django_switchback.worker.snapshot.postgresql.session import settled

__all__ = ["digests", "row_tables", "rows", "schema"]

FAMILIES = (
    ("schema", relations.SCHEMAS),
    ("table", relations.TABLES),
    ("column", relations.COLUMNS),
    ("constraint", constraints.CONSTRAINTS),
    ("index", constraints.INDEXES),
    ("sequence", sequences.SEQUENCES),
    ("view", relations.VIEWS),
    ("function", routines.FUNCTIONS),
    ("trigger", routines.TRIGGERS),
    ("rule", routines.RULES),
    ("event trigger", routines.EVENT_TRIGGERS),
    ("type", types.TYPES),
    ("cast", types.CASTS),
    ("operator", types.OPERATORS),
    ("operator class", types.OPERATOR_CLASSES),
    ("extension", others.EXTENSIONS),
    ("policy", constraints.POLICIES),
    ("statistics", constraints.STATISTICS),
    ("collation", others.COLLATIONS),
    ("text search configuration", others.SEARCH_CONFIGURATIONS),
    ("text search dictionary", others.SEARCH_DICTIONARIES),
    ("publication", others.PUBLICATIONS),
    ("server", others.FOREIGN_SERVERS),
    ("grant", others.DEFAULT_PRIVILEGES),
)


def schema(connection: BaseDatabaseWrapper) -> Schema:
    """Return the catalogue of every schema that is not the system's, without what extensions brought."""
    with settled(connection) as cursor:
        found = {key: item for kind, query in FAMILIES for key, item in _objects(cursor, kind, query)}
        positions = sequences.positions(cursor)
    for name, position in positions.items():
        item = found["sequence", name]
        found["sequence", name] = item._replace(attributes={**item.attributes, "position": position})
    return dict(sorted(found.items()))


def _objects(cursor: CursorWrapper, kind: str, query: str) -> Iterator[tuple[ObjectKey, CatalogueObject]]:
    cursor.execute(query)
    names = [column[0] for column in cursor.description][3:]
    for name, table, parts, *values in cursor.fetchall():
        attributes = {key: value for key, value in zip(names, values, strict=True) if value is not None}
        yield (kind, name), CatalogueObject(table, attributes, tuple(parts or ()))
