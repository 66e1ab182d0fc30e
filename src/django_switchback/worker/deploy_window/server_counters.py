"""Reads locks, counters and files of tables within a transaction, from PostgreSQL's catalogue and statistics.

Sources: ``pg_locks``, ``pg_stat_xact_user_tables`` (rows that index builds, validations and rewrites read
count as those of a sequential scan) and ``pg_relation_filenode``.
"""

from __future__ import annotations

from collections.abc import Mapping
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
SELECT s.relid::bigint, coalesce(s.seq_tup_read, 0) + coalesce(s.idx_tup_fetch, 0),
    s.n_tup_ins + s.n_tup_upd + s.n_tup_del, pg_catalog.pg_relation_filenode(s.relid)::bigint
FROM pg_catalog.pg_stat_xact_user_tables s
"""
_LOCKS = """
SELECT l.relation::bigint, l.mode, transaction_timestamp()::text FROM pg_catalog.pg_locks l
WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid()
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
"""


class Counters(NamedTuple):
    """The rows that a transaction has read and written of a table, and the number of the table's file."""

    read: int
    written: int
    file: int | None


class ServerCounters(NamedTuple):
    """Counters and the strongest lock of each table, by its oid."""

    tables: Mapping[int, Counters]
    locks: Mapping[int, str]
    transaction: str = ""
    """The time at which the transaction began: it has a number only once it writes."""


TableNames: TypeAlias = Mapping[int, str]
"""The name of each table in snapshots by its oid; that of the root for partitions and inheriting tables."""


def read_table_names(connection: BaseDatabaseWrapper) -> TableNames:
    """Return the names of all tables of the database."""
    return dict(_rows(connection, _TABLES))


def read_counters(connection: BaseDatabaseWrapper) -> ServerCounters:
    """Read counters and locks of the current transaction, by statements that Django does not see."""
    tables = {oid: Counters(read, written, file) for oid, read, written, file in _rows(connection, _COUNTERS)}
    locks: dict[int, str] = {}
    held = _rows(connection, _LOCKS)
    for oid, mode, _ in held:
        locks[oid] = stronger(locks.get(oid, mode), mode)
    # NOTE: there is always one, that of the query on the view.
    return ServerCounters(tables, locks, held[0][2])


def stronger(mode: str, other: str) -> str:
    """Return the stronger of two lock modes."""
    return max(mode, other, key=LOCK_MODES.index)


def _rows(connection: BaseDatabaseWrapper, query: str) -> list[tuple[Any, ...]]:
    with connection.connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
