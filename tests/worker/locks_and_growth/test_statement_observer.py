"""The work of PostgreSQL statements: the lock, whether all rows are read, whether the file is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from unittest.mock import Mock

import pytest
from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from seed.support import connected

from django_switchback.evidence import StatementWork
from django_switchback.sandbox.interface import Server
from django_switchback.worker.locks_and_growth import statement_observer
from django_switchback.worker.locks_and_growth.server_counters import read_locked_counters
from django_switchback.worker.locks_and_growth.statement_observer import StatementObserver

ROWS = 40
SETUP = (
    "CREATE TABLE parent (id integer PRIMARY KEY)",
    f"INSERT INTO parent SELECT generate_series(1, {ROWS})",
    "CREATE TABLE t (id integer PRIMARY KEY, a integer, b varchar(20), c numeric(8,2), d timestamp, e text)",
    f"INSERT INTO t SELECT n, 1, 'x', 1, now(), 'y' FROM generate_series(1, {ROWS}) AS n",
    "CREATE INDEX t_b ON t (b)",
    "ALTER TABLE t ADD CONSTRAINT unchecked CHECK (a > 0) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT named CHECK (e IS NOT NULL)",
    "CREATE TABLE spread (id integer) PARTITION BY RANGE (id)",
    "CREATE TABLE low PARTITION OF spread FOR VALUES FROM (0) TO (1000)",
    f"INSERT INTO spread SELECT generate_series(1, {ROWS})",
    "CREATE TABLE old (id integer)",
    "CREATE TABLE older () INHERITS (old)",
    "CREATE TABLE oldest () INHERITS (older)",
    f"INSERT INTO old SELECT generate_series(1, {ROWS})",
    f"INSERT INTO oldest SELECT generate_series(1, {ROWS})",
    "CREATE SCHEMA apart",
    "CREATE TABLE apart.t (id integer)",
    f"INSERT INTO apart.t SELECT generate_series(1, {ROWS})",
)
EXCLUSIVE, SHARE_ROW, SHARE, UPDATE = (
    "AccessExclusiveLock",
    "ShareRowExclusiveLock",
    "ShareLock",
    "ShareUpdateExclusiveLock",
)
STATEMENTS = (
    # the statement, the strongest lock on t, whether it reads every row of t, whether it rewrites t
    ("ALTER TABLE t ADD COLUMN n integer", EXCLUSIVE, False, False),
    ("ALTER TABLE t ADD COLUMN n integer NOT NULL DEFAULT 5", EXCLUSIVE, False, False),
    ("ALTER TABLE t ADD COLUMN n timestamptz DEFAULT now()", EXCLUSIVE, False, False),
    ("ALTER TABLE t ADD COLUMN n uuid DEFAULT gen_random_uuid()", EXCLUSIVE, True, True),
    ("ALTER TABLE t ADD COLUMN n bigserial", EXCLUSIVE, True, True),
    ("ALTER TABLE t ADD COLUMN n integer CHECK (n > 0)", EXCLUSIVE, True, False),
    ("ALTER TABLE t ADD COLUMN n integer REFERENCES parent", EXCLUSIVE, False, False),
    ("ALTER TABLE t ALTER COLUMN a SET DEFAULT 4", EXCLUSIVE, False, False),
    ("ALTER TABLE t ALTER COLUMN a SET NOT NULL", EXCLUSIVE, True, False),
    ("ALTER TABLE t ALTER COLUMN e SET NOT NULL", EXCLUSIVE, False, False),
    ("ALTER TABLE t ALTER COLUMN b TYPE varchar(50)", EXCLUSIVE, False, False),
    ("ALTER TABLE t ALTER COLUMN b TYPE varchar(10)", EXCLUSIVE, True, True),
    ("ALTER TABLE t ALTER COLUMN b TYPE text", EXCLUSIVE, False, False),
    ("ALTER TABLE t ALTER COLUMN a TYPE bigint", EXCLUSIVE, True, True),
    ("ALTER TABLE t ALTER COLUMN c TYPE numeric(12,2)", EXCLUSIVE, False, False),
    ("ALTER TABLE t ALTER COLUMN c TYPE numeric(12,4)", EXCLUSIVE, True, True),
    ("ALTER TABLE t ADD CHECK (a < 9)", EXCLUSIVE, True, False),
    ("ALTER TABLE t ADD CHECK (a < 9) NOT VALID", EXCLUSIVE, False, False),
    ("ALTER TABLE t VALIDATE CONSTRAINT unchecked", UPDATE, True, False),
    ("ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES parent", SHARE_ROW, True, False),
    ("ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES parent NOT VALID", SHARE_ROW, False, False),
    ("ALTER TABLE t ADD UNIQUE (id, b)", EXCLUSIVE, True, False),
    ("ALTER TABLE t DROP COLUMN b", EXCLUSIVE, False, False),
    ("ALTER TABLE t RENAME COLUMN b TO z", EXCLUSIVE, False, False),
    ("CREATE INDEX ON t (e)", SHARE, True, False),
    ("CREATE INDEX ON t (e) WHERE a = 1", SHARE, True, False),
    ("REINDEX INDEX t_b", SHARE, True, False),
    ("CREATE TABLE child (t_id integer REFERENCES t)", SHARE_ROW, False, False),
    ("ALTER TABLE t SET UNLOGGED", EXCLUSIVE, True, True),
    ("COMMENT ON TABLE t IS 'rows'", UPDATE, False, False),
    ("TRUNCATE t", EXCLUSIVE, False, False),
    ("LOCK TABLE t", EXCLUSIVE, False, False),
)


@pytest.fixture
def connection(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to a sandbox with the tables of :data:`SETUP`."""
    for opened in connected(server_of("postgresql-18")):
        with opened.cursor() as cursor:
            for statement in SETUP:
                cursor.execute(statement)
        yield opened


