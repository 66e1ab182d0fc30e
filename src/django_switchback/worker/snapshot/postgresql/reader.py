"""Reads the catalogue of PostgreSQL: one query a kind of object, all of them over ``pg_catalog`` alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import CatalogueObject, Digests, ObjectKey, Schema
from django_switchback.worker.snapshot.postgresql import server_wide
from django_switchback.worker.snapshot.postgresql.catalogue_cache import CatalogueCache, Stale
from django_switchback.worker.snapshot.postgresql.catalogue_kinds import (
    OBJECT_KINDS,
    PROBES,
    SERVER_WIDE,
    ObjectKind,
)
from django_switchback.worker.snapshot.postgresql.comments_and_grants import (
    COMMENTS,
    GRANTS,
    Reference,
    comments_and_grants,
)
from django_switchback.worker.snapshot.postgresql.hashed import hashed_rows, read_rows
from django_switchback.worker.snapshot.postgresql.rows import digests, row_tables, rows
from django_switchback.worker.snapshot.postgresql.sequences import positions
from django_switchback.worker.snapshot.postgresql.session import TABLES, fetch_all, pinned_session

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


CATALOGUE_CACHE = CatalogueCache(
    {family.kind: family.depends_on for family in OBJECT_KINDS if family.table is not None}
)


@contextmanager
def consistent_session(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Settle the session once for all that is read inside."""
    with pinned_session(connection):
        yield


def catalogue(connection: BaseDatabaseWrapper) -> Schema:
    """Return the catalogue of every schema that is not the system's, without what extensions brought."""
    with pinned_session(connection) as cursor:
        comments, grants, (probed,) = fetch_all(cursor, (COMMENTS, GRANTS, PROBES))
        marked = comments_and_grants(comments, grants)
        there = [family for family, some in zip(OBJECT_KINDS, probed, strict=True) if some]
        on_tables = [family for family in there if family.table is not None]
        others = [family for family in there if family.table is None]
        others += SERVER_WIDE if server_wide.is_shown() else ()
        found = CATALOGUE_CACHE.objects(
            cursor, lambda stale: dict(_objects(cursor, on_tables, marked, stale))
        )
        return dict(sorted((found | dict(_objects(cursor, others, marked))).items()))


def with_sequence_positions(connection: BaseDatabaseWrapper, schema: Schema, digests: Digests) -> Schema:
    """Return ``schema`` with where its sequences stand; ``digests`` are those of its tables, or empty."""
    found = dict(schema)
    if any(kind == "table" and _is_heir(item) for (kind, _), item in schema.items()):
        # What is read through a parent is no part of its own digest.
        digests = {}
    sequences = {name: item for (kind, name), item in schema.items() if kind == "sequence"}
    with pinned_session(connection) as cursor:
        for name, position in positions(cursor, sequences, digests).items():
            item = sequences[name]
            found["sequence", name] = item._replace(attributes={**item.attributes, "position": position})
    return found


def _is_heir(table: CatalogueObject) -> bool:
    return "inherits" in table.attributes and "partition bound" not in table.attributes


def _objects(
    cursor: CursorWrapper,
    families: Sequence[ObjectKind],
    marked: Mapping[Reference, Mapping[str, str]],
    stale: Stale | None = None,
) -> Iterator[tuple[ObjectKey, CatalogueObject]]:
    """Yield the objects of some kinds; where ``stale`` is given, only those of which it tells."""
    if stale is None:
        queries = {family: family.query for family in families}
    else:
        told = [family for family in families if any(map(stale.get, family.depends_on))]
        queries = {family: f"{family.query} AND {family.table} IN {TABLES}" for family in told}
    for family, answers in zip(queries, fetch_all(cursor, tuple(queries.values())), strict=True):
        names = [column[0] for column in cursor.description][5:]
        for name, table, parts, oid, number, *values in answers:
            attributes = {key: value for key, value in zip(names, values, strict=True) if value is not None}
            attributes |= marked.get((family.catalogue, oid, number), {})
            yield (family.kind, name), CatalogueObject(table, attributes, tuple(parts or ()))
