"""Reads locks, counters and files of tables within a transaction, from PostgreSQL's catalogue and statistics.

Sources: ``pg_locks``, the functions behind ``pg_stat_xact_user_tables`` (rows that index builds, validations
and rewrites read count as those of a sequential scan) and ``pg_relation_filenode``.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple, TypeAlias

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.postgresql.sql_fragments import prefix

LOCK_MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
"""The modes of locks on tables, weakest first."""

# A partition or an inheriting table counts as the table at its root.
_TABLES = f"""
WITH RECURSIVE roots (oid, root) AS (
    SELECT c.oid, c.oid FROM pg_catalog.pg_class c
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
    UNION
    SELECT i.inhrelid, r.root FROM pg_catalog.pg_inherits i JOIN roots r ON r.oid = i.inhparent
)
SELECT c.oid::bigint, {prefix("t")} || t.relname
FROM roots r
JOIN pg_catalog.pg_class c ON c.oid = r.oid
JOIN pg_catalog.pg_class t ON t.oid = r.root
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
"""
_COUNTERS = """
WITH held AS (
    SELECT l.relation, array_agg(l.mode) AS modes FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid()
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
    GROUP BY l.relation
)
SELECT c.oid::bigint, held.modes,
    pg_catalog.pg_stat_get_xact_tuples_returned(c.oid) + pg_catalog.pg_stat_get_xact_tuples_fetched(c.oid),
    coalesce((
        SELECT sum(pg_catalog.pg_stat_get_xact_tuples_fetched(i.indexrelid))::bigint
        FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid
    ), 0),
    pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid)
    + pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid),
    pg_catalog.pg_relation_filenode(c.oid)::bigint,
    transaction_timestamp()::text, current_setting('lock_timeout')
FROM pg_catalog.pg_class c {join} JOIN held ON held.relation = c.oid
WHERE c.relkind IN ('r', 'p', 'm')
"""


_PLAIN_TABLES = f"""
SELECT {prefix("t")} || t.relname, t.oid::pg_catalog.regclass::text
FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p') AND t.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = t.oid)
"""


class Counters(NamedTuple):
    """The rows that a transaction has read and written of a table, and the number of the table's file.

    ``by_index``: those read through the indexes that the table has now.
    """

    read: int
    by_index: int
    written: int
    file: int | None


class ServerCounters(NamedTuple):
    """Counters and the strongest lock of each table, by its oid."""

    tables: Mapping[int, Counters]
    locks: Mapping[int, str]
    transaction: str = ""
    """The time at which the transaction began: it has a number only once it writes."""
    lock_timeout: str = ""
    """The setting ``lock_timeout``; empty if there is none."""


TableNames: TypeAlias = Mapping[int, str]
"""The name of each table in snapshots by its oid; that of the root for partitions and inheriting tables."""


def read_table_names(connection: BaseDatabaseWrapper) -> TableNames:
    """Return the names of all tables of the database."""
    return dict(_rows(connection, _TABLES))


def read_materialized_views(connection: BaseDatabaseWrapper) -> frozenset[int]:
    """Return the oids of the materialized views of the database."""
    query = "SELECT c.oid::bigint FROM pg_catalog.pg_class c WHERE c.relkind = 'm'"
    return frozenset(oid for (oid,) in _rows(connection, query))


def count_other_rows(connection: BaseDatabaseWrapper, known: Container[str], limit: int) -> dict[str, int]:
    """Return the rows, up to ``limit``, of the tables that are not ``known`` and have any."""
    quoted = {name: table for name, table in _rows(connection, _PLAIN_TABLES) if name not in known}
    counted = {
        name: _rows(connection, f"SELECT count(*) FROM (SELECT FROM {table} LIMIT {limit}) AS counted")[0][0]
        for name, table in quoted.items()
    }
    return {name: number for name, number in counted.items() if number}


def read_counters(connection: BaseDatabaseWrapper) -> ServerCounters:
    """Read the counters of all tables and the session's locks, by a statement that Django does not see."""
    return _counters(_rows(connection, _COUNTERS.format(join="LEFT")), {})


def read_locked_counters(connection: BaseDatabaseWrapper, earlier: ServerCounters) -> ServerCounters:
    """Read the counters of those tables only that the transaction has locked; others are as ``earlier``.

    A transaction neither reads nor writes a table that it has not locked.
    """
    return _counters(_rows(connection, _COUNTERS.format(join="")), earlier.tables)


def _counters(rows: list[tuple[Any, ...]], earlier: Mapping[int, Counters]) -> ServerCounters:
    tables = {**earlier, **{oid: Counters(*counted) for oid, _, *counted, _, _ in rows}}
    locks = {oid: max(modes, key=LOCK_MODES.index) for oid, modes, *_ in rows if modes}
    # NOTE: there is always one, that of the query on its own catalogue.
    *_, transaction, lock_timeout = rows[0]
    return ServerCounters(tables, locks, transaction, "" if lock_timeout == "0" else lock_timeout)


def stronger(mode: str, other: str) -> str:
    """Return the stronger of two lock modes."""
    return max(mode, other, key=LOCK_MODES.index)


def _rows(connection: BaseDatabaseWrapper, query: str) -> list[tuple[Any, ...]]:
    with connection.connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
