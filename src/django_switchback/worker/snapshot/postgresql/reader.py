"""Reads the catalogue of PostgreSQL: one query a kind of object, all of them over ``pg_catalog`` alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import CatalogueObject, Digests, ObjectKey, Schema
from django_switchback.worker.snapshot.postgresql.families import FAMILIES, PROBES, Family
from django_switchback.worker.snapshot.postgresql.many import bulk, some
from django_switchback.worker.snapshot.postgresql.marks import Reference, marks
from django_switchback.worker.snapshot.postgresql.memory import Memory, Stale
from django_switchback.worker.snapshot.postgresql.rows import digests, row_tables, rows
from django_switchback.worker.snapshot.postgresql.sequences import positions
from django_switchback.worker.snapshot.postgresql.session import TABLES, planned, settled

__all__ = ["bulk", "catalogue", "digests", "placed", "row_tables", "rows", "some", "steady"]


MEMORY = Memory({family.kind: family.told_by for family in FAMILIES if family.table is not None})


@contextmanager
def steady(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Settle the session once for all that is read inside."""
    with settled(connection):
        yield


def catalogue(connection: BaseDatabaseWrapper) -> Schema:
    """Return the catalogue of every schema that is not the system's, without what extensions brought."""
    with settled(connection) as cursor:
        marked = marks(cursor)
        planned(cursor, PROBES)
        there = [family for family, some in zip(FAMILIES, cursor.fetchone(), strict=True) if some]

        def on_tables(stale: Stale | None) -> dict[ObjectKey, CatalogueObject]:
            families = [family for family in there if family.table is not None]
            return {key: item for family in families for key, item in _objects(cursor, family, marked, stale)}

        found = MEMORY.objects(cursor, on_tables).copy()
        for family in there:
            if family.table is None:
                found |= _objects(cursor, family, marked)
    return dict(sorted(found.items()))


def placed(connection: BaseDatabaseWrapper, schema: Schema, digests: Digests) -> Schema:
    """Return ``schema`` with where its sequences stand; ``digests`` are those of its tables, or empty."""
    found = dict(schema)
    if any(kind == "table" and _is_heir(item) for (kind, _), item in schema.items()):
        # What is read through a parent is no part of its own digest.
        digests = {}
    sequences = {name: item for (kind, name), item in schema.items() if kind == "sequence"}
    with settled(connection) as cursor:
        for name, position in positions(cursor, sequences, digests).items():
            item = sequences[name]
            found["sequence", name] = item._replace(attributes={**item.attributes, "position": position})
    return found


def _is_heir(table: CatalogueObject) -> bool:
    return "inherits" in table.attributes and "partition bound" not in table.attributes


def _objects(
    cursor: CursorWrapper,
    family: Family,
    marked: Mapping[Reference, Mapping[str, str]],
    stale: Stale | None = None,
) -> Iterator[tuple[ObjectKey, CatalogueObject]]:
    """Yield the objects of one kind; where ``stale`` is given, only those of which it tells."""
    if stale is None:
        cursor.execute(family.query)
    else:
        if not any(stale.get(catalogue) for catalogue in family.told_by):
            return
        planned(cursor, f"{family.query} AND {family.table} = ANY({TABLES})")
    names = [column[0] for column in cursor.description][5:]
    for name, table, parts, oid, number, *values in cursor.fetchall():
        attributes = {key: value for key, value in zip(names, values, strict=True) if value is not None}
        attributes |= marked.get((family.catalogue, oid, number), {})
        yield (family.kind, name), CatalogueObject(table, attributes, tuple(parts or ()))
