"""One cycle: apply, roll back, apply again, with rows on board, and what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Comparison, Direction, OperationRan, RowDifference, Rows
from django_switchback.scenarios.declaring import ScenarioPoint as ScenarioMoment
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.renames import renamed_tables
from django_switchback.worker.compare.side_effects import apply_side_effects
from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.old_release import StatementAttempt, try_old_release
from django_switchback.worker.migrate.migrator import MigrationKey, StepResult
from django_switchback.worker.seed.interface import NewRows, SeedCoverage

WrittenWhen: TypeAlias = Literal["before", "after"]
"""Whether a row is there before the target is applied, or is written after that."""

NO_DIFFERENCE = Comparison()


class Change(NamedTuple):
    """What the data operations did in one step, and whether anything is another than before it."""

    direction: Direction
    operations: tuple[OperationRan, ...]
    changed: bool


class CycleResult(NamedTuple):
    """What one cycle showed; ``None`` is what it did not come to.

    ``state`` is the project state that the database is in now, ``None`` where it is in none. ``failed`` names
    the step that raised, ``leavings`` what that step left different from what was there.
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
    on_board: Rows = "new"
    """Which rows were asked for."""
    rows: int = 0
    """How many rows there were before the target, in all tables together."""
    changes: tuple[Change, ...] = ()
    """What each step's data operations did, if there are any."""

    @property
    def stands_after(self) -> bool:
        """Whether the database is as it should be after the target, whatever became of some rows."""
        if self.failed == "rollback":
            return self.state is not None
        return self.failed is None and self.reapplied is not None and not self.reapplied.schema

    @property
    def sound(self) -> bool:
        """Whether nothing at all was seen that a rule could object to."""
        return (
            self.restored == NO_DIFFERENCE
            and self.reapplied == NO_DIFFERENCE
            and not any(attempt.failure for attempt in self.attempts)
        )


