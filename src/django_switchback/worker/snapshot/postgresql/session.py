"""Pins session settings so that text output is exact and repeatable, and caches prepared statements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.sandbox.processes import fingerprint
from django_switchback.worker.snapshot.postgresql.sql_fragments import FIRST_NORMAL_OID

_PINNED_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "xmloption": "content",
}

_USUAL_PATH = '"$user", public'
_STATEMENT_PREFIX = "switchback_"
"""Prefix of the names of prepared statements."""
_MAX_PREPARED = 100
"""Prepared statements per session; the oldest are deallocated first."""
_BATCH_QUERIES = 20
"""Queries per round trip."""
_MAX_PREPARED_CHARACTERS = 200_000
"""Characters of the queries prepared together: about 600 tables' worth."""
_PREPARED = (
    "SELECT name FROM pg_prepared_statements "
    f"WHERE starts_with(name, '{_STATEMENT_PREFIX}') ORDER BY prepare_time"
)
_CASTS = (
    f"SELECT string_agg(oid || ' ' || xmin, ',' ORDER BY oid) FROM pg_cast WHERE oid >= {FIRST_NORMAL_OID}"
)
_CURRENT = f"SELECT ARRAY({_PREPARED}), ({_CASTS}), " + ", ".join(
    f"current_setting('{name}')" for name in ("search_path", *_PINNED_SETTINGS)
)

# A migration that contains pg_dump output leaves the search path empty, and names would print with their
# schema from then on: the path is reset to that of a new session, read only when needed since it is slow.
_RESET_PATH = "SELECT reset_val FROM pg_settings WHERE name = 'search_path'"


class _Session(NamedTuple):
    """The names of prepared statements, oldest first, and the versions of the user-defined casts."""

    prepared: list[str]
    casts: str | None


_pinned: dict[BaseDatabaseWrapper, _Session] = {}
"""The connections with pinned settings."""

TABLES = "(SELECT unnest(current_setting('switchback.tables')::oid[]))"
"""SQL for the tables named by :func:`set_tables`; a subquery, evaluated once and not per row."""


@contextmanager
def pinned_session(connection: BaseDatabaseWrapper) -> Iterator[CursorWrapper]:
    """Yield a cursor with pinned settings, on which values and definitions always print the same.

    The settings are restored afterwards; after a failed statement in a transaction, its rollback restores
    them. A nested call reuses the pinned settings.
    """
    with connection.cursor() as cursor:
        if cursor.db in _pinned:
            yield cursor
            return
        cursor.execute(_CURRENT)
        prepared, casts, *values = cursor.fetchone()
        before = dict(zip(("search_path", *_PINNED_SETTINGS), values, strict=True))
        pinned_settings = {"search_path": _path(cursor, before["search_path"]), **_PINNED_SETTINGS}
        changed = {name: value for name, value in pinned_settings.items() if before[name] != value}
        _set(cursor, changed)
        _pinned[cursor.db] = _Session(prepared, casts)
        try:
            yield cursor
        except BaseException:
            if connection.get_autocommit():
                _set(cursor, {name: before[name] for name in changed})
            raise
        finally:
            del _pinned[cursor.db]
        _set(cursor, {name: before[name] for name in changed})


def _path(cursor: CursorWrapper, current: str) -> str:
    if current == _USUAL_PATH:
        return current
    cursor.execute(_RESET_PATH)
    return str(cursor.fetchone()[0])


def _set(cursor: CursorWrapper, settings: Mapping[str, str]) -> None:
    if settings:
        calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        cursor.execute(f"SELECT {calls}", [part for item in settings.items() for part in item])


def execute_prepared(cursor: CursorWrapper, query: str) -> None:
    """Run ``query`` as a prepared statement on a pinned ``cursor``, so that it is planned once per session.

    Planning dominates for small tables. Deallocated statements are prepared again; PostgreSQL replans after
    schema changes, but not after changes of casts: these are part of the statement's name.
    """
    (statement,) = _prepared(cursor, [query])
    cursor.execute(statement)


def fetch_all(cursor: CursorWrapper, queries: Sequence[str]) -> Iterator[list[Any]]:
    """Yield the rows of each of ``queries``, sent many per round trip.

    Few queries are prepared: more than the limit would evict each other and be planned every time, and plans
    for many hundred tables take as much of the server's memory as everything else.
    """
    few = len(queries) <= _MAX_PREPARED // 2 and sum(map(len, queries)) <= _MAX_PREPARED_CHARACTERS
    for start in range(0, len(queries), _BATCH_QUERIES):
        batch = queries[start : start + _BATCH_QUERIES]
        statements = _prepared(cursor, batch) if few else batch
        cursor.execute("; ".join(statements))
        yield cursor.fetchall()
        for _ in statements[1:]:
            cursor.nextset()
            yield cursor.fetchall()


def _prepared(cursor: CursorWrapper, queries: Sequence[str]) -> list[str]:
    """Return EXECUTE statements for ``queries``, preparing those that are missing."""
    prepared, casts = _pinned[cursor.db]
    names = {query: _STATEMENT_PREFIX + fingerprint(f"{casts} {query}", 16) for query in queries}
    missing = {query: name for query, name in names.items() if name not in prepared}
    spare = [name for name in prepared if name not in names.values()]
    for name in spare[: max(0, len(prepared) + len(missing) - _MAX_PREPARED)]:
        cursor.execute(f"DEALLOCATE {name}")
        prepared.remove(name)
    for query, name in missing.items():
        cursor.execute(f"PREPARE {name} AS {query}")
        prepared.append(name)
    return [f"EXECUTE {names[query]}" for query in queries]


def set_tables(cursor: CursorWrapper, tables: Collection[int]) -> str:
    """Set the oids of the tables for the next queries; return them as an SQL subquery as well.

    A setting instead of parameters, since PostgreSQL plans parameterised queries several times first.
    """
    oids = f"{{{','.join(map(str, tables))}}}"
    _set(cursor, {"switchback.tables": oids})
    return f"(SELECT unnest('{oids}'::oid[]))"
