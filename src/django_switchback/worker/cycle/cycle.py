"""Runs one cycle of a target (apply, roll back, re-apply, with rows present) and returns its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Comparison, Direction, OperationRan, RowDifference, Rows
from django_switchback.scenarios.declaring import ScenarioPoint
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.renames import renamed_tables
from django_switchback.worker.compare.side_effects import apply_side_effects
from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.old_release import StatementAttempt, try_old_release
from django_switchback.worker.cycle.safety_clone import SafetyClone
from django_switchback.worker.migrate.migrator import MigrationKey, StepResult
from django_switchback.worker.seed.interface import NewRows, SeedCoverage

WrittenWhen: TypeAlias = Literal["before", "after"]
"""Whether a row is inserted before the target is applied or after that."""

NO_DIFFERENCE = Comparison()


class Change(NamedTuple):
    """The data operations of one step, and whether the database's contents changed."""

    direction: Direction
    operations: tuple[OperationRan, ...]
    changed: bool


class CycleResult(NamedTuple):
    """The result of one cycle; fields of steps that were not reached are ``None``.

    ``state`` is the database's project state after the cycle, ``None`` if a failed step left a mixture.
    ``failed`` is the step that raised, ``left_by_failure`` the differences that this step left behind.
    """

    state: ProjectState | None
    last: Snapshot
    coverage: SeedCoverage | None = None
    touched: tuple[str, ...] = ()
    unwritten: Mapping[str, str] = {}
    failed: Direction | None = None
    failed_step: StepResult | None = None
    left_by_failure: Comparison | None = None
    restored: Comparison | None = None
    dropped_with_target: tuple[RowDifference, ...] = ()
    reapplied: Comparison | None = None
    attempts: tuple[StatementAttempt, ...] = ()
    row_kind: Rows = "new"
    """The kind of rows requested."""
    rows: int = 0
    """The number of rows before the target, over all tables."""
    changes: tuple[Change, ...] = ()
    """Data operations and their effect, by step; empty without data operations."""

    @property
    def stands_after(self) -> bool:
        """Whether the schema is the one after the target, so that the walk can continue from here."""
        if self.failed == "rollback":
            return self.state is not None
        return self.failed is None and self.reapplied is not None and not self.reapplied.schema

    @property
    def sound(self) -> bool:
        """Whether the cycle shows nothing that a rule could report."""
        return (
            self.restored == NO_DIFFERENCE
            and self.reapplied == NO_DIFFERENCE
            and not any(attempt.failure for attempt in self.attempts)
        )


