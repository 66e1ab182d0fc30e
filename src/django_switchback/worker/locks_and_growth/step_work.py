"""Measures the work of a step on PostgreSQL with more rows, twice, and leaves the database as it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import msgspec
from django.apps.registry import Apps
from django.db import Error
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Direction, StatementWork, WorkMeasured
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.locks_and_growth.server_counters import count_other_rows
from django_switchback.worker.locks_and_growth.statement_observer import StatementObserver
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.statements.operation_statements import first_word
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.minimise.delta_debugging import OutOfTime
from django_switchback.worker.minimise.rolled_back_transaction import NotRolledBack, rolled_back
from django_switchback.worker.minimise.trial_database import trial_time_limit
from django_switchback.worker.seed.row_counts import count_rows, managed_models, models_by_snapshot_name

SIZES = (300, 600)
"""Rows per table: few, since counted work grows exactly; enough for the planner to use indexes."""
SIZES_OF_BATCHES = (3000, 6000)
"""Rows per table where a data migration commits on its way: more than a usual batch."""

_READING = "AccessShareLock"
_OBJECT_IN_USE = "55006"
"""The SQLSTATE of a statement that is refused since its table has pending trigger events."""

_QUERIES = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "COPY", "DO"}

_SHARE_OF_TIMEOUT = 0.25
"""The part of a step's time limit that it may take to measure it; then it is not judged."""


class _Step(NamedTuple):
    """A step to measure: ``apps`` are the models that it begins with, ``new_apps`` those that it leads to."""

    direction: Direction
    apps: Apps
    new_apps: Apps
    run: Callable[[Migrator], StepResult]


