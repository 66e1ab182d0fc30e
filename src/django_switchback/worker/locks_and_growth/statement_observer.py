"""Observes each statement of a step: the locks that it takes, and the rows that it reads and writes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from typing import Any, Literal, TypeAlias

import msgspec
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from django_switchback.evidence import StatementWork
from django_switchback.worker.failure import failure_of
from django_switchback.worker.locks_and_growth.server_counters import (
    LOCK_MODES,
    ServerCounters,
    TableNames,
    read_counters,
    read_locked_counters,
    read_materialized_views,
    read_table_names,
    stronger,
)
from django_switchback.worker.migrate.statements.operation_statements import (
    first_word,
    running_operation,
    statement_text,
)
from django_switchback.worker.project.describe import is_data

CounterName: TypeAlias = Literal["read", "by_index", "written"]
_APPLIED_MIGRATIONS = MigrationRecorder.Migration._meta.db_table
_ACTIVE_TRANSACTION = "25001"
"""The SQLSTATE of statements that refuse to run inside a transaction block, such as ``CONCURRENTLY``."""


_SQL_CHARACTERS = 2000
_UNHELPFUL = re.compile("pg_toast_|^rehashing | use deduplication$| will create implicit ")
"""What differs from run to run (numbers of TOAST tables, the server's caches), and what explains no work."""


class StatementObserver:
    """An ``execute_wrapper`` that records the work of each statement on tables that were there before.

    A statement outside a transaction is run in one of its own, as the server does, so that its locks are seen
    before they are released; one that refuses this is run without, and only its effects are seen: of its
    locks, those on tables that it gave another file.
    ``within_transaction`` if all are sent in one transaction, which began before and ends after them.
    """

    def __init__(self, connection: BaseDatabaseWrapper, *, within_transaction: bool) -> None:
        self._connection = connection
        self._names: TableNames = {}
        self._materialized: frozenset[int] = frozenset()
        """Materialized views: only a refresh writes them, and only a lock that stops reads stops anybody."""
        self._before = ServerCounters({}, {})
        self._transaction = 0
        self._works: list[StatementWork] = []
        self._places: dict[tuple[int, str, bool], int] = {}
        """The place of each statement in the works, by transaction, text, and whether it moves data."""
        self._notices: list[str] = []
        self.within_transaction = within_transaction
        self._last: tuple[str, bool] | None = None
        """The last statement within the transaction, and whether it moves data."""
        self._repetitions = 0
        """How often it was repeated since the counters were read."""

    @contextmanager
    def observing(self) -> Iterator[None]:
        """Observe the statements of the block; tables that are there now count.

        The session is left with ``client_min_messages`` at ``debug1``: the server then explains what it does.
        """
        self._send("SET client_min_messages = debug1")
        names = read_table_names(self._connection)
        self._names = {oid: name for oid, name in names.items() if name != _APPLIED_MIGRATIONS}
        self._materialized = read_materialized_views(self._connection)
        self._before = read_counters(self._connection)
        raw = self._connection.connection
        listens = hasattr(raw, "add_notice_handler")  # psycopg 3
        if listens:
            raw.add_notice_handler(self._on_notice)
        try:
            with self._connection.execute_wrapper(self):
                yield
        finally:
            if listens:
                raw.remove_notice_handler(self._on_notice)

    def works(self) -> tuple[StatementWork, ...]:
        """Return the work of the statements: of equal ones in one transaction together.

        Call it before anything is undone: locks on tables that are dropped by now are left out. Statements
        without any effect are, too. Of transactions that do the same, the one that does most is kept.
        """
        self._record_repetitions(self._last)
        oids = read_table_names(self._connection).keys()
        present = {name for oid, name in self._names.items() if oid in oids}
        works = (_with_locks_on(work, present) for work in self._works)
        return tuple(_without_repeats(work for work in works if _has_effect(work)))

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute one statement and record its work."""
        running = running_operation(sys._getframe(1))
        data = running is not None and is_data(running.operation)
        run = partial(execute, sql, params, many, context)
        text = statement_text(sql, self._connection)
        self._notices = []
        if self.within_transaction:
            return self._run_within_transaction(run, text, data=data)
        if self._connection.in_atomic_block or not self._connection.get_autocommit():
            result = run()
            self._record(read_locked_counters(self._connection, self._before), text, data=data)
            return result
        return self._run_in_own_transaction(run, text, data=data)

    def _run_within_transaction(self, run: Callable[[], Any], text: str, *, data: bool) -> Any:
        """Run a statement; the counters are read once for repetitions that follow each other."""
        last, self._last = self._last, None
        if last != (text, data):
            self._record_repetitions(last)
        # NOTE: in an aborted transaction nothing can be read: the next statement is then told with this work.
        repetitions, self._repetitions = self._repetitions, 0
        result = run()
        if last == (text, data):
            self._repetitions = repetitions + 1
        else:
            self._record(read_locked_counters(self._connection, self._before), text, data=data)
        self._last = text, data
        return result

    def _record_repetitions(self, last: tuple[str, bool] | None) -> None:
        if last is not None and self._repetitions:
            text, data = last
            now = read_locked_counters(self._connection, self._before)
            self._record(now, text, data=data, count=self._repetitions)
        self._repetitions = 0

    def _run_in_own_transaction(self, run: Callable[[], Any], text: str, *, data: bool) -> Any:
        self._send("BEGIN")
        try:
            result = run()
        except Error as error:
            self._send("ROLLBACK")
            if failure_of(error).sqlstate != _ACTIVE_TRANSACTION:
                raise
            result = run()
            self._record(read_counters(self._connection), text, data=data, unseen=True)
            return result
        self._record(read_locked_counters(self._connection, self._before), text, data=data)
        self._send("COMMIT")
        return result

    def _record(
        self, now: ServerCounters, text: str, *, data: bool, count: int = 1, unseen: bool = False
    ) -> None:
        before = self._before
        rewritten = self._rewritten(before, now, text)
        # NOTE: PostgreSQL replaces the file of a table under this lock alone, as in VACUUM FULL.
        unseen_locks = dict.fromkeys(rewritten if unseen else (), LOCK_MODES[-1])
        same = now.transaction == before.transaction
        self._transaction += not same
        self._before = now
        work = StatementWork(
            sql=text[:_SQL_CHARACTERS],
            transaction=self._transaction,
            data=data,
            locks=self._locks(before.locks if same else {}, now.locks) | unseen_locks,
            read=_added(self._sums(before, now, "read"), self._sums(before, now, "by_index")),
            written=self._sums(before, now, "written"),
            lock_timeout=now.lock_timeout,
            rewritten=rewritten,
            notices=tuple(dict.fromkeys(self._notices)),
            count=count,
        )
        if not _has_effect(work):
            return
        # A lock that the transaction holds already is not taken again, so that one entry tells of it.
        place = self._places.get((work.transaction, work.sql, work.data))
        if place is None or work.locks or work.rewritten:
            self._places[work.transaction, work.sql, work.data] = len(self._works)
            self._works.append(work)
        else:
            self._works[place] = _together(self._works[place], work)

    def _locks(self, before: Mapping[int, str], now: Mapping[int, str]) -> dict[str, str]:
        taken: dict[str, str] = {}
        for oid, mode in now.items():
            name = self._names.get(oid)
            if oid in self._materialized and mode != LOCK_MODES[-1]:
                continue
            if name is not None and (oid not in before or stronger(before[oid], mode) != before[oid]):
                taken[name] = stronger(taken.get(name, mode), mode)
        return taken

    def _sums(self, before: ServerCounters, now: ServerCounters, field: CounterName) -> dict[str, int]:
        sums: dict[str, int] = {}
        for oid, counted in now.tables.items():
            if oid in self._materialized and field == "written":
                continue
            name, count = self._names.get(oid), getattr(counted, field)
            earlier = getattr(before.tables[oid], field) if oid in before.tables else 0
            # Between transactions, the session may hand its counts over to the server's and start again;
            # within one, those of an index that is dropped are gone with it.
            start = earlier if count >= earlier else count if now.transaction == before.transaction else 0
            more = count - start
            if name is not None and more:
                sums[name] = sums.get(name, 0) + more
        return sums

    def _rewritten(self, before: ServerCounters, now: ServerCounters, text: str) -> tuple[str, ...]:
        if first_word(text) == "TRUNCATE":
            return ()
        replaced = {
            self._names[oid]
            for oid, counted in now.tables.items()
            if oid in self._names and counted.file not in (None, before.tables.get(oid, counted).file)
        }
        return tuple(sorted(replaced))

    def _send(self, statement: str) -> None:
        with self._connection.connection.cursor() as cursor:
            cursor.execute(statement)

    def _on_notice(self, diagnostic: Any) -> None:
        text = diagnostic.message_primary
        if diagnostic.severity_nonlocalized == "DEBUG" and text and not _UNHELPFUL.search(text):
            self._notices.append(text)


def _has_effect(work: StatementWork) -> bool:
    return bool(work.locks or work.read or work.written or work.rewritten)


def _with_locks_on(work: StatementWork, tables: Collection[str]) -> StatementWork:
    locks = {table: mode for table, mode in work.locks.items() if table in tables}
    return work if locks == work.locks else msgspec.structs.replace(work, locks=locks)


def _without_repeats(works: Iterable[StatementWork]) -> Iterator[StatementWork]:
    """Yield the statements of each transaction that does not repeat an earlier one."""
    kept: dict[tuple[object, ...], list[StatementWork]] = {}
    for _, group in groupby(works, lambda work: work.transaction):
        own = list(group)
        shape = tuple((work.sql, work.data, repr(work.locks), work.rewritten) for work in own)
        known = kept.get(shape, own)
        largest = max(known, own, key=lambda several: sum(map(_rows_of, several)))
        kept[shape] = largest
    for own in kept.values():
        yield from own


def _rows_of(work: StatementWork) -> int:
    return sum(work.read.values()) + sum(work.written.values())


def _together(last: StatementWork, work: StatementWork) -> StatementWork:
    return msgspec.structs.replace(
        last,
        count=last.count + work.count,
        read=_added(last.read, work.read),
        written=_added(last.written, work.written),
    )


def _added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) + more.get(name, 0) for name in (*counts, *more)}