def work_of(connection: BaseDatabaseWrapper, *statements: str) -> tuple[StatementWork, ...]:
    """Return the work of ``statements``, each through Django's cursor."""
    observer = StatementObserver(connection, within_transaction=connection.in_atomic_block)
    with observer.observing(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return observer.works()


def test_statements_of_a_transaction(connection: BaseDatabaseWrapper) -> None:
    """Locks, reads and rewrites are those that are measured with thousands of rows."""
    told = []
    for statement, *_ in STATEMENTS:
        with transaction.atomic(using=connection.alias):
            works = work_of(connection, statement)
            transaction.set_rollback(True, using=connection.alias)
        mode = next((work.locks["t"] for work in works if "t" in work.locks), "")
        # A foreign key's check reads each row, and the index of the key in other ways.
        reads = any(work.read.get("t", 0) >= ROWS for work in works)
        told.append((statement, mode, reads, any("t" in work.rewritten for work in works)))
    assert tuple(told) == STATEMENTS


def test_statements_of_their_own(connection: BaseDatabaseWrapper) -> None:
    """Outside a transaction, the lock is seen, and is gone before the next statement; all is committed."""
    works = work_of(connection, "CREATE INDEX first ON t (a)", "CREATE INDEX second ON t (a)")
    assert [work.locks["t"] for work in works] == [SHARE, SHARE]
    assert len({work.transaction for work in works}) == len(works)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname IN ('first', 'second')")
        assert cursor.fetchone() == (2,)


def test_a_statement_that_refuses_transactions_is_run_without(connection: BaseDatabaseWrapper) -> None:
    """No lock of it is seen, since it lets others read and write; an error of another kind is raised."""
    works = work_of(connection, "CREATE INDEX CONCURRENTLY beside ON t (a)")
    assert not any(mode in {SHARE, SHARE_ROW, EXCLUSIVE} for work in works for mode in work.locks.values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'beside'")
        assert cursor.fetchone() == (1,)
    with pytest.raises(Error):
        work_of(connection, "CREATE INDEX beside ON t (a)")


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("ALTER TABLE old ALTER COLUMN id TYPE bigint", 2 * ROWS),
        ("ALTER TABLE old ADD CHECK (id > 0)", 2 * ROWS),
        ("CREATE INDEX ON oldest (id)", ROWS),
    ],
)
def test_inheriting_tables_count_as_their_root(
    statement: str, read: int, connection: BaseDatabaseWrapper
) -> None:
    """Locks, reads and rewrites of tables that inherit, at any depth, are those of the table at the root."""
    with transaction.atomic(using=connection.alias):
        works = work_of(connection, statement)
    assert {table for work in works for table in (*work.locks, *work.read)} == {"old"}
    assert sum(work.read.get("old", 0) for work in works) == read
    assert {table for work in works for table in work.rewritten} <= {"old"}


def test_a_stronger_lock_is_told_once(connection: BaseDatabaseWrapper) -> None:
    """A lock that is held already is not told again, one that is raised is."""
    with transaction.atomic(using=connection.alias):
        works = work_of(
            connection, "CREATE INDEX ON t (a)", "CREATE INDEX ON t (e)", "ALTER TABLE t DROP COLUMN c"
        )
    assert [work.locks.get("t") for work in works] == [SHARE, None, EXCLUSIVE]


def test_a_dropped_index_takes_its_count_along(connection: BaseDatabaseWrapper) -> None:
    """What was read through it before is not read again by the statement that drops it."""
    with transaction.atomic(using=connection.alias):
        read = (f"SELECT e FROM t WHERE {condition}" for condition in ("id > 0", "b = 'x'"))
        work_of(connection, "SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off", *read)
        works = work_of(connection, "ALTER TABLE t DROP COLUMN id")
    assert [work.read for work in works] == [{}]


def test_rows_written_by_equal_statements_are_added(connection: BaseDatabaseWrapper) -> None:
    """A loop of one statement is one entry with its count."""
    with transaction.atomic(using=connection.alias):
        works = work_of(connection, *["UPDATE t SET a = a + 1 WHERE id = 3"] * 5)
    assert [(work.count, work.written) for work in works] == [(5, {"t": 5})]