class Cycle:
    """The cycle of one target on the current sandbox, which stands right before it.

    Without ``edge``, there are no edge rows among the old ones, whatever ``rows`` are asked for.
    """

    many = True
    """Whether there are as many rows as the run was asked for; what looks for few rows has few."""
    signals = True
    """Whether each step has the signals of ``migrate``."""

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
        self._atomic = context.migrator.node(key).atomic
        self._many = self.many and context.seeder.makes_many

    def run(self, state: ProjectState, earlier: Snapshot = snapshots.EMPTY_SNAPSHOT) -> CycleResult:
        """Go through the cycle from ``state``, which stays as it is; ``earlier`` spares reading it again."""
        coverage = self._fill(state)
        before = self._take_snapshot(earlier, rows_only=bool(earlier.schema))
        self._note_rows("before", earlier, before, state)
        rows = sum(len(table.rows) for table in before.rows.values())
        # Rendered here, its models serve all that starts from it.
        state.apps  # noqa: B018
        after_state = state.clone()
        applied: list[Snapshot] = []
        seen = self._step(
            "forward",
            lambda: self._migrator.apply(
                after_state,
                self._key,
                lambda: applied.append(self._take_snapshot(before)),
                signals=self.signals,
                origin=state,
            ),
            CycleResult(state, before, coverage, on_board=self._rows, rows=rows),
        )
        if seen.failed:
            return seen
        after = self._take_snapshot(
            applied[-1], rows_only=not self.signals or self._migrator.signals.kept_schema
        )
        signalled = snapshots.added_keys(applied[-1], after)
        touched = snapshots.changed_tables(before, after, signalled)
        seen = self._changed("forward", before, applied[-1], seen)
        seen = seen._replace(state=after_state, last=after, touched=touched)
        return self._roll_back(state, after_state, before, signalled, seen)

    def _roll_back(
        self,
        state: ProjectState,
        after_state: ProjectState,
        before: Snapshot,
        signalled: Keys,
        seen: CycleResult,
    ) -> CycleResult:
        """Roll back with new rows on board, and compare with what was there before."""
        after = seen.last
        written = self._write_new(after_state, state, seen.touched)
        loaded = self._take_snapshot(after, rows_only=True)
        self._note_rows("after", after, loaded, after_state)
        # As the database has them: a key that was read back through a model may be spelled otherwise.
        fresh = snapshots.added_keys(after, loaded)
        connection = self._context.sandboxes.connection
        loaded = snapshots.with_values_of(connection, loaded, fresh)
        seen = self._step(
            "rollback",
            lambda: self._migrator.unapply(state, self._key, after_state, signals=self.signals),
            seen._replace(last=loaded, unwritten=written.unwritten),
        )
        if seen.failed:
            return seen
        renamed = renamed_tables(before.rows, after.rows)
        restored = snapshots.with_values_of(connection, self._take_snapshot(loaded), fresh, renamed)
        seen = self._changed("rollback", loaded, restored, seen)
        before, after = apply_side_effects(before, after, loaded), apply_side_effects(after, after, loaded)
        found = snapshots.rollback_difference(
            before, after, loaded, restored, written=fresh, signalled=signalled
        )
        seen = seen._replace(
            state=state,
            last=restored,
            restored=found,
            dropped_with_target=snapshots.dropped_with_target(before, after, loaded, restored),
            attempts=self._try_old_code(state, tuple({*seen.touched, *snapshots.differing_tables(found)})),
        )
        self._scenarios("restored", state)
        return self._reapply(state, after_state, before, after, seen)

    def _reapply(
        self,
        state: ProjectState,
        after_state: ProjectState,
        before: Snapshot,
        after: Snapshot,
        seen: CycleResult,
    ) -> CycleResult:
        """Go forward again: the schema and the old rows must come out as they did the first time."""
        again_state = state.clone()
        seen = self._step(
            "reapply",
            lambda: self._migrator.apply(
                again_state, self._key, signals=self.signals, origin=state, state_after=after_state
            ),
            seen,
        )
        if seen.failed:
            return seen
        again = self._take_snapshot(seen.last)
        seen = self._changed("reapply", seen.last, again, seen)
        self._scenarios("reapplied", after_state)
        return seen._replace(
            state=after_state, last=again, reapplied=snapshots.reapply_difference(after, again, bounds=before)
        )

    def _changed(
        self, direction: Direction, earlier: Snapshot, later: Snapshot, seen: CycleResult
    ) -> CycleResult:
        """Add what the data operations did in the step between two moments."""
        if self._trial or seen.failed_step is None or not self._migrator.has_data(self._key):
            return seen
        change = Change(direction, seen.failed_step.operations, snapshots.changed(earlier, later))
        return seen._replace(changes=(*seen.changes, change))

    def _note_rows(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        """Note what came on board since ``earlier``; here nobody asks."""

    def _fill(self, state: ProjectState) -> SeedCoverage | None:
        if self._rows == "none":
            return None
        return self._run_before_scenarios(state, self._fill_and_record(state))

    def _fill_and_record(self, state: ProjectState) -> SeedCoverage:
        return self._context.seeder.fill(state.apps, edge=self._edge, many=self._many, beyond=True)

    def _run_before_scenarios(self, state: ProjectState, coverage: SeedCoverage) -> SeedCoverage:
        """Let the project's own scenarios add their rows, which may fill a table that was empty."""
        if not self._context.scenarios.has("before", self._key):
            return coverage
        self._scenarios("before", state)
        return self._fill_and_record(state)

    def _scenarios(self, at: ScenarioMoment, state: ProjectState) -> None:
        """Call the project's own functions; what a trial with fewer rows would say of them is no evidence."""
        if self._trial and at in {"restored", "reapplied"}:
            return
        context = self._context
        ran = context.scenarios.run(at, self._key, state.apps, context.sandboxes.connection, context.database)
        if ran and not self._trial:
            context.log.add(*(msgspec.structs.replace(record, without_edge=self._repeats) for record in ran))

    def _write_new(self, state: ProjectState, before: ProjectState, touched: tuple[str, ...]) -> NewRows:
        if self._rows != "new":
            return NewRows()
        self._scenarios("after", state)
        if not touched:
            return NewRows()
        return self._context.seeder.write_new(state.apps, touched, before.apps)

    def _try_old_code(self, state: ProjectState, touched: tuple[str, ...]) -> tuple[StatementAttempt, ...]:
        context = self._context
        return try_old_release(context.sandboxes.connection, state.apps, touched, context.seeder)

    def _take_snapshot(self, earlier: Snapshot, *, rows_only: bool = False) -> Snapshot:
        """Take the moment; ``rows_only`` where nothing since ``earlier`` can have changed the schema."""
        return snapshots.take_snapshot(
            self._context.sandboxes.connection, earlier, rows_only=rows_only, bulk=self._many
        )

    def _rows_present(self, direction: Direction) -> Rows:
        """Return which rows a step is said to have; no new one is there yet on the first way forward."""
        return "typical" if direction == "forward" and not self._edge else self._rows

    def _step(self, direction: Direction, action: Callable[[], StepResult], seen: CycleResult) -> CycleResult:
        """Take one step; where it fails, say what it left behind and go back if that can be had.

        A migration that is not atomic can stop half way: only then is a copy made first.
        """
        bench = self._context.sandboxes
        safety = None if self._atomic else bench.clone("safety")
        taken = self._context.run_step(
            self._key,
            "cycle",
            direction,
            action,
            rows=self._rows_present(direction),
            trial=self._trial,
            without_edge=self._repeats,
        )
        if taken.failure is None:
            if safety is not None:
                bench.drop(safety)
            return seen._replace(failed_step=taken)
        leavings = snapshots.difference(seen.last, self._take_snapshot(seen.last))
        if safety is not None:
            bench.replace(safety)
        back = safety is not None or leavings == NO_DIFFERENCE
        if back and not self._trial:
            self._context.confirm(self._key, "cycle", direction, taken, without_edge=self._repeats)
        return seen._replace(
            failed=direction, failed_step=taken, left_by_failure=leavings, state=seen.state if back else None
        )