class ServerMeter:
    """Measures the steps of ``key``, on PostgreSQL only: the counters of its server are what is judged."""

    def __init__(self, context: PartContext, key: MigrationKey) -> None:
        self._context = context
        self._key = key
        self._atomic = bool(context.migrator.node(key).atomic)
        self._on_clones = not self._atomic
        self._out_of_time = False

    @property
    def active(self) -> bool:
        """Whether steps are measured."""
        return self._context.deploy_window and self._context.sandboxes.connection.vendor == "postgresql"

    def measures(self, tables: Collection[str]) -> bool:
        """Return whether a step that changes ``tables`` is measured; without them, only if it moves data."""
        return self.active and bool(tables or self._context.migrator.has_data(self._key))

    def forward(
        self, state: ProjectState, after_state: ProjectState, tables: Collection[str]
    ) -> tuple[WorkMeasured, ...]:
        """Measure the step from ``state`` to ``after_state``.

        ``tables`` are those that it changes, named as in snapshots. The states are not changed.
        """
        return self._measure(self._forward_step(state, after_state), tables)

    def _forward_step(self, state: ProjectState, after_state: ProjectState) -> _Step:
        return _Step(
            "forward",
            state.apps,
            after_state.apps,
            lambda migrator: migrator.apply(state.clone(), self._key, signals=False, origin=state),
        )

    def rollback(
        self, state: ProjectState, after_state: ProjectState, tables: Collection[str]
    ) -> tuple[WorkMeasured, ...]:
        """Measure the rollback from ``after_state`` to ``state``; see :meth:`forward`."""
        return self._measure(self._rollback_step(state, after_state), tables)

    def _rollback_step(self, state: ProjectState, after_state: ProjectState) -> _Step:
        return _Step(
            "rollback",
            after_state.apps,
            state.apps,
            lambda migrator: migrator.unapply(state, self._key, after_state, signals=False),
        )

    def on_clone(
        self, unseeded: UnseededSandbox, tables: Collection[str], directions: Collection[Direction]
    ) -> tuple[WorkMeasured, ...]:
        """Measure steps on a clone of ``unseeded``, which is right before the target, with typical rows.

        They meet the constraints of the models that it leads to as well, so that they do not stop it. A
        rollback is measured with these rows alone, none of the new release; one that they stop is left out.
        Without ``tables``, those of the migration's app take their place.
        """
        with self._context.sandboxes.switched_to(unseeded.clone("work")):
            state = unseeded.state()
            after_state = self._context.migrator.state_after(state, self._key)
            self._context.seeder.with_constraints_of(after_state.apps).fill(state.apps, edge=False)
            forward = self._forward_step(state, after_state)
            measured = self._with_copies_or_alone(forward, tables) if "forward" in directions else ()
            if "rollback" not in directions or any(work.unmeasured for work in measured):
                return measured
            applied = self._run(forward, self._context.migrator)
            if applied.failure is None:
                back = self._with_copies_or_alone(self._rollback_step(state, after_state), tables)
                measured += tuple(work for work in back if not work.unmeasured)
            return measured

    def _with_copies_or_alone(self, step: _Step, tables: Collection[str]) -> tuple[WorkMeasured, ...]:
        """Measure a step; with the rows alone where copies of them stop it.

        What changes the schema reads all of the rows, or none.
        """
        names = models_by_snapshot_name(step.apps, self._context.sandboxes.connection)
        own = {name for name, model in names.items() if model._meta.app_label == self._key[0]}
        measured = self._measure(step, tables or own)
        if measured and measured[0].unmeasured and not self._out_of_time:
            alone = self._with_rows(step, tables or own, 0)
            if not alone.unmeasured:
                measured = (_without_moved_rows(alone, measured[0].unmeasured),)
        return measured

    def _measure(self, step: _Step, tables: Collection[str]) -> tuple[WorkMeasured, ...]:
        """Measure a step on the current sandbox with few rows.

        A data migration that commits on its way, and writes all of them at once, is measured again with more
        rows than a batch holds.
        """
        if not self.measures(tables):
            return ()
        measured = self._with_two_numbers(step, tables, SIZES)
        if self._atomic or not any(map(_writes_every_row, measured)):
            return measured
        return self._with_two_numbers(step, tables, SIZES_OF_BATCHES)

    def _with_two_numbers(
        self, step: _Step, tables: Collection[str], sizes: tuple[int, int]
    ) -> tuple[WorkMeasured, ...]:
        """Measure a step; twice, with two numbers of rows, if its work may grow.

        The first time once more where a data operation reads tables that were not given more rows.
        """
        few, many = sizes
        work = self._with_rows(step, tables, few)
        others = _read_by_data(work) & work.rows.keys() - set(tables)
        if others:
            tables = {*tables, *others}
            work = self._with_rows(step, tables, few)
        full = all(work.rows.get(table, many) >= many for table in tables)
        if work.unmeasured or not _may_grow(work) or full:
            return (work,)
        return work, self._with_rows(step, tables, many)

    def _with_rows(self, step: _Step, tables: Collection[str], rows: int) -> WorkMeasured:
        """Run a step with ``rows`` in each of ``tables``, and undo it.

        An update of a row queues checks of its foreign keys if the same transaction has inserted the row, and
        until they are done its table cannot be altered. A step that meets this is run on committed rows.
        """
        connection = self._context.sandboxes.connection
        observer = StatementObserver(connection, within_transaction=not self._on_clones)
        counts: dict[str, int] = {}
        works: tuple[StatementWork, ...] = ()
        unmeasured = ""
        seconds = self._context.confirmer.timeout * _SHARE_OF_TIMEOUT
        try:
            with trial_time_limit(connection, seconds), self._isolated() as migrator:
                counts = self._multiply(step, tables, rows)
                with observer.observing():
                    result = self._run(step, migrator)
                if not self._on_clones and result.failure and result.failure.sqlstate == _OBJECT_IN_USE:
                    self._on_clones = True
                elif result.failure is not None:
                    unmeasured = f"with {rows} rows, {result.failure.type}: {result.failure.message}"
                else:
                    works = observer.works()
        except OutOfTime:
            self._out_of_time = True
            unmeasured = f"with {rows} rows, did not finish within {seconds:g} s"
        except NotRolledBack:
            unmeasured = "it ends its transaction"
        except Error as error:
            unmeasured = f"with {rows} rows, {type(error).__name__}: {error}"
        if self._on_clones and observer.within_transaction:
            return self._with_rows(step, tables, rows)
        concerned = {*tables}.union(
            *(counts for work in works for counts in (work.locks, work.read, work.written))
        )
        return WorkMeasured(
            database=self._context.database,
            migration=migration_name(self._key),
            direction=step.direction,
            rows={table: count for table, count in counts.items() if table in concerned},
            statements=works,
            unmeasured=unmeasured,
        )

    def _run(self, step: _Step, migrator: Migrator) -> StepResult:
        return self._context.run_step(
            self._key,
            "cycle",
            step.direction,
            lambda: step.run(migrator),
            rows="new",
            trial=True,
            measured=True,
        )

    def _multiply(self, step: _Step, tables: Collection[str], rows: int) -> dict[str, int]:
        """Copy the rows of ``tables`` up to ``rows`` each; return the rows of all tables, counted so far.

        They differ in what the models that the step leads to hold to be unique. In the other tables, the rows
        that are there show whether a step reads all: the server counts exactly.
        """
        connection = self._context.sandboxes.connection
        models = models_by_snapshot_name(step.apps, connection)
        chosen = {models[name]._meta.db_table: models[name] for name in tables if name in models}
        self._context.seeder.multiply(chosen, rows, managed_models(step.new_apps, connection.alias))
        connection.check_constraints()
        counted = count_rows(step.apps, connection, limit=SIZES_OF_BATCHES[-1]).rows
        present = ((name, model._meta.db_table) for name, model in models.items())
        known = {name: counted[table] for name, table in present if table in counted}
        return known | count_other_rows(connection, models, SIZES_OF_BATCHES[-1])

    @contextmanager
    def _isolated(self) -> Iterator[Migrator]:
        """Undo the block: by a rollback, or on a clone if it commits; in other databases always on clones."""
        others = self._context.others
        with nullcontext() if others is None else others.apart(), self._undone() as migrator:
            yield migrator

    @contextmanager
    def _undone(self) -> Iterator[Migrator]:
        context = self._context
        if not self._on_clones:
            with rolled_back(context.sandboxes.connection):
                yield context.migrator.in_transaction()
            return
        with context.sandboxes.switched_to(context.sandboxes.clone("work")):
            context.sandboxes.connection.ensure_connection()
            yield context.migrator