def test_repetitions_before_a_caught_error_count(connection: BaseDatabaseWrapper) -> None:
    """The counters are not read while the transaction is aborted; the work is told with a later statement."""
    observer = StatementObserver(connection, within_transaction=True)
    with transaction.atomic(using=connection.alias):
        with observer.observing(), connection.cursor() as cursor:
            for divisor in (1, 1, 1, 0):
                with suppress(Error), transaction.atomic(using=connection.alias):
                    for _ in range(2):
                        cursor.execute("UPDATE t SET a = 1 / %s WHERE id = 3", [divisor])
        works = observer.works()
    assert sum(work.written.get("t", 0) for work in works) == 6


def test_counters_are_read_once_for_repetitions(
    connection: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop of one statement costs two readings, however often it is run."""
    readings = Mock(wraps=read_locked_counters)
    monkeypatch.setattr(statement_observer, "read_locked_counters", readings)
    with transaction.atomic(using=connection.alias):
        work_of(connection, *["UPDATE t SET a = a + 1 WHERE id = 3"] * 50)
    assert readings.call_count == 2


def test_a_loop_of_several_statements_is_an_entry_for_each(connection: BaseDatabaseWrapper) -> None:
    """Statements that take turns in one transaction are added up, so that they are seen to grow."""
    with transaction.atomic(using=connection.alias):
        works = work_of(
            connection, *["SELECT a FROM t WHERE id = 3", "UPDATE t SET a = a + 1 WHERE id = 3"] * 5
        )
    assert [(work.count, work.written) for work in works] == [(5, {}), (5, {"t": 5})]


def test_the_largest_of_equal_transactions_stands_for_all(connection: BaseDatabaseWrapper) -> None:
    """A loop that commits each time is as long as its longest transaction."""
    works = work_of(connection, *["UPDATE t SET a = 9 WHERE id < 7 AND a <> 9"] * 4)
    assert [(work.count, work.written) for work in works] == [(1, {"t": 6})]


def test_an_empty_statement_is_no_work(connection: BaseDatabaseWrapper) -> None:
    """RunSQL may send one."""
    with transaction.atomic(using=connection.alias):
        assert work_of(connection, " ") == ()


def test_a_long_statement_is_shortened(connection: BaseDatabaseWrapper) -> None:
    """The log does not hold a script of megabytes several times."""
    with transaction.atomic(using=connection.alias):
        [work] = work_of(connection, f"UPDATE t SET e = '{'x' * 100_000}'")
    assert len(work.sql) == 2000


def test_a_partition_counts_as_its_parent(connection: BaseDatabaseWrapper) -> None:
    """Rows of partitions are read under the name that Django knows."""
    with transaction.atomic(using=connection.alias):
        works = work_of(connection, "CREATE INDEX ON spread (id)")
    assert [(work.locks["spread"], work.read["spread"]) for work in works] == [(SHARE, ROWS)]


def test_a_table_of_another_schema_has_its_own_name(connection: BaseDatabaseWrapper) -> None:
    """A table outside the search path is named with its schema; the one of the same name is another."""
    with transaction.atomic(using=connection.alias):
        works = work_of(connection, "CREATE INDEX ON apart.t (id)")
    assert [dict(work.read) for work in works] == [{"apart.t": ROWS}]


def test_new_and_dropped_tables_do_not_count(connection: BaseDatabaseWrapper) -> None:
    """Nobody uses a table that the step creates or drops."""
    with transaction.atomic(using=connection.alias):
        works = work_of(connection, "CREATE TABLE fresh AS SELECT 1 AS n", "DROP TABLE spread")
        assert works == ()


def test_the_server_explains(connection: BaseDatabaseWrapper) -> None:
    """The server's messages of the level debug1 that tell work stand with the statement."""
    with transaction.atomic(using=connection.alias):
        [work] = work_of(connection, "ALTER TABLE t ALTER COLUMN e TYPE varchar(4000)")
        [unique] = work_of(connection, "ALTER TABLE t ADD UNIQUE (id)")
    assert 'rewriting table "t"' in work.notices
    assert not any("pg_toast" in notice for notice in work.notices)
    assert unique.notices == ('building index "t_id_key" on table "t" serially',)


def test_only_reads_of_materialized_views_are_stopped(connection: BaseDatabaseWrapper) -> None:
    """Nobody but a refresh writes one: concurrently, it holds no lock that counts, and writes no rows."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE MATERIALIZED VIEW seen AS SELECT id FROM t")
        cursor.execute("CREATE UNIQUE INDEX seen_id ON seen (id)")
    beside, alone = (
        work_of(connection, f"REFRESH MATERIALIZED VIEW {how} seen")[0] for how in ("CONCURRENTLY", "")
    )
    assert ("seen" in beside.locks, alone.locks["seen"], alone.rewritten) == (False, EXCLUSIVE, ("seen",))
    assert not beside.written
    assert not alone.written


def test_the_lock_under_which_a_file_is_replaced_is_told(connection: BaseDatabaseWrapper) -> None:
    """VACUUM FULL refuses a transaction, so that its lock is not seen; plain VACUUM stops nobody."""
    [full] = [work for work in work_of(connection, "VACUUM FULL t") if work.rewritten]
    assert full.locks["t"] == EXCLUSIVE
    assert not any(work.locks for work in work_of(connection, "VACUUM t"))
