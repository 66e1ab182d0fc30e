"""Interrupts the steps of a migration that is not atomic, and runs them again.

The result has to equal that of an uninterrupted step: schema, rows and the migration's record. All is done on
clones with typical rows: after each operation, after what one commits on its way, and in each statement that
builds an index concurrently. An operation in Python or SQL that commits once is tried with more rows than a
batch has. The time between the last statement and that record is Django's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import msgspec
from django.db import Error
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Comparison, Direction, Failure, InterruptionTried
from django_switchback.worker.compare.snapshots import Snapshot, difference, take_snapshot
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.result import NO_DIFFERENCE
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.interruption.commits_within import CommitsWithin
from django_switchback.worker.interruption.differences import has_new_keys_only, shows
from django_switchback.worker.interruption.interruption_points import InterruptionPoints
from django_switchback.worker.interruption.lock_timeouts import (
    LOCK_NOT_AVAILABLE,
    concurrent_statements,
    ended_by_lock_timeout,
)
from django_switchback.worker.migrate.interruption import StepInterrupted
from django_switchback.worker.migrate.statements.operation_statements import WRITES, first_word, is_named
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.minimise.delta_debugging import OutOfTime
from django_switchback.worker.minimise.trial_database import trial_time_limit
from django_switchback.worker.project.lost_connections import raise_if_lost
from django_switchback.worker.seed.row_counts import managed_models
from django_switchback.worker.stopwatch import STOPWATCH
from django_switchback.worker.table_names import split_db_table

_ROWS = 3000
"""Rows per table where an operation commits once: more than a usual batch."""
_MAX_COMMITS = 8
"""Commits in Python or SQL."""
_MAX_COMMITS_IN_SCHEMA = 3
"""Commits in Django's own operations: the last ones, since what an earlier operation leaves half done mostly
stops the repeated step after that operation too."""

RepeatableStep: TypeAlias = Callable[[], StepResult]


@STOPWATCH.phase("interruptions")
def record_interruptions(
    context: PartContext, key: MigrationKey, unseeded: Callable[[], UnseededSandbox | None]
) -> None:
    """Log what becomes of the steps of ``key`` if they are interrupted.

    ``unseeded`` returns a sandbox right before the migration. Nothing is done for a migration that is atomic
    or cannot be interrupted.
    """
    migration = context.migrator.node(key)
    if migration.atomic or not migration.operations or context.quiet:
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
        self._operations = tuple(context.migrator.node(key).operations)
        self._points = InterruptionPoints(context.database, migration_name(key), self._operations)
        self._texts: set[str] = set()
        """The statements of operations that write rows and commit once; none if one commits more often."""

    def tried(self, unseeded: UnseededSandbox) -> list[InterruptionTried]:
        """Return the result of the forward step, and of the rollback if the forward step works."""
        state, found = unseeded.state(), list[InterruptionTried | None]()
        after = state.clone()
        with self._sandboxes.switched_to(unseeded.clone("interrupted")):
            self._context.seeder.fill(state.apps, edge=False)
            self._sandboxes.connection.close()
            found.append(
                self._tried(
                    "forward",
                    lambda: self._migrator.apply(state.clone(), self._key, signals=False, origin=state),
                    (state, self._migrator.state_after(state, self._key)),
                )
            )
            if self._migrator.apply(after, self._key, signals=False, origin=state).failure is None:
                found.append(
                    self._tried(
                        "rollback",
                        lambda: self._migrator.unapply(state, self._key, after, signals=False),
                        (after, state),
                    )
                )
        return [record for record in found if record is not None]

    def _tried(
        self, direction: Direction, run: RepeatableStep, states: tuple[ProjectState, ProjectState]
    ) -> InterruptionTried | None:
        """Interrupt a step between two states, with more rows if an operation then commits more often."""
        self._texts = set()
        tried = self._limited(direction, run)
        if not self._texts or (tried is not None and not (tried.is_resumable or tried.is_minor)):
            return tried
        with self._on_clone():
            try:
                self._multiply(*states)
            except Error:  # the copies do not fit
                return tried
            many = self._limited(direction, run, within=True)
        return many if many is not None and (many.untried or not many.is_resumable) else tried

    def _multiply(self, state: ProjectState, new_state: ProjectState) -> None:
        """Copy the rows of the tables that are named in the statements."""
        connection = self._sandboxes.connection
        tables = {
            db_table: model
            for db_table, model in managed_models(state.apps, connection.alias).items()
            if any(is_named(split_db_table(db_table)[1], text) for text in self._texts)
        }
        self._context.seeder.multiply(tables, _ROWS, managed_models(new_state.apps, connection.alias))
        connection.check_constraints()
        connection.close()

    def _limited(
        self, direction: Direction, run: RepeatableStep, *, within: bool = False
    ) -> InterruptionTried | None:
        seconds = self._context.confirmer.timeout
        try:
            with trial_time_limit(self._sandboxes.connection, seconds):
                tried = self._try(direction, run, within=within)
        except OutOfTime:
            return self._points.record(direction, untried=f"did not finish within {seconds:g} s")
        if self._writes_elsewhere:
            return self._points.record(direction, untried="it writes to another database")
        if tried is None or tried.is_resumable or tried.is_minor:
            return tried
        return self._confirmed(tried, run)

    def _try(self, direction: Direction, run: RepeatableStep, *, within: bool) -> InterruptionTried | None:
        """Interrupt the step at each point, up to the first time that it does not end as it should.

        ``None``: it does not work uninterrupted either. Only ``within`` operations, or everywhere.
        """
        before = self._take_snapshot()
        uninterrupted = self._uninterrupted(direction, run, before, within=within)
        if uninterrupted is None:
            return None
        whole, interruptions = uninterrupted
        tried: InterruptionTried | None = None
        noted: InterruptionTried | None = None
        for interruption in interruptions:
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
            if tried.is_resumable:
                continue
            if not tried.is_minor:
                return tried
            noted = noted or tried
        return noted or tried

    def _uninterrupted(
        self, direction: Direction, run: RepeatableStep, before: Snapshot, *, within: bool
    ) -> tuple[Snapshot, list[InterruptionTried]] | None:
        """Return where the step leads, and the points to interrupt it; ``None`` if it does not work."""
        connection, concurrent = self._sandboxes.connection, list[str]()
        commits = CommitsWithin(connection, self._operations)
        if self._context.others is not None:
            self._context.others.begin()
        with self._on_clone():
            with (
                connection.execute_wrapper(concurrent_statements(concurrent, connection)),
                connection.execute_wrapper(commits),
            ):
                if run().failure is not None:
                    return None
            whole = self._take_snapshot(before)
        if self._writes_elsewhere:
            return whole, []
        in_data = commits.found_in_data[:_MAX_COMMITS]
        if within:
            return whole, list(self._points.within(direction, in_data))
        if not in_data and any(first_word(text) in WRITES for text in commits.texts):
            self._texts = commits.texts
        in_schema = commits.found_in_schema[-_MAX_COMMITS_IN_SCHEMA:]
        return whole, [
            *self._points.between(direction),
            *self._points.within(direction, in_data),
            *self._points.ended(direction, concurrent),
            *self._points.within(direction, in_schema, in_schema=True),
        ]

    @property
    def _writes_elsewhere(self) -> bool:
        return self._context.others is not None and self._context.others.written

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
        rows = tuple(row for row in found.rows if not has_new_keys_only(row))
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
                    same = plain.status == 0 and shows(ended, tried.differences)
        return msgspec.structs.replace(tried, confirmed=same, output=plain.output)

    def _interrupt(self, tried: InterruptionTried, run: RepeatableStep) -> bool:
        """Run the step up to where it is to be interrupted; return whether it ended there."""
        if tried.statement:
            connection = self._sandboxes.connection
            with connection.execute_wrapper(ended_by_lock_timeout(tried.statement, connection)):
                failure = run().failure
            return failure is not None and failure.sqlstate == LOCK_NOT_AVAILABLE
        if tried.committed:
            end = CommitsWithin(self._sandboxes.connection, self._operations, self._points.commit(tried))
            with self._sandboxes.connection.execute_wrapper(end):
                run()
            return end.ended
        with self._migrator.interrupted(self._key, self._points.before(tried)):
            failure = run().failure
        return failure is not None and failure.type == StepInterrupted.__qualname__

    def _take_snapshot(self, earlier: Snapshot | None = None) -> Snapshot:
        connection = self._sandboxes.connection
        taken = take_snapshot(connection) if earlier is None else take_snapshot(connection, earlier)
        connection.close()
        return taken

    @contextmanager
    def _on_clone(self) -> Iterator[None]:
        with self._sandboxes.switched_to(self._sandboxes.clone("interrupted")):
            yield
