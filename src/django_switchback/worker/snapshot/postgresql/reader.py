"""Reads the catalogue of PostgreSQL: one query a kind of object, all of them over ``pg_catalog`` alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import CatalogueObject, Digests, ObjectKey, Schema
from django_switchback.worker.snapshot.postgresql import server_wide
from django_switchback.worker.snapshot.postgresql.catalogue_cache import Memory, Stale
from django_switchback.worker.snapshot.postgresql.catalogue_kinds import FAMILIES, PROBES, SERVER_WIDE, Family
from django_switchback.worker.snapshot.postgresql.comments_and_grants import (
    COMMENTS,
    GRANTS,
    Reference,
    marks,
)
from django_switchback.worker.snapshot.postgresql.hashed import bulk, some
from django_switchback.worker.snapshot.postgresql.rows import digests, row_tables, rows
from django_switchback.worker.snapshot.postgresql.sequences import positions
from django_switchback.worker.snapshot.postgresql.session import TABLES, settled, together

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
        comments, grants, (probed,) = together(cursor, (COMMENTS, GRANTS, PROBES))
        marked = marks(comments, grants)
        there = [family for family, some in zip(FAMILIES, probed, strict=True) if some]
        on_tables = [family for family in there if family.table is not None]
        others = [family for family in there if family.table is None]
        others += SERVER_WIDE if server_wide.is_shown() else ()
        found = MEMORY.objects(cursor, lambda stale: dict(_objects(cursor, on_tables, marked, stale)))
        return dict(sorted((found | dict(_objects(cursor, others, marked))).items()))


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
    families: Sequence[Family],
    marked: Mapping[Reference, Mapping[str, str]],
    stale: Stale | None = None,
) -> Iterator[tuple[ObjectKey, CatalogueObject]]:
    """Yield the objects of some kinds; where ``stale`` is given, only those of which it tells."""
    if stale is None:
        queries = {family: family.query for family in families}
    else:
        told = [family for family in families if any(map(stale.get, family.told_by))]
        queries = {family: f"{family.query} AND {family.table} IN {TABLES}" for family in told}
    for family, answers in zip(queries, together(cursor, tuple(queries.values())), strict=True):
        names = [column[0] for column in cursor.description][5:]
        for name, table, parts, oid, number, *values in answers:
            attributes = {key: value for key, value in zip(names, values, strict=True) if value is not None}
            attributes |= marked.get((family.catalogue, oid, number), {})
            yield (family.kind, name), CatalogueObject(table, attributes, tuple(parts or ()))
