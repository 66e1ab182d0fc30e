"""Reads the catalogue of PostgreSQL: one query a kind of object, all of them over ``pg_catalog`` alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import CatalogueObject, ObjectKey, Schema
from django_switchback.worker.snapshot.postgresql.families import FAMILIES, PROBES, Family
from django_switchback.worker.snapshot.postgresql.many import bulk, some
from django_switchback.worker.snapshot.postgresql.marks import Reference, marks
from django_switchback.worker.snapshot.postgresql.memory import Memory, Stale
from django_switchback.worker.snapshot.postgresql.rows import digests, row_tables, rows
from django_switchback.worker.snapshot.postgresql.sequences import positions
from django_switchback.worker.snapshot.postgresql.session import settled

__all__ = ["bulk", "digests", "row_tables", "rows", "schema", "some"]


MEMORY = Memory({family.kind: family.told_by for family in FAMILIES if family.table is not None})


def schema(connection: BaseDatabaseWrapper) -> Schema:
    """Return the catalogue of every schema that is not the system's, without what extensions brought."""
    with settled(connection) as cursor:
        marked = marks(cursor)
        cursor.execute(PROBES)
        there = [family for family, some in zip(FAMILIES, cursor.fetchone(), strict=True) if some]

        def on_tables(stale: Stale | None) -> dict[ObjectKey, CatalogueObject]:
            families = [family for family in there if family.table is not None]
            return {key: item for family in families for key, item in _objects(cursor, family, marked, stale)}

        found = MEMORY.objects(cursor, on_tables).copy()
        for family in there:
            if family.table is None:
                found |= _objects(cursor, family, marked)
        sequences = {name: item for (kind, name), item in found.items() if kind == "sequence"}
        for name, position in positions(cursor, sequences).items():
            found["sequence", name] = _placed(found["sequence", name], position)
    return dict(sorted(found.items()))


def _placed(sequence: CatalogueObject, position: str) -> CatalogueObject:
    return sequence._replace(attributes={**sequence.attributes, "position": position})


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
        tables = {table for catalogue in family.told_by for table in stale.get(catalogue, ())}
        if not tables:
            return
        cursor.execute(f"{family.query} AND {family.table} = ANY(%s::oid[])", [list(tables)])
    names = [column[0] for column in cursor.description][5:]
    for name, table, parts, oid, number, *values in cursor.fetchall():
        attributes = {key: value for key, value in zip(names, values, strict=True) if value is not None}
        attributes |= marked.get((family.catalogue, oid, number), {})
        yield (family.kind, name), CatalogueObject(table, attributes, tuple(parts or ()))
