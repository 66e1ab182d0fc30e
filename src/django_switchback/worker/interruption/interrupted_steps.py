"""Interrupts the steps of a migration that is not atomic, and runs them again.

The result has to equal that of an uninterrupted step: schema, rows and the migration's record. All is done on
clones with typical rows: after each operation, and in each statement that builds an index concurrently. The
time between the last operation and that record is Django's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import msgspec

from django_switchback.evidence import Comparison, Direction, Failure, InterruptionTried, RowDifference
from django_switchback.worker.compare.snapshots import Snapshot, difference, take_snapshot
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.result import NO_DIFFERENCE
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.failure import description_of
from django_switchback.worker.interruption.lock_timeouts import (
    LOCK_NOT_AVAILABLE,
    concurrent_statements,
    ended_by_lock_timeout,
)
from django_switchback.worker.migrate.interruption import StepInterrupted
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.minimise.delta_debugging import OutOfTime
from django_switchback.worker.minimise.trial_database import trial_time_limit
from django_switchback.worker.project.lost_connections import raise_if_lost
from django_switchback.worker.stopwatch import STOPWATCH

RepeatableStep: TypeAlias = Callable[[], StepResult]


@STOPWATCH.phase("interruptions")
def record_interruptions(
    context: PartContext, key: MigrationKey, unseeded: Callable[[], UnseededSandbox | None]
) -> None:
    """Log what becomes of the steps of ``key`` if they are interrupted.

    ``unseeded`` returns a sandbox right before the migration. Nothing is done for a migration that is atomic
    or cannot be interrupted, nor for one that may write to several databases.
    """
    migration = context.migrator.node(key)
    concurrent = context.sandboxes.connection.vendor == "postgresql" and (
        context.migrator.has_data(key) or any(not operation.atomic for operation in migration.operations)
    )
    several = len(migration.operations) > 1 or concurrent
    if migration.atomic or not several or context.others is not None or context.quiet:
        return
    sandbox = unseeded()
    if sandbox is not None:
        with context.accesses_of(key):
            context.log.add(*_InterruptedSteps(context, key).tried(sandbox))


class _InterruptedSteps:
    """Interrupts the steps of ``key`` on clones."""

    def __init__(self, context: PartContext, key: MigrationKey) -> None:
        self._context = context
        self._migrator = context.migrator
        self._sandboxes = context.sandboxes
        self._key = key
        self._operations = list(context.migrator.node(key).operations)

    def tried(self, unseeded: UnseededSandbox) -> list[InterruptionTried]:
        """Return the result of the forward step, and of the rollback if the forward step works."""
        state, found = unseeded.state(), list[InterruptionTried | None]()
        after = state.clone()
        with self._sandboxes.switched_to(unseeded.clone("interrupted")):
            self._context.seeder.fill(state.apps, edge=False)
            self._sandboxes.connection.close()
            found.append(
                self._limited(
                    "forward",
                    lambda: self._migrator.apply(state.clone(), self._key, signals=False, origin=state),
                )
            )
            if self._migrator.apply(after, self._key, signals=False, origin=state).failure is None:
                found.append(
                    self._limited(
                        "rollback", lambda: self._migrator.unapply(state, self._key, after, signals=False)
                    )
                )
        return [record for record in found if record is not None]

    def _limited(self, direction: Direction, run: RepeatableStep) -> InterruptionTried | None:
        seconds = self._context.confirmer.timeout
        try:
            with trial_time_limit(self._sandboxes.connection, seconds):
                tried = self._try(direction, run)
        except OutOfTime:
            return self._record(direction, 0, untried=f"no end after {seconds:g} s")
        if tried is None or tried.is_resumable or tried.stops_at_unfinished_index:
            return tried
        return self._confirmed(tried, run)

    def _try(self, direction: Direction, run: RepeatableStep) -> InterruptionTried | None:
        """Interrupt the step after each operation, up to the first time that it does not end as it should.

        ``None``: it does not work uninterrupted either.
        """
        before, concurrent = self._take_snapshot(), list[str]()
        connection = self._sandboxes.connection
        with self._on_clone():
            with connection.execute_wrapper(concurrent_statements(concurrent, connection)):
                if run().failure is not None:
                    return None
            whole = self._take_snapshot(before)
        tried: InterruptionTried | None = None
        noted: InterruptionTried | None = None
        between = (self._record(direction, done) for done in range(1, len(self._operations)))
        within = (self._record(direction, 0, statement=text) for text in concurrent)
        for interruption in (*between, *within):
            with self._on_clone():
                if not self._interrupt(interruption, run):
                    continue
                left = difference(before, self._take_snapshot(before))
                tried = msgspec.structs.replace(interruption, left=left)
                again = self._run_again(tried, run, before)
            if again is not None:
                found, failure = again
                if failure is None:
                    differences = self._lasting(difference(whole, found), whole, before, run)
                    tried = msgspec.structs.replace(tried, differences=differences)
                else:
                    tried = msgspec.structs.replace(tried, failure=failure)
            if tried.stops_at_unfinished_index:
                noted = noted or tried
            elif not tried.is_resumable:
                return tried
        return noted or tried

    def _run_again(
        self, tried: InterruptionTried, run: RepeatableStep, before: Snapshot
    ) -> tuple[Snapshot, Failure | None] | None:
        """Run the interrupted step to its end; ``None`` if it had left nothing."""
        if tried.left == NO_DIFFERENCE:
            return None
        failure = run().failure
        if self._context.is_repeated_if_lost:
            raise_if_lost(failure, tried.migration)
        return self._take_snapshot(before), failure

    def _lasting(
        self, found: Comparison, whole: Snapshot, before: Snapshot, run: RepeatableStep
    ) -> Comparison:
        """Return the differences that do not come from new keys, nor show between two uninterrupted steps."""
        rows = tuple(row for row in found.rows if not _has_new_keys_only(row))
        if rows:
            with self._on_clone():
                run()
                noise = {row.table for row in difference(whole, self._take_snapshot(before)).rows}
            rows = tuple(row for row in rows if row.table not in noise)
        return Comparison(schema=found.schema, rows=rows)

    def _confirmed(self, tried: InterruptionTried, run: RepeatableStep) -> InterruptionTried:
        """Return ``tried`` with what plain ``manage.py migrate`` does after the same interruption."""
        with self._on_clone():
            before = self._take_snapshot()
            with self._on_clone():
                run()
                whole = self._take_snapshot(before)
            self._interrupt(tried, run)
            copy = self._sandboxes.clone("confirm")
            with self._sandboxes.switched_to(copy, alone=True):
                plain = self._context.confirmer.confirm(
                    copy,
                    database=self._context.database,
                    migration=tried.migration,
                    phase="cycle",
                    direction=tried.direction,
                    name=self._context.previous(self._key) if tried.direction == "rollback" else self._key[1],
                    failure_type="" if tried.failure is None else tried.failure.type,
                    is_done=lambda: self._context.recorded_as_done(self._key, tried.direction),
                )
                same = plain.reproduced
                if tried.failure is None:
                    ended = difference(whole, self._take_snapshot(before))
                    same = plain.status == 0 and _shows(ended, tried.differences)
        return msgspec.structs.replace(tried, confirmed=same, output=plain.output)

    def _interrupt(self, tried: InterruptionTried, run: RepeatableStep) -> bool:
        """Run the step up to where it is to be interrupted; return whether it ended there."""
        if tried.statement:
            connection = self._sandboxes.connection
            with connection.execute_wrapper(ended_by_lock_timeout(tried.statement, connection)):
                failure = run().failure
            return failure is not None and failure.sqlstate == LOCK_NOT_AVAILABLE
        back = tried.direction == "rollback"
        place = len(self._operations) - tried.done if back else tried.done
        with self._migrator.interrupted(self._key, place):
            failure = run().failure
        return failure is not None and failure.type == StepInterrupted.__qualname__

    def _record(
        self, direction: Direction, done: int, *, statement: str = "", untried: str = ""
    ) -> InterruptionTried:
        last = self._operations[-done if direction == "rollback" else done - 1] if done else None
        return InterruptionTried(
            database=self._context.database,
            migration=migration_name(self._key),
            direction=direction,
            done=done,
            operations=len(self._operations),
            operation="" if last is None else description_of(last),
            statement=statement,
            untried=untried,
        )

    def _take_snapshot(self, earlier: Snapshot | None = None) -> Snapshot:
        connection = self._sandboxes.connection
        taken = take_snapshot(connection) if earlier is None else take_snapshot(connection, earlier)
        connection.close()
        return taken

    @contextmanager
    def _on_clone(self) -> Iterator[None]:
        with self._sandboxes.switched_to(self._sandboxes.clone("interrupted")):
            yield


def _has_new_keys_only(row: RowDifference) -> bool:
    """Return whether a table has as many rows as it should, only under other keys: inserted again."""
    return row.lost == row.added and not row.changed


def _shows(ended: Comparison, differences: Comparison) -> bool:
    """Return whether ``ended`` has the ``differences``, of rows by their tables."""
    tables = {row.table for row in ended.rows}
    return all(found in ended.schema for found in differences.schema) and all(
        row.table in tables for row in differences.rows
    )