class Cycle:
    """Runs the cycle of one target on the current sandbox, which has every migration before the target.

    Without ``edge``, no edge rows are seeded before the target, whatever ``rows`` are requested.
    """

    many = True
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
        self._repeats = not edge
        self._many = self.many and context.seeder.makes_many

    def run(self, state: ProjectState, earlier: Snapshot = snapshots.EMPTY_SNAPSHOT) -> CycleResult:
        """Run the cycle from ``state`` (not modified); ``earlier`` is a snapshot to reuse."""
        coverage = self._fill(state)
        before = self._take_snapshot(earlier, rows_only=bool(earlier.schema))
        self._note_rows("before", earlier, before, state)
        rows = sum(len(table.rows) for table in before.rows.values())
        # Rendered once here: the clones of this state share the rendered models.
        state.apps  # noqa: B018
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
        signalled = snapshots.added_keys(applied[-1], after)
        touched = snapshots.changed_tables(before, after, signalled)
        result = self._add_change("forward", before, applied[-1], result)
        result = result._replace(state=after_state, last=after, touched=touched)
        return self._roll_back(state, after_state, before, signalled, result)

    def _roll_back(
        self,
        state: ProjectState,
        after_state: ProjectState,
        before: Snapshot,
        signalled: Keys,
        result: CycleResult,
    ) -> CycleResult:
        """Insert new rows, roll back, and compare with the snapshot before the target."""
        after = result.last
        written = self._write_new(after_state, state, result.touched)
        loaded = self._take_snapshot(after, rows_only=True)
        self._note_rows("after", after, loaded, after_state)
        # Keys as the database returns them: a key read back through a model may be formatted differently.
        fresh = snapshots.added_keys(after, loaded)
        connection = self._context.sandboxes.connection
        loaded = snapshots.with_values_of(connection, loaded, fresh)
        result = self._step(
            "rollback",
            lambda: self._migrator.unapply(state, self._key, after_state, signals=self.signals),
            result._replace(last=loaded, unwritten=written.unwritten),
        )
        if result.failed:
            return result
        renamed = renamed_tables(before.rows, after.rows)
        restored = snapshots.with_values_of(connection, self._take_snapshot(loaded), fresh, renamed)
        result = self._add_change("rollback", loaded, restored, result)
        before, after = apply_side_effects(before, after, loaded), apply_side_effects(after, after, loaded)
        restored_difference = snapshots.rollback_difference(
            before, after, loaded, restored, written=fresh, signalled=signalled
        )
        result = result._replace(
            state=state,
            last=restored,
            restored=restored_difference,
            dropped_with_target=snapshots.dropped_with_target(before, after, loaded, restored),
            attempts=self._try_old_release(
                state, tuple({*result.touched, *snapshots.differing_tables(restored_difference)})
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
        again_state = state.clone()
        result = self._step(
            "reapply",
            lambda: self._migrator.apply(
                again_state, self._key, signals=self.signals, origin=state, state_after=after_state
            ),
            result,
        )
        if result.failed:
            return result
        again = self._take_snapshot(result.last)
        result = self._add_change("reapply", result.last, again, result)
        self._run_scenarios("reapplied", after_state)
        return result._replace(
            state=after_state, last=again, reapplied=snapshots.reapply_difference(after, again, bounds=before)
        )

    def _add_change(
        self, direction: Direction, earlier: Snapshot, later: Snapshot, result: CycleResult
    ) -> CycleResult:
        """Return ``result`` with the effect of the step's data operations between two snapshots added."""
        if self._trial or result.failed_step is None or not self._migrator.has_data(self._key):
            return result
        change = Change(direction, result.failed_step.operations, snapshots.changed(earlier, later))
        return result._replace(changes=(*result.changes, change))

    def _note_rows(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        """Record the rows inserted since ``earlier``; a hook for trials, without effect here."""

    def _fill(self, state: ProjectState) -> SeedCoverage | None:
        if self._rows == "none":
            return None
        return self._run_before_scenarios(state, self._fill_and_record(state))

    def _fill_and_record(self, state: ProjectState) -> SeedCoverage:
        return self._context.seeder.fill(state.apps, edge=self._edge, many=self._many, beyond=True)

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
            context.log.add(*(msgspec.structs.replace(record, without_edge=self._repeats) for record in ran))

    def _write_new(self, state: ProjectState, before: ProjectState, touched: tuple[str, ...]) -> NewRows:
        if self._rows != "new":
            return NewRows()
        self._run_scenarios("after", state)
        if not touched:
            return NewRows()
        return self._context.seeder.write_new(state.apps, touched, before.apps)

    def _try_old_release(self, state: ProjectState, touched: tuple[str, ...]) -> tuple[StatementAttempt, ...]:
        context = self._context
        return try_old_release(context.sandboxes.connection, state.apps, touched, context.seeder)

    def _take_snapshot(self, earlier: Snapshot, *, rows_only: bool = False) -> Snapshot:
        """Take a snapshot; ``rows_only`` if nothing since ``earlier`` can have changed the schema."""
        return snapshots.take_snapshot(
            self._context.sandboxes.connection, earlier, rows_only=rows_only, bulk=self._many
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
            without_edge=self._repeats,
        )
        if step_result.failure is None:
            safety.drop()
            return result._replace(failed_step=step_result)
        leftovers = snapshots.difference(result.last, self._take_snapshot(result.last))
        restorable = safety.restore() or leftovers == NO_DIFFERENCE
        if restorable and not self._trial:
            self._context.confirm(self._key, "cycle", direction, step_result, without_edge=self._repeats)
        return result._replace(
            failed=direction,
            failed_step=step_result,
            left_by_failure=leftovers,
            state=result.state if restorable else None,
        )
