"""Reads the catalogue of PostgreSQL from ``pg_catalog`` alone, with one query per kind of object."""

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
from django_switchback.worker.snapshot.postgresql.hashed_rows import hashed_rows, read_rows
from django_switchback.worker.snapshot.postgresql.read_sequences import positions
from django_switchback.worker.snapshot.postgresql.rows import digests, row_tables, rows
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
    {
        object_kind.kind: object_kind.depends_on
        for object_kind in OBJECT_KINDS
        if object_kind.table is not None
    }
)


@contextmanager
def consistent_session(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Pin the session settings once for several reads."""
    with pinned_session(connection):
        yield


def catalogue(connection: BaseDatabaseWrapper) -> Schema:
    """Return the catalogue of every schema but the system's, without objects of extensions."""
    with pinned_session(connection) as cursor:
        comments, grants, (probed,) = fetch_all(cursor, (COMMENTS, GRANTS, PROBES))
        access = comments_and_grants(comments, grants)
        present = [object_kind for object_kind, exists in zip(OBJECT_KINDS, probed, strict=True) if exists]
        on_tables = [object_kind for object_kind in present if object_kind.table is not None]
        other_kinds = [object_kind for object_kind in present if object_kind.table is None]
        other_kinds += SERVER_WIDE if server_wide.is_enabled() else ()
        table_objects = CATALOGUE_CACHE.objects(
            cursor, lambda stale: dict(_objects(cursor, on_tables, access, stale))
        )
        return dict(sorted((table_objects | dict(_objects(cursor, other_kinds, access))).items()))


def with_sequence_positions(connection: BaseDatabaseWrapper, schema: Schema, digests: Digests) -> Schema:
    """Return ``schema`` with sequence positions; ``digests`` are those of its tables, or empty."""
    objects = dict(schema)
    if any(kind == "table" and _is_heir(item) for (kind, _), item in schema.items()):
        # The digest of an inherited table does not include the rows of its children.
        digests = {}
    sequences = {name: item for (kind, name), item in schema.items() if kind == "sequence"}
    with pinned_session(connection) as cursor:
        for name, position in positions(cursor, sequences, digests).items():
            item = sequences[name]
            objects["sequence", name] = item._replace(attributes={**item.attributes, "position": position})
    return objects


def _is_heir(table: CatalogueObject) -> bool:
    return "inherits" in table.attributes and "partition bound" not in table.attributes


def _objects(
    cursor: CursorWrapper,
    kinds: Sequence[ObjectKind],
    access: Mapping[Reference, Mapping[str, str]],
    stale: Stale | None = None,
) -> Iterator[tuple[ObjectKey, CatalogueObject]]:
    """Yield the objects of ``kinds``; with ``stale``, only those of the changed tables."""
    if stale is None:
        queries = {object_kind: object_kind.query for object_kind in kinds}
    else:
        stale_kinds = [object_kind for object_kind in kinds if any(map(stale.get, object_kind.depends_on))]
        queries = {
            object_kind: f"{object_kind.query} AND {object_kind.table} IN {TABLES}"
            for object_kind in stale_kinds
        }
    for object_kind, answers in zip(queries, fetch_all(cursor, tuple(queries.values())), strict=True):
        names = [column[0] for column in cursor.description][6:]
        for name, table, parts, refers, oid, number, *values in answers:
            attributes = {key: value for key, value in zip(names, values, strict=True) if value is not None}
            attributes |= access.get((object_kind.catalogue, oid, number), {})
            yield (
                (object_kind.kind, name),
                CatalogueObject(table, attributes, tuple(parts or ()), tuple(refers or ())),
            )
