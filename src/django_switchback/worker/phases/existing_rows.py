"""Tries a target with the rows that it inserts already there, and finds those that its rollback deletes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from django.db import Error
from django.db.migrations.state import ProjectState

from django_switchback.evidence import ExistingRowsLost, RowDifference
from django_switchback.worker.compare.django_rows import CONTENT_TYPES
from django_switchback.worker.compare.snapshots import Snapshot, take_snapshot
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.migrate.statements.operation_statements import statement_text
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.minimise.delta_debugging import OutOfTime
from django_switchback.worker.minimise.record_minimal_rows import record_trials
from django_switchback.worker.minimise.rows import RowId, RowsById, insert_rows
from django_switchback.worker.minimise.trial_database import SEARCH_SECONDS, trial_time_limit
from django_switchback.worker.phases.altered_rows import AlteredRows
from django_switchback.worker.snapshot.compare_rows import compare_rows, merge_differences
from django_switchback.worker.snapshot.interface import RowSet
from django_switchback.worker.stopwatch import STOPWATCH

MAX_ROWS = 20
"""Rows of a table that are tried; a target that inserts more of them does not look each one up by name."""
MAX_TRIALS = 8


@STOPWATCH.phase("existing rows")
def record_lost_existing_rows(
    context: PartContext, key: MigrationKey, before: ProjectState, seen: CycleResult
) -> None:
    """Log the rows that the rollback of ``key`` deletes although they were there before it.

    The current sandbox is as the cycle ``seen`` left it, with ``key`` applied; ``before`` is the state before
    ``key``. Nothing is tried unless ``key`` inserted rows and its rollback deleted them. Content types are
    left out: they stand for a model, which nobody else makes.
    """
    rows = {
        RowId("before", table, row_key): row
        for table, content in sorted(seen.reinserted.items())
        if len(content.rows) <= MAX_ROWS and table != CONTENT_TYPES
        for row_key, row in content.rows.items()
    }
    if not rows or seen.state is None:
        return
    record_trials(context, key, SEARCH_SECONDS + 3 * context.confirmer.timeout, ended=False)
    lost: tuple[RowDifference, ...] = ()
    with suppress(OutOfTime):
        lost = _ExistingRows(context, key, before, seen.reinserted).lost(seen.state, rows)
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

    ``inserted`` are the rows that the target inserts there.
    """

    def __init__(
        self, context: PartContext, key: MigrationKey, before: ProjectState, inserted: RowSet
    ) -> None:
        self._context = context
        self._migrator = context.migrator
        self._key = key
        self._before = before
        self._inserted = inserted
        self._trials = 0
        self._deadline = time.monotonic() + SEARCH_SECONDS

    def lost(self, after: ProjectState, rows: RowsById) -> tuple[RowDifference, ...]:
        """Return what the rollback does to those of ``rows`` that are left if they were there before."""
        with self._on_clone():
            with self._limited():
                rolled_back = self._migrator.unapply(self._before, self._key, after, signals=False)
            if rolled_back.failure is not None:
                return ()
            start = take_snapshot(self._context.sandboxes.connection)
            columns = {table: start.raw[table].columns for table in self._inserted if table in start.raw}
            return self._search(
                start,
                {
                    row_id: {column: row[column] for column in columns[row_id.table] if column in row}
                    for row_id, row in rows.items()
                    if row_id.table in columns
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
            if len(applied.rows.keys() - there.keys()) > len(self._inserted[table].rows) - len(keys):
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
    # A value that the forward step itself changed and the rollback left is no deed of the rollback.
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
