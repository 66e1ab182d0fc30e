"""Runs one cycle of a target (apply, roll back, re-apply, with rows present) and returns its result."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db.migrations.state import ProjectState

from django_switchback.evidence import Comparison, Direction, Rows
from django_switchback.scenarios.declaring import ScenarioPoint
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.cycle_differences import (
    cycle_reapply_difference,
    cycle_rollback_difference,
)
from django_switchback.worker.compare.generic_references import model_tables
from django_switchback.worker.compare.inserted_rows import inserted_keys
from django_switchback.worker.compare.renames import renamed_tables, with_old_names
from django_switchback.worker.compare.side_effects import apply_side_effects
from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.deploy_window import DeployWindow
from django_switchback.worker.cycle.interface import StepMeter
from django_switchback.worker.cycle.receiver_writes import SignalObserver
from django_switchback.worker.cycle.removed_indexes import removed_unique_indexes
from django_switchback.worker.cycle.result import Change, CycleResult
from django_switchback.worker.cycle.rows import CycleRows, SeededCycleRows, TargetChanges, run_scenarios
from django_switchback.worker.cycle.scope import CycleScope
from django_switchback.worker.cycle.steps import CycleSteps, SafeSteps
from django_switchback.worker.migrate.project_state.rendering import render_models
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.release.new_release import ForwardStep, try_new_release
from django_switchback.worker.release.old_release import OldRelease
from django_switchback.worker.release.release_statements import try_release
from django_switchback.worker.release.table_trial import StatementAttempt
from django_switchback.worker.stopwatch import STOPWATCH


class Cycle:
    """Runs the cycle of one target on the current sandbox, which has every migration before the target.

    ``rows`` inserts the rows, ``steps`` runs the three steps, ``scope`` says what else is done.
    Without ``edge``, scenarios are logged as part of a repeat without edge rows.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        rows: CycleRows,
        steps: CycleSteps,
        scope: CycleScope,
        *,
        kind: Rows = "new",
        edge: bool = True,
        meter: StepMeter | None = None,
    ) -> None:
        self._context = context
        self._migrator = context.migrator
        self._key = key
        self._rows = rows
        self._steps = steps
        self._scope = scope
        self._kind: Rows = kind
        self._edge = edge
        self._meter = meter
        self._observer = SignalObserver(self._take_snapshot, context.control, snapshots.EMPTY_SNAPSHOT)

    @classmethod
    def seeded(
        cls,
        context: PartContext,
        key: MigrationKey,
        kind: Rows = "new",
        *,
        edge: bool = True,
        many: bool = True,
        trial: bool = False,
        deploy_window: bool = False,
        meter: StepMeter | None = None,
    ) -> Cycle:
        """Return the cycle with rows of the seeder; a ``trial`` is not evidence, and runs no checks."""
        rows = SeededCycleRows(context, key, kind, edge=edge, many=many, recorded=not trial)
        steps = SafeSteps(context, key, kind, edge=edge, many=rows.many, trial=trial)
        scope = CycleScope(checks=not trial, deploy_window=deploy_window and context.deploy_window)
        return cls(context, key, rows, steps, scope, kind=kind, edge=edge, meter=meter)

    def run(self, state: ProjectState, earlier: Snapshot = snapshots.EMPTY_SNAPSHOT) -> CycleResult:
        """Run the cycle from ``state`` (not modified); ``earlier`` is a snapshot to reuse."""
        if self._context.others is not None:
            self._context.others.begin()
        coverage = self._rows.insert_old(state)
        self._context.control.keep("before", state)
        before = self._take_snapshot(earlier, rows_only=bool(earlier.schema))
        self._rows.note("before", earlier, before, state)
        rows = sum(len(table.rows) for table in before.rows.values())
        # Rendered once here: the clones of this state share the rendered models.
        render_models(state)
        after_state = state.clone()
        applied: list[Snapshot] = []
        self._observer = SignalObserver(self._take_snapshot, self._context.control, before)
        result = self._run_step(
            "forward",
            lambda: self._migrator.apply(
                after_state,
                self._key,
                lambda: applied.append(self._take_snapshot(before)),
                signals=self._scope.signals,
                origin=state,
            ),
            CycleResult(state, before, coverage, row_kind=self._kind, rows=rows),
        )
        if result.failed:
            return result
        after = self._take_snapshot(
            applied[-1], rows_only=not self._scope.signals or self._migrator.signals.schema_unchanged
        )
        keys_added_by_signals = self._observer.added_keys(applied[-1], after)
        changed_tables = snapshots.changed_tables(
            before, self._observer.leave_out_all(after, before), keys_added_by_signals
        )
        result = self._add_change("forward", before, applied[-1], result)
        step = ForwardStep(
            self._migrator.node(self._key), (state, after_state), (before.schema, applied[-1].schema)
        )
        result = result._replace(
            state=after_state,
            latest_snapshot=after,
            changed_tables=changed_tables,
            inserted=inserted_keys(before, applied[-1]) if self._migrator.has_data(self._key) else {},
            renamed=renamed_tables(before.rows, after.rows),
            new_attempts=self._try_new_release(step, changed_tables),
            deploy_window=self._open_deploy_window(step, changed_tables),
        )
        return self._roll_back(state, after_state, before, keys_added_by_signals, result)

    def _roll_back(
        self,
        state: ProjectState,
        after_state: ProjectState,
        before: Snapshot,
        keys_added_by_signals: Keys,
        result: CycleResult,
    ) -> CycleResult:
        """Insert new rows, roll back, and compare with the snapshot before the target."""
        after, connection = result.latest_snapshot, self._context.sandboxes.connection
        removed = removed_unique_indexes(before.schema, after.schema, connection.vendor)
        changes = TargetChanges(result.changed_tables, result.inserted, removed)
        written = self._rows.insert_new(after_state, state, changes)
        self._context.control.keep("after", after_state)
        with_new_rows = self._take_snapshot(after, rows_only=True)
        self._rows.note("after", after, with_new_rows, after_state)
        # Keys as the database returns them: a key read back through a model may be formatted differently.
        new_keys = snapshots.added_keys(after, with_new_rows)
        with_new_rows = snapshots.with_values_of(connection, with_new_rows, new_keys)
        if result.deploy_window is not None:
            result = result._replace(deploy_window=result.deploy_window.with_new_rows())
        if self._meter is not None:
            work = self._meter.rollback(state, after_state, result.changed_tables)
            result = result._replace(work=work)
        result = self._run_step(
            "rollback",
            lambda: self._migrator.unapply(state, self._key, after_state, signals=self._scope.signals),
            result._replace(latest_snapshot=with_new_rows, tables_without_new_rows=written.unwritten),
        )
        if result.failed:
            return result
        after_rollback = snapshots.with_values_of(
            connection, self._take_snapshot(with_new_rows), new_keys, result.renamed
        )
        result = self._add_change("rollback", with_new_rows, after_rollback, result)
        rollback_difference = self._observer.compare(
            partial(
                cycle_rollback_difference,
                before,
                after,
                with_new_rows,
                tables_of=model_tables((state, after_state)),
                written=new_keys,
                signalled=keys_added_by_signals,
            ),
            after_rollback,
            apply_side_effects(before, after, with_new_rows),
            with_new_rows._replace(rows=with_old_names(with_new_rows.rows, result.renamed)),
        )
        after = apply_side_effects(after, after, with_new_rows)
        result = result._replace(
            state=state,
            latest_snapshot=after_rollback,
            rollback_difference=self._with_other_databases(rollback_difference),
            dropped_with_target=snapshots.dropped_with_target(before, after, with_new_rows, after_rollback),
            attempts=self._try_old_release(
                state, tuple({*result.changed_tables, *snapshots.differing_tables(rollback_difference)})
            ),
        )
        if result.deploy_window is not None and not rollback_difference.schema:
            result = result._replace(deploy_window=result.deploy_window.with_control())
        if self._meter is not None and not rollback_difference.schema:
            work = self._meter.forward(state, after_state, result.changed_tables)
            result = result._replace(work=(*work, *result.work))
        self._run_checks("restored", state)
        if not self._scope.reapply:
            return result
        return self._reapply(state, after_state, before, after, with_new_rows, result)

    def _reapply(
        self,
        state: ProjectState,
        after_state: ProjectState,
        before: Snapshot,
        after: Snapshot,
        loaded: Snapshot,
        result: CycleResult,
    ) -> CycleResult:
        """Re-apply the target and compare schema and old rows with those after the first application."""
        reapplied_state = state.clone()
        result = self._run_step(
            "reapply",
            lambda: self._migrator.apply(
                reapplied_state, self._key, signals=self._scope.signals, origin=state, state_after=after_state
            ),
            result,
        )
        if result.failed:
            return result
        restored = result.latest_snapshot
        after_reapply = self._take_snapshot(restored)
        result = self._add_change("reapply", restored, after_reapply, result)
        self._run_checks("reapplied", after_state)
        tables = model_tables((state, after_state))
        return result._replace(
            state=after_state,
            latest_snapshot=after_reapply,
            reapply_difference=self._observer.compare(
                partial(cycle_reapply_difference, before, after, loaded, tables_of=tables),
                after_reapply,
                after,
            ),
        )

    def _with_other_databases(self, comparison: Comparison) -> Comparison:
        """Return ``comparison`` with what the target left in the databases of other aliases."""
        others = self._context.others
        return comparison if others is None or not self._scope.snapshots else others.added_to(comparison)

    def _run_step(
        self, direction: Direction, action: Callable[[], StepResult], result: CycleResult
    ) -> CycleResult:
        with self._observer.observed_step(self._migrator.signals):
            return self._steps.run(
                direction, lambda: self._without_receiver_failure(action()), result, self._observer
            )

    def _without_receiver_failure(self, result: StepResult) -> StepResult:
        """Return ``result`` without the failure of a receiver that also raises if there is nothing to do."""
        return result.without_failure_of(self._context.control.raised()) if result.receiver else result

    def _add_change(
        self, direction: Direction, earlier: Snapshot, later: Snapshot, result: CycleResult
    ) -> CycleResult:
        """Return ``result`` with the effect of the step's data operations between two snapshots added."""
        is_recorded = self._scope.checks and self._migrator.has_data(self._key)
        if result.last_step is None or not is_recorded:
            return result
        changed = snapshots.changed(*self._observer.without_signals(earlier, later))
        changed = changed or (self._context.others is not None and self._context.others.written)
        change = Change(direction, result.last_step.operations, changed)
        return result._replace(changes=(*result.changes, change))

    def _run_checks(self, at: ScenarioPoint, state: ProjectState) -> None:
        if self._scope.checks:
            run_scenarios(self._context, self._key, at, state, recorded=True, without_edge=not self._edge)

    @STOPWATCH.activity("statements")
    def _try_new_release(self, step: ForwardStep, tables: tuple[str, ...]) -> tuple[StatementAttempt, ...]:
        if not self._scope.statements:
            return ()
        return try_new_release(self._context.sandboxes.connection, step, tables, self._context.seeder)

    def _open_deploy_window(self, step: ForwardStep, tables: tuple[str, ...]) -> DeployWindow | None:
        if not self._scope.deploy_window:
            return None
        context = self._context
        return DeployWindow.opened(OldRelease(context.sandboxes.connection, step, tables, context.seeder))

    @STOPWATCH.activity("statements")
    def _try_old_release(self, state: ProjectState, tables: tuple[str, ...]) -> tuple[StatementAttempt, ...]:
        if not self._scope.statements:
            return ()
        context = self._context
        return try_release(context.sandboxes.connection, state.apps, tables, context.seeder)

    def _take_snapshot(self, earlier: Snapshot, *, rows_only: bool = False) -> Snapshot:
        """Take a snapshot; ``rows_only`` if nothing since ``earlier`` can have changed the schema."""
        if not self._scope.snapshots:
            return snapshots.EMPTY_SNAPSHOT
        return snapshots.take_snapshot(
            self._context.sandboxes.connection, earlier, rows_only=rows_only, bulk=self._rows.many
        )
