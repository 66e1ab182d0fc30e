"""Runs one cycle of a target (apply, roll back, re-apply, with rows present) and returns its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Direction, Rows
from django_switchback.scenarios.declaring import ScenarioPoint
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.renames import renamed_tables
from django_switchback.worker.compare.side_effects import apply_side_effects
from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.old_release import StatementAttempt, try_old_release
from django_switchback.worker.cycle.result import NO_DIFFERENCE, Change, CycleResult
from django_switchback.worker.cycle.safety_clone import SafetyClone
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.seed.interface import NewRows, SeedCoverage

WrittenWhen: TypeAlias = Literal["before", "after"]
"""Whether a row is inserted before or after the target is applied."""


class Cycle:
    """Runs the cycle of one target on the current sandbox, which has every migration before the target.

    Without ``edge``, no edge rows (see :data:`Rows`) are seeded before the target, whatever ``rows`` are
    requested.
    """

    multiply_rows = True
    """Whether tables get as many rows as ``--rows`` requests; trials of the minimiser use few."""
    signals = True
    """Whether each step sends ``pre_migrate`` and ``post_migrate`` as the command does."""

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        *,
        rows: Rows = "new",
        edge: bool = True,
        trial: bool = False,
    ) -> None:
        self._context = context
        self._migrator = context.migrator
        self._key = key
        self._rows: Rows = rows
        self._edge = edge and rows != "typical"
        self._trial = trial
        self._without_edge = not edge
        self._multiply_rows = self.multiply_rows and context.seeder.makes_many

    def run(self, state: ProjectState, earlier: Snapshot = snapshots.EMPTY_SNAPSHOT) -> CycleResult:
        """Run the cycle from ``state`` (not modified); ``earlier`` is a snapshot to reuse."""
        coverage = self._fill(state)
        before = self._take_snapshot(earlier, rows_only=bool(earlier.schema))
        self._note_rows("before", earlier, before, state)
        rows = sum(len(table.rows) for table in before.rows.values())
        # Rendered once here: the clones of this state share the rendered models.
        state.apps  # noqa: B018  renders the models
        after_state = state.clone()
        applied: list[Snapshot] = []
        result = self._step(
            "forward",
            lambda: self._migrator.apply(
                after_state,
                self._key,
                lambda: applied.append(self._take_snapshot(before)),
                signals=self.signals,
                origin=state,
            ),
            CycleResult(state, before, coverage, row_kind=self._rows, rows=rows),
        )
        if result.failed:
            return result
        after = self._take_snapshot(
            applied[-1], rows_only=not self.signals or self._migrator.signals.schema_unchanged
        )
        keys_added_by_signals = snapshots.added_keys(applied[-1], after)
        changed_tables = snapshots.changed_tables(before, after, keys_added_by_signals)
        result = self._add_change("forward", before, applied[-1], result)
        result = result._replace(state=after_state, latest_snapshot=after, changed_tables=changed_tables)
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
        after = result.latest_snapshot
        written = self._write_new(after_state, state, result.changed_tables)
        with_new_rows = self._take_snapshot(after, rows_only=True)
        self._note_rows("after", after, with_new_rows, after_state)
        # Keys as the database returns them: a key read back through a model may be formatted differently.
        new_keys = snapshots.added_keys(after, with_new_rows)
        connection = self._context.sandboxes.connection
        with_new_rows = snapshots.with_values_of(connection, with_new_rows, new_keys)
        result = self._step(
            "rollback",
            lambda: self._migrator.unapply(state, self._key, after_state, signals=self.signals),
            result._replace(latest_snapshot=with_new_rows, tables_without_new_rows=written.unwritten),
        )
        if result.failed:
            return result
        renamed = renamed_tables(before.rows, after.rows)
        after_rollback = snapshots.with_values_of(
            connection, self._take_snapshot(with_new_rows), new_keys, renamed
        )
        result = self._add_change("rollback", with_new_rows, after_rollback, result)
        before, after = (
            apply_side_effects(before, after, with_new_rows),
            apply_side_effects(after, after, with_new_rows),
        )
        rollback_difference = snapshots.rollback_difference(
            before,
            after,
            with_new_rows,
            after_rollback,
            written=new_keys,
            signalled=keys_added_by_signals,
        )
        result = result._replace(
            state=state,
            latest_snapshot=after_rollback,
            rollback_difference=rollback_difference,
            dropped_with_target=snapshots.dropped_with_target(before, after, with_new_rows, after_rollback),
            attempts=self._try_old_release(
                state, tuple({*result.changed_tables, *snapshots.differing_tables(rollback_difference)})
            ),
        )
        self._run_scenarios("restored", state)
        return self._reapply(state, after_state, before, after, result)

    def _reapply(
        self,
        state: ProjectState,
        after_state: ProjectState,
        before: Snapshot,
        after: Snapshot,
        result: CycleResult,
    ) -> CycleResult:
        """Re-apply the target and compare schema and old rows with those after the first application."""
        reapplied_state = state.clone()
        result = self._step(
            "reapply",
            lambda: self._migrator.apply(
                reapplied_state, self._key, signals=self.signals, origin=state, state_after=after_state
            ),
            result,
        )
        if result.failed:
            return result
        after_reapply = self._take_snapshot(result.latest_snapshot)
        result = self._add_change("reapply", result.latest_snapshot, after_reapply, result)
        self._run_scenarios("reapplied", after_state)
        return result._replace(
            state=after_state,
            latest_snapshot=after_reapply,
            reapply_difference=snapshots.reapply_difference(after, after_reapply, bounds=before),
        )

    def _add_change(
        self, direction: Direction, earlier: Snapshot, later: Snapshot, result: CycleResult
    ) -> CycleResult:
        """Return ``result`` with the effect of the step's data operations between two snapshots added."""
        if self._trial or result.last_step is None or not self._migrator.has_data(self._key):
            return result
        change = Change(direction, result.last_step.operations, snapshots.changed(earlier, later))
        return result._replace(changes=(*result.changes, change))

    def _note_rows(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        """Record the rows inserted since ``earlier``; a hook for trials, without effect here."""

    def _fill(self, state: ProjectState) -> SeedCoverage | None:
        if self._rows == "none":
            return None
        return self._run_before_scenarios(state, self._fill_and_record(state))

    def _fill_and_record(self, state: ProjectState) -> SeedCoverage:
        return self._context.seeder.fill(
            state.apps, edge=self._edge, many=self._multiply_rows, include_unmanaged=True
        )

    def _run_before_scenarios(self, state: ProjectState, coverage: SeedCoverage) -> SeedCoverage:
        """Run the project's ``before`` scenarios, then seed again: they may have filled an empty table."""
        if not self._context.scenarios.has("before", self._key):
            return coverage
        self._run_scenarios("before", state)
        return self._fill_and_record(state)

    def _run_scenarios(self, at: ScenarioPoint, state: ProjectState) -> None:
        """Run the project's scenarios ``at`` a point of the cycle; trials skip checks and record nothing."""
        if self._trial and at in {"restored", "reapplied"}:
            return
        context = self._context
        ran = context.scenarios.run(at, self._key, state.apps, context.sandboxes.connection, context.database)
        if ran and not self._trial:
            context.log.add(
                *(msgspec.structs.replace(record, without_edge=self._without_edge) for record in ran)
            )

    def _write_new(self, state: ProjectState, before: ProjectState, tables: tuple[str, ...]) -> NewRows:
        if self._rows != "new":
            return NewRows()
        self._run_scenarios("after", state)
        if not tables:
            return NewRows()
        return self._context.seeder.write_new(state.apps, tables, before.apps)

    def _try_old_release(self, state: ProjectState, tables: tuple[str, ...]) -> tuple[StatementAttempt, ...]:
        context = self._context
        return try_old_release(context.sandboxes.connection, state.apps, tables, context.seeder)

    def _take_snapshot(self, earlier: Snapshot, *, rows_only: bool = False) -> Snapshot:
        """Take a snapshot; ``rows_only`` if nothing since ``earlier`` can have changed the schema."""
        return snapshots.take_snapshot(
            self._context.sandboxes.connection, earlier, rows_only=rows_only, bulk=self._multiply_rows
        )

    def _rows_present(self, direction: Direction) -> Rows:
        """Return the kind of rows recorded for a step: new rows do not exist yet in the forward step."""
        return "typical" if direction == "forward" and not self._edge else self._rows

    def _step(
        self, direction: Direction, action: Callable[[], StepResult], result: CycleResult
    ) -> CycleResult:
        """Run one step; after a failure, record leftover differences and restore the database if possible.

        A safety clone exists only for a non-atomic migration.
        """
        safety = SafetyClone(self._context, self._key)
        step_result = self._context.run_step(
            self._key,
            "cycle",
            direction,
            action,
            rows=self._rows_present(direction),
            trial=self._trial,
            without_edge=self._without_edge,
        )
        if step_result.failure is None:
            safety.drop()
            return result._replace(last_step=step_result)
        leftovers = snapshots.difference(result.latest_snapshot, self._take_snapshot(result.latest_snapshot))
        restorable = safety.restore() or leftovers == NO_DIFFERENCE
        if restorable and not self._trial:
            self._context.confirm(self._key, "cycle", direction, step_result, without_edge=self._without_edge)
        return result._replace(
            failed=direction,
            last_step=step_result,
            left_by_failure=leftovers,
            state=result.state if restorable else None,
        )