def _without_moved_rows(work: WorkMeasured, reason: str) -> WorkMeasured:
    """Return ``work`` without what queries read and wrote: of a few rows, they may need them all."""
    statements = tuple(
        msgspec.structs.replace(statement, read={}, written={})
        if first_word(statement.sql) in _QUERIES
        else statement
        for statement in work.statements
    )
    without_rows = reason if statements != work.statements else ""
    return msgspec.structs.replace(work, statements=statements, without_rows=without_rows)


def _may_grow(work: WorkMeasured) -> bool:
    """Return whether a statement rewrote a table, or read or wrote at least half as many rows as one has."""
    return any(
        statement.rewritten or _reaches_half(statement.read, work) or _reaches_half(statement.written, work)
        for statement in work.statements
    )


def _writes_every_row(work: WorkMeasured) -> bool:
    """Return whether a data operation wrote at least half the rows of a table in one transaction."""
    return any(statement.data and _reaches_half(statement.written, work) for statement in work.statements)


def _reaches_half(counts: Mapping[str, int], work: WorkMeasured) -> bool:
    return any(2 * number >= work.rows.get(table, 1) for table, number in counts.items())


def _read_by_data(work: WorkMeasured) -> set[str]:
    """Return the tables that data operations read, or may read later through a cursor of the server."""
    return {
        table
        for statement in work.statements
        if statement.data
        for table in (*statement.read, *(name for name, mode in statement.locks.items() if mode == _READING))
    }
