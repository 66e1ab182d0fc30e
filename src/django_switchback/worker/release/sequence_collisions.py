"""Finds sequences of PostgreSQL behind their tables, and sets them back: no rollback does that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.snapshot.postgresql.read_sequences import Collision, collisions

LastValues: TypeAlias = Mapping[int, tuple[str, int | None]]
"""Name and last value of each sequence by its oid, ``None`` for one that was not used yet."""

_LAST_VALUES = """
SELECT s.seqrelid::bigint, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       pg_catalog.pg_sequence_last_value(s.seqrelid)
FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT')
    AND pg_catalog.has_sequence_privilege(s.seqrelid, 'UPDATE')
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
"""


@contextmanager
def sequences_restored(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Set each sequence that moved in the block back to where it was."""
    if connection.vendor != "postgresql":
        yield
        return
    before = _last_values(connection)
    unused = _start_values(connection, [name for name, value in before.values() if value is None])
    yield
    _set_back(connection, before, unused)


def _last_values(connection: BaseDatabaseWrapper) -> LastValues:
    with connection.cursor() as cursor:
        cursor.execute(_LAST_VALUES)
        return {oid: (name, value) for oid, name, value in cursor.fetchall()}


def _start_values(connection: BaseDatabaseWrapper, names: list[str]) -> dict[str, int]:
    """Return the values that the unused sequences ``names`` give first."""
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT last_value FROM {name}" for name in names))
        return {name: value for name, (value,) in zip(names, cursor.fetchall(), strict=True)}


def _set_back(connection: BaseDatabaseWrapper, before: LastValues, unused: Mapping[str, int]) -> None:
    with connection.cursor() as cursor:
        for oid, (name, value) in _last_values(connection).items():
            if oid in before and value != before[oid][1]:
                earlier = before[oid][1]
                first = unused.get(before[oid][0]) if earlier is None else earlier
                cursor.execute("SELECT pg_catalog.setval(%s, %s, %s)", [name, first, earlier is not None])


def new_collisions(connection: BaseDatabaseWrapper, before: Schema, after: Schema) -> tuple[Collision, ...]:
    """Return the next collision of each sequence that is behind in ``after``, and was not in ``before``."""
    behind = {
        key[1]: item
        for key, item in after.items()
        if key[0] == "sequence"
        and item.attributes.get("position") == "behind"
        and (key not in before or before[key].attributes.get("position") != "behind")
    }
    if not behind:
        return ()
    with connection.cursor() as cursor:
        return tuple(collisions(cursor, behind))


def set_sequence(connection: BaseDatabaseWrapper, sequence: str, following: int) -> None:
    """Let ``sequence``, quoted for SQL, give the value ``following`` next."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.setval(%s, %s, false)", [sequence, following])
