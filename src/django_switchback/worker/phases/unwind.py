"""Runs the unwind: rolls all targets back from head with rows, newest first, and re-applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from django_switchback.evidence import (
    Classified,
    Compared,
    Comparison,
    Difference,
    Direction,
    OperationsRan,
    Rows,
    UnwindBlocked,
)
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.compare.unwind_losses import UnwindSnapshots, unwind_losses
from django_switchback.worker.cycle.context import PartContext, django_key, migration_name
from django_switchback.worker.migrate.migrator import MigrationKey, Migrator, StepResult
from django_switchback.worker.migrate.rollback_order import Rollback, states_before, with_dependents

UNWIND_ROWS: Rows = "typical"
"""The kind of rows seeded at head. Edge rows are left to the cycles: here, a rollback that they make fail
would block all earlier targets."""
UnwindSymptom: TypeAlias = tuple[MigrationKey, Literal["step", "reapplied"], Direction]
"""The migration and step that failed, or after which rows differed, with rows present."""


def unwind(context: PartContext, applied: set[MigrationKey]) -> Address:
    """Unwind the current sandbox, which is at head without seeded rows; return the sandbox in use afterwards.

    With ``--rows``, rows are multiplied copies, which may act like edge rows. If they show a symptom, the
    unwind is repeated from head with few rows, so that the targets below are still covered.
    """
    sandboxes = context.sandboxes
    head = sandboxes.clone("head")
    first = Unwind(context, applied, head)
    first.run()
    last = first
    if first.symptoms and context.seeder.makes_many:
        sandboxes.replace(sandboxes.clone_of(head, "again"))
        last = Unwind(context, applied, head, repeat=True)
        last.run()
        context.log.add(*_classify_by_copies(context, first, last))
    context.log.add(*last.blocked())
    return sandboxes.current


def _classify_by_copies(context: PartContext, first: Unwind, last: Unwind) -> Iterator[Classified]:
    """Classify each symptom seen with multiplied rows: typical if few rows show it too, else edge."""
    for key, about, direction in first.symptoms:
        if key in last.attempted:
            yield Classified(
                database=context.database,
                migration=migration_name(key),
                phase="unwind",
                about=about,
                direction=direction,
                fewest=UNWIND_ROWS if (key, about, direction) in last.symptoms else "edge",
            )


class Unwind:
    """Rolls the targets back on the current sandbox, a clone of ``head``, and re-applies them.

    A ``repeat`` seeds few rows, whatever ``--rows`` requests.
    """

    def __init__(
        self, context: PartContext, applied: set[MigrationKey], head: Address, *, repeat: bool = False
    ) -> None:
        self._context = context
        self._migrator: Migrator = context.migrator
        self._applied = applied
        self._repeat = repeat
        self._many = context.seeder.makes_many and not repeat
        self._stuck: dict[MigrationKey, MigrationKey] = {}
        self.symptoms: list[UnwindSymptom] = []
        self.attempted: set[MigrationKey] = set()
        """Migrations of which at least one step was run, successfully or not."""
        self._not_compared: dict[MigrationKey, MigrationKey] = {}
        """Migrations not compared after the re-apply, each with the failed migration that prevented it."""
        self._safety: Address | None = None
        self._not_rolled_back = set(map(django_key, context.part.not_rolled_back))
        self._targets = set(map(django_key, context.part.targets)) & applied
        self._rolled = with_dependents(self._migrator, applied, self._targets)
        self._rollback = Rollback(self._migrator, applied)
        self._head = head

    def run(self) -> None:
        """Seed rows, roll all targets back, and re-apply them."""
        if not self._targets:
            return
        states = states_before(self._migrator, self._applied, self._rolled)
        head = self._migrator.state_of(self._applied.__contains__)
        self._context.seeder.fill(head.apps, edge=False, many=self._many)
        now = snapshots.take_snapshot(self._context.sandboxes.connection, bulk=self._many)
        snapshots_by_key: dict[MigrationKey, tuple[Snapshot, Snapshot]] = {}
        steps = self._rollback.roll_back(self._rolled[::-1], states, self._roll_back_step, self._blocked)
        for key, result in steps:
            top, now = now, self._rolled_back(key, result, now)
            self._record_operations(key, "rollback", result, top, now)
            snapshots_by_key[key] = top, now
        self._reapply_all(
            [key for key in self._rolled if key not in self._stuck], snapshots_by_key, bottom=now
        )

    def _blocked(self, key: MigrationKey) -> bool:
        """Return whether ``key`` cannot be rolled back because a dependent is still applied."""
        if key in self._stuck:
            return True
        children = {child.key for child in self._migrator.loader.graph.node_map[key].children}
        stuck = sorted(children & set(self._stuck))
        if key in self._not_rolled_back:
            self._stuck[key] = key
            return True
        if not stuck:
            return False
        self._stuck[key] = self._stuck[stuck[0]]
        return True

    def blocked(self) -> Iterator[UnwindBlocked]:
        """Yield the targets that were not rolled back or re-applied, with the migration that blocked each."""
        for key, by in self._stuck.items():
            if key in self._targets and by != key:
                yield UnwindBlocked(
                    database=self._context.database, migration=migration_name(key), by=migration_name(by)
                )
        for key, by in self._not_compared.items():
            if key in self._targets:
                yield UnwindBlocked(
                    database=self._context.database,
                    migration=migration_name(key),
                    by=migration_name(by),
                    direction="forward",
                )

    def _roll_back_step(self, key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        """Roll ``key`` back; a non-atomic migration can stop half way, so the sandbox is cloned first."""
        atomic = self._migrator.loader.graph.nodes[key].atomic
        self._safety = None if atomic else self._context.sandboxes.clone("safety")
        return self._step(key, "rollback", action)

    def _rolled_back(self, key: MigrationKey, result: StepResult, now: Snapshot) -> Snapshot:
        """Return the snapshot after the rollback of ``key``; a failed rollback is recorded and undone."""
        sandboxes = self._context.sandboxes
        safety = self._safety
        after = snapshots.take_snapshot(sandboxes.connection, now)
        if result.failure is None:
            if safety is not None:
                sandboxes.drop(safety)
            return after
        self._stuck[key] = key
        leftovers = snapshots.difference(now, after)
        self._record_comparison(key, "after-failure", leftovers)
        if safety is not None:
            sandboxes.replace(safety)
            after = snapshots.take_snapshot(sandboxes.connection, now)
        self._confirm(key, "rollback", result)
        self._classify(key)
        return after

    def _reapply_all(
        self,
        keys: list[MigrationKey],
        snapshots_by_key: dict[MigrationKey, tuple[Snapshot, Snapshot]],
        bottom: Snapshot,
    ) -> None:
        """Re-apply ``keys``, comparing each result with the snapshots taken when it was rolled back."""
        reported: set[Difference | str] = set()
        applied = self._applied - set(keys)
        pending = list(keys)
        now = bottom
        comparable = True
        while pending:
            state = self._migrator.state_of(applied.__contains__)
            steps = self._migrator.forward_all(
                state, pending, lambda key, action: self._step(key, "reapply", action)
            )
            failed: MigrationKey | None = None
            for key, result in steps:
                if result.failure is not None:
                    self._confirm(key, "reapply", result)
                    self.symptoms.append((key, "step", "reapply"))
                    failed = key
                    if comparable:
                        self._not_compared = {other: key for other in pending if other not in {key, *applied}}
                    # From here on, the database differs from the one in which the others were rolled back.
                    comparable = False
                    break
                applied.add(key)
                if comparable:
                    below, now = now, snapshots.take_snapshot(self._context.sandboxes.connection, now)
                    self._record_operations(key, "reapply", result, below, now)
                    unwind_snapshots = UnwindSnapshots(*snapshots_by_key[key], below, now)
                    self._record_reapplied(key, unwind_losses(unwind_snapshots, bounds=bottom), reported)
            if failed is None:
                return
            pending = self._without_dependents(failed, [key for key in pending if key not in applied])

    def _without_dependents(self, failed: MigrationKey, keys: list[MigrationKey]) -> list[MigrationKey]:
        """Return ``keys`` without ``failed`` and its dependents."""
        graph = self._migrator.loader.graph
        excluded = {failed}
        for key in keys:
            if any(parent.key in excluded for parent in graph.node_map[key].parents):
                excluded.add(key)
        return [key for key in keys if key not in excluded]

    def _record_reapplied(
        self, key: MigrationKey, comparison: Comparison, reported: set[Difference | str]
    ) -> None:
        """Record the differences after re-applying ``key``, except those already ``reported`` before."""
        unreported = Comparison(
            schema=tuple(difference for difference in comparison.schema if difference not in reported),
            rows=tuple(difference for difference in comparison.rows if difference.table not in reported),
        )
        reported.update(unreported.schema, (difference.table for difference in unreported.rows))
        self._record_comparison(key, "reapplied", unreported)
        if unreported.rows:
            self.symptoms.append((key, "reapplied", "reapply"))

    def _record_operations(
        self, key: MigrationKey, direction: Direction, result: StepResult, earlier: Snapshot, later: Snapshot
    ) -> None:
        """Record the effect of the data operations of ``key``, if it has any and the step succeeded."""
        if result.failure is not None or not self._migrator.has_data(key):
            return
        self._context.log.add(
            OperationsRan(
                database=self._context.database,
                migration=migration_name(key),
                phase="unwind",
                direction=direction,
                changed=snapshots.changed(earlier, later),
                operations=result.operations,
                without_edge=self._repeat,
            )
        )

    def _record_comparison(self, key: MigrationKey, name: str, comparison: Comparison) -> None:
        self._context.log.add(
            Compared(
                database=self._context.database,
                migration=migration_name(key),
                phase="unwind",
                moment="after-failure" if name == "after-failure" else "reapplied",
                rows_on_board=UNWIND_ROWS,
                comparison=comparison,
                without_edge=self._repeat,
            )
        )

    def _step(self, key: MigrationKey, direction: Direction, action: Callable[[], StepResult]) -> StepResult:
        self.attempted.add(key)
        return self._context.run_step(
            key, "unwind", direction, action, rows=UNWIND_ROWS, without_edge=self._repeat
        )

    def _confirm(self, key: MigrationKey, direction: Direction, result: StepResult) -> None:
        self._context.confirm(key, "unwind", direction, result, without_edge=self._repeat)

    def _classify(self, key: MigrationKey) -> None:
        """Classify a failed rollback of ``key`` by repeating it from head without seeded rows."""
        without_rows = self._fails_without_rows(key)
        if not without_rows:
            self.symptoms.append((key, "step", "rollback"))
            if self._many:
                # The repeat with few rows decides whether the symptom needs multiplied rows.
                return
        self._context.log.add(
            Classified(
                database=self._context.database,
                migration=migration_name(key),
                phase="unwind",
                about="step",
                direction="rollback",
                fewest="none" if without_rows else UNWIND_ROWS,
                without_edge=self._repeat,
            )
        )

    def _fails_without_rows(self, key: MigrationKey) -> bool:
        sandboxes, migrator = self._context.sandboxes, self._migrator
        rolled = with_dependents(migrator, self._applied, {key})
        states = states_before(migrator, self._applied, rolled)

        def step(other: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
            return self._context.run_step(other, "unwind", "rollback", action, trial=True)

        with sandboxes.switched_to(sandboxes.clone_of(self._head, "trial")):
            steps = Rollback(migrator, self._applied).roll_back_all(rolled[::-1], states, step)
            return any(result.failure is not None and other == key for other, result in steps)
