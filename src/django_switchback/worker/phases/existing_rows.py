"""Tries a target with the rows that it inserts already there, and finds those that its rollback deletes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeAlias

from django.db import Error

from django_switchback.evidence import ExistingRowsLost, RowDifference
from django_switchback.worker.compare.django_rows import CONTENT_TYPES
from django_switchback.worker.compare.inserted_rows import deleted_again, inserted_keys
from django_switchback.worker.compare.snapshots import Keys, Snapshot, take_snapshot
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.rows import SeededCycleRows
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate.statements.operation_statements import statement_text
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.minimise.delta_debugging import OutOfTime
from django_switchback.worker.minimise.record_minimal_rows import record_trials
from django_switchback.worker.minimise.rows import RowId, RowsById, insert_rows
from django_switchback.worker.minimise.trial_database import SEARCH_SECONDS, trial_time_limit
from django_switchback.worker.phases.altered_rows import AlteredRows
from django_switchback.worker.snapshot.compare_rows import compare_rows, merge_differences
from django_switchback.worker.snapshot.interface import RowSet, RowTexts, TableRows
from django_switchback.worker.stopwatch import STOPWATCH

MAX_ROWS = 20
"""Rows of a table that are tried; a target that inserts more of them does not look each one up by name."""
MAX_TRIALS = 8
Unseeded: TypeAlias = Callable[[], UnseededSandbox | None]


@STOPWATCH.phase("existing rows")
def record_lost_existing_rows(
    context: PartContext, key: MigrationKey, unseeded: Unseeded, inserted: Keys
) -> None:
    """Log the rows that the rollback of ``key`` deletes although they were there before it.

    ``unseeded`` returns a sandbox right before ``key`` without seeded rows, ``None`` if there is none;
    ``inserted`` are the rows that ``key`` inserted in its cycle. Content types are left out: they stand for a
    model, which nobody else makes.
    """
    tables = {table for table, keys in inserted.items() if len(keys) <= MAX_ROWS and table != CONTENT_TYPES}
    sandbox = unseeded() if tables else None
    if sandbox is None:
        return
    record_trials(context, key, SEARCH_SECONDS + 3 * context.confirmer.timeout, ended=False)
    lost: tuple[RowDifference, ...] = ()
    with suppress(OutOfTime):
        lost = _ExistingRows(context, key, sandbox).lost(tables)
    if lost:
        name = migration_name(key)
        context.log.add(ExistingRowsLost(database=context.database, migration=name, rows=lost))
    record_trials(context, key, 0.0, ended=True)


class _Trial(NamedTuple):
    """What the tables held before the target, after it, and after its rollback.

    ``statements`` are those of the forward step.
    """

    there: Snapshot
    applied: Snapshot
    restored: Snapshot
    statements: tuple[str, ...]


class _ExistingRows:
    """Runs the trials of one target, each on a clone of a sandbox on which it was rolled back.

    None of its rows is there that the new release wrote: it may refer to what the target inserted, and a
    reverse that deletes only what nobody refers to would leave that.
    """

    def __init__(self, context: PartContext, key: MigrationKey, unseeded: UnseededSandbox) -> None:
        self._context = context
        self._migrator = context.migrator
        self._key = key
        self._unseeded = unseeded
        self._before = unseeded.state()
        self._inserted: Mapping[str, int] = {}
        self._trials = 0
        self._deadline = 0.0

    def lost(self, tables: Collection[str]) -> tuple[RowDifference, ...]:
        """Return what the rollback does to the rows inserted into ``tables`` if they were there before it.

        Nothing is tried unless the rollback deletes some of a table's.
        """
        context, connection = self._context, self._context.sandboxes.connection
        with context.sandboxes.switched_to(self._unseeded.clone("existing")):
            SeededCycleRows(context, self._key, "typical", many=False, recorded=False).insert_old(
                self._before
            )
            before, after = take_snapshot(connection), self._before.clone()
            self._deadline = time.monotonic() + SEARCH_SECONDS
            with self._limited():
                if (
                    self._migrator.apply(after, self._key, signals=False, origin=self._before).failure
                    is not None
                ):
                    return ()
                applied = take_snapshot(connection, before)
                if self._migrator.unapply(self._before, self._key, after, signals=False).failure is not None:
                    return ()
            start = take_snapshot(connection, applied)
            inserted = deleted_again(inserted_keys(before, applied), start)
            self._inserted = {table: len(keys) for table, keys in inserted.items()}
            return self._search(
                start,
                {
                    RowId("before", table, row_key): _columns_of(
                        applied.raw[table].rows[row_key], start.raw[table]
                    )
                    for table, keys in sorted(inserted.items())
                    if table in tables
                    for row_key in sorted(keys, key=repr)
                },
            )

    def _search(self, start: Snapshot, rows: RowsById) -> tuple[RowDifference, ...]:
        """Try ``rows``, and if the forward step does not find all of them, each half."""
        trial = self._run(start, rows) if rows else None
        if trial is not None and self._finds_all(trial, rows):
            return self._taken(start, rows, trial)
        if len(rows) < 2:
            return ()
        items = list(rows.items())
        halves = dict(items[: len(items) // 2]), dict(items[len(items) // 2 :])
        return merge_differences(*(self._search(start, half) for half in halves))

    def _taken(self, start: Snapshot, rows: RowsById, trial: _Trial) -> tuple[RowDifference, ...]:
        """Return what the rollback does to ``rows``, unless it tells them by other values than the lookup's.

        A reverse that deletes only rows with a mark leaves those alone that have another value there.
        """
        lost = _lost(trial, rows)
        kept: set[RowId] = set()
        variants = AlteredRows(self._context.sandboxes.connection, start).variants(
            {row_id: rows[row_id] for row_id in lost}, trial.statements
        )
        for altered in variants:
            unmarked = self._run(start, {**rows, **altered})
            if unmarked is not None and self._finds_all(unmarked, rows):
                kept |= altered.keys() - _lost(unmarked, rows)
                break
        return _differences(trial, lost - kept)

    def _run(self, start: Snapshot, rows: RowsById) -> _Trial | None:
        """Insert ``rows``, apply the target and roll it back; ``None`` if that fails or time is up."""
        if self._trials >= MAX_TRIALS or time.monotonic() > self._deadline:
            return None
        self._trials += 1
        connection, statements = self._context.sandboxes.connection, list[str]()
        with self._on_clone(), self._limited():
            try:
                insert_rows(connection, start.schema, self._before.apps, rows)
            except Error:
                return None
            there, after = take_snapshot(connection, start, rows_only=True), self._before.clone()
            with connection.execute_wrapper(_collector(statements)):
                forward = self._migrator.apply(after, self._key, signals=False, origin=self._before)
            if forward.failure is not None:
                return None
            applied = take_snapshot(connection, there)
            rollback = self._migrator.unapply(self._before, self._key, after, signals=False)
            if rollback.failure is not None:
                return None
            return _Trial(there, applied, take_snapshot(connection, there), tuple(statements))

    def _finds_all(self, trial: _Trial, rows: RowsById) -> bool:
        """Return whether the forward step kept ``rows`` and inserted so many fewer."""
        for table in {row_id.table for row_id in rows}:
            keys = {row_id.key for row_id in rows if row_id.table == table}
            there, applied = trial.there.raw[table].rows, trial.applied.raw.get(table)
            if applied is None or not applied.rows.keys() >= keys:
                return False
            if len(applied.rows.keys() - there.keys()) > self._inserted[table] - len(keys):
                return False
        return True

    @contextmanager
    def _on_clone(self) -> Iterator[None]:
        sandboxes = self._context.sandboxes
        with sandboxes.switched_to(sandboxes.clone("existing")):
            yield

    @contextmanager
    def _limited(self) -> Iterator[None]:
        limit = trial_time_limit(self._context.sandboxes.connection, self._context.confirmer.timeout)
        with self._context.accesses_of(self._key), limit:
            yield


def _collector(statements: list[str]) -> Callable[..., Any]:
    def collect(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        statements.append(statement_text(sql, context["connection"]))
        return execute(sql, params, many, context)

    return collect


def _columns_of(row: RowTexts, table: TableRows) -> RowTexts:
    return {column: row[column] for column in table.columns if column in row}


def _lost(trial: _Trial, rows: RowsById) -> set[RowId]:
    """Return the rows that the rollback deleted, or changed from what they were before the target."""
    return {row_id for row_id in rows if _differs(trial, row_id)}


def _differs(trial: _Trial, row_id: RowId) -> bool:
    there = trial.there.raw[row_id.table].rows.get(row_id.key, {})
    restored = trial.restored.raw.get(row_id.table)
    now = None if restored is None else restored.rows.get(row_id.key)
    if now is None:
        return True
    applied = trial.applied.raw[row_id.table].rows[row_id.key]
    # A value that the forward step itself changed and the rollback left is not an effect of the rollback.
    return any(now[column] not in {there[column], applied.get(column)} for column in there if column in now)


def _differences(trial: _Trial, rows: set[RowId]) -> tuple[RowDifference, ...]:
    tables: Mapping[str, set[Any]] = {
        row_id.table: {other.key for other in rows if other.table == row_id.table} for row_id in rows
    }

    def only(content: RowSet) -> RowSet:
        return {
            table: content[table]._replace(
                rows={key: row for key, row in content[table].rows.items() if key in keys}
            )
            for table, keys in tables.items()
            if table in content
        }

    return compare_rows(only(trial.there.raw), only(trial.restored.raw))
