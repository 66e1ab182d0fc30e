"""Runs the unwind: rolls all targets back from head with rows, newest first, and re-applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from django_switchback.evidence import Classified, Comparison, Direction, UnwindBlocked
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.compare.unwind_losses import UnwindSnapshots
from django_switchback.worker.cycle.confirm_failure import confirm_failure
from django_switchback.worker.cycle.context import PartContext, django_key, migration_name
from django_switchback.worker.cycle.result import NO_DIFFERENCE
from django_switchback.worker.cycle.safety_clone import SafetyClone
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.named_models import models_named_in
from django_switchback.worker.migrate.rollback_order import (
    Rollback,
    states_before,
    with_dependents,
    without_dependents,
)
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.phases.learn_formats import learn_formats_from_head
from django_switchback.worker.phases.log_evidence.unwind_comparisons import UNWIND_ROWS, UnwindComparisons
from django_switchback.worker.phases.rollback_from_head import fails_without_rows
from django_switchback.worker.seed.values.text_formats import TextFormat, WrittenColumn
from django_switchback.worker.stopwatch import STOPWATCH

UnwindSymptom: TypeAlias = tuple[MigrationKey, Literal["step", "reapplied"], Direction]
"""The migration and step that failed, or after which rows differed, with rows present."""


@STOPWATCH.phase("unwind")
def unwind(context: PartContext, applied: set[MigrationKey]) -> Address:
    """Unwind the current sandbox, which is at head without seeded rows; return the sandbox in use afterwards.

    With ``--rows``, rows are multiplied copies, which may act like edge rows. If they show a symptom, the
    unwind is repeated from head with few rows, so that the targets below are still covered. So it is where a
    reverse reads text in a format that was not made at first.
    """
    sandboxes = context.sandboxes
    head = sandboxes.clone("head")
    first = last = _unwind_from(context, applied, head)
    if first.symptoms and (context.seeder.makes_many or first.text_formats):
        sandboxes.replace(sandboxes.clone_of(head, "again"))
        last = _unwind_from(context.with_formats(first.text_formats), applied, head, repeat=True)
        context.log.add(*_classify_by_copies(context, first, last))
    context.log.add(*last.blocked())
    return sandboxes.current


def _unwind_from(
    context: PartContext, applied: set[MigrationKey], head: Address, *, repeat: bool = False
) -> Unwind:
    """Unwind the current sandbox; start over at ``head`` without the migration if a failure is not undone."""
    unwinding = Unwind(context, applied, head, repeat=repeat)
    unwinding.run()
    while unwinding.not_undone is not None:
        context.sandboxes.replace(context.sandboxes.clone_of(head, "again"))
        unwinding = unwinding.without(unwinding.not_undone)
        unwinding.run()
    return unwinding


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
                by_form=key in first.read_in_formats,
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
        self._multiply_rows = context.seeder.makes_many and not repeat
        self._stuck: dict[MigrationKey, MigrationKey] = {}
        self.symptoms: list[UnwindSymptom] = []
        self.text_formats: dict[WrittenColumn, TextFormat] = {}
        """The formats of the text that the reverses read."""
        self.read_in_formats: set[MigrationKey] = set()
        self.attempted: set[MigrationKey] = set()
        """Migrations of which at least one step was run, successfully or not."""
        self._not_compared: dict[MigrationKey, MigrationKey] = {}
        """Migrations not compared after the re-apply, each with the failed migration that prevented it."""
        self._safety: SafetyClone | None = None
        self.not_undone: MigrationKey | None = None
        """The migration whose failed step left traces that cannot be undone: no later step is taken."""
        self._not_rolled_back = set(map(django_key, context.part.not_rolled_back))
        self._targets = set(map(django_key, context.part.targets)) & applied
        self._rolled = with_dependents(self._migrator, applied, self._targets)
        self._head = head
        self._comparisons = UnwindComparisons(context, applied, head, repeat=repeat)

    def run(self) -> None:
        """Seed rows, roll all targets back, and re-apply them."""
        if not self._targets:
            return
        states = states_before(self._migrator, self._applied, self._rolled)
        head = self._migrator.state_of(self._applied.__contains__)
        types = models_named_in(self._migrator, self._targets, head)
        self._context.seeder.fill(head.apps, edge=False, many=self._multiply_rows, types=types)
        now = self._comparisons.take_snapshot(snapshots.EMPTY_SNAPSHOT)
        snapshots_by_key: dict[MigrationKey, tuple[Snapshot, Snapshot]] = {}
        rollback = Rollback(self._migrator, self._applied, head)
        steps = rollback.roll_back(
            self._rolled[::-1],
            states,
            lambda key, action: self._step(key, "rollback", action),
            self._blocked,
        )
        for key, result in steps:
            top, now = now, self._rolled_back(key, result, now)
            self._comparisons.operations(key, "rollback", result, top, now)
            snapshots_by_key[key] = top, now
        rolled_back = [key for key in self._rolled if key not in self._stuck]
        if self.not_undone is None:
            self._reapply_all(rollback, rolled_back, snapshots_by_key, bottom=now)

    def without(self, failed: MigrationKey) -> Unwind:
        """Return the unwind that leaves ``failed`` applied, with what this one has shown."""
        other = Unwind(self._context, self._applied, self._head, repeat=self._repeat)
        other.symptoms, other.attempted = list(self.symptoms), set(self.attempted)
        other.text_formats, other.read_in_formats = self.text_formats, self.read_in_formats
        other._not_rolled_back = {*self._not_rolled_back, failed}
        return other

    def _blocked(self, key: MigrationKey) -> bool:
        """Return whether ``key`` cannot be rolled back because a dependent is still applied."""
        if key in self._stuck or self.not_undone is not None:
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
        database = self._context.database
        for key, by in self._stuck.items():
            if key in self._targets and by != key:
                yield UnwindBlocked(database, migration_name(key), migration_name(by))
        for key, by in self._not_compared.items():
            if key in self._targets:
                yield UnwindBlocked(database, migration_name(key), migration_name(by), "forward")

    def _rolled_back(self, key: MigrationKey, result: StepResult, now: Snapshot) -> Snapshot:
        """Return the snapshot after the rollback of ``key``; a failed rollback is recorded and undone."""
        if result.failure is None:
            return self._comparisons.take_snapshot(now)
        self._stuck[key] = key
        left = self._undo(key, result, now)
        self._comparisons.record(key, "after-failure", left)
        self._confirm(key, "rollback", result, left)
        self._classify(key, result)
        return self._comparisons.take_snapshot(now)

    def _undo(self, key: MigrationKey, result: StepResult, before: Snapshot) -> Comparison:
        """Undo what a failed step of ``key`` left since ``before``, and return it.

        What an atomic migration has left, by committing on its own for example, cannot be undone.
        """
        leftovers = self._comparisons.leftovers(before)
        restored = self._safety is not None and self._safety.restore()
        if not restored and (leftovers != NO_DIFFERENCE or result.recorded):
            self.not_undone = key
        return leftovers

    def _reapply_all(
        self,
        rollback: Rollback,
        keys: list[MigrationKey],
        snapshots_by_key: dict[MigrationKey, tuple[Snapshot, Snapshot]],
        bottom: Snapshot,
    ) -> None:
        """Re-apply ``keys``, comparing each result with the snapshots taken when it was rolled back."""
        applied = self._applied - set(keys)
        pending, now = list(keys), bottom
        comparable = True
        while pending:
            state = rollback.state_of(applied)
            steps = whole_migrate.forward_all(
                self._migrator, state, pending, lambda key, action: self._step(key, "reapply", action)
            )
            failed: MigrationKey | None = None
            for key, result in steps:
                if result.failure is not None:
                    self._undo(key, result, now)
                    self._confirm(key, "reapply", result)
                    self._add_symptom(key, "reapply", result)
                    failed = key
                    if comparable:
                        self._not_compared = {other: key for other in pending if other not in {key, *applied}}
                    # From here on, the database differs from the one in which the others were rolled back.
                    comparable = False
                    break
                applied.add(key)
                below, now = now, self._comparisons.take_snapshot(now)
                if comparable:
                    around = UnwindSnapshots(*snapshots_by_key[key], below, now)
                    self._compare_reapplied(key, result, around, bottom)
            self._comparisons.log_reapplied(now, head=snapshots_by_key[keys[-1]][0])
            if failed is None:
                return
            pending = without_dependents(
                self._migrator, failed, [key for key in pending if key not in applied]
            )
            if self.not_undone is not None:
                self.not_undone = failed if pending else None
                return

    def _compare_reapplied(
        self, key: MigrationKey, result: StepResult, around: UnwindSnapshots, bottom: Snapshot
    ) -> None:
        self._comparisons.operations(key, "reapply", result, around.before_reapply, around.after_reapply)
        if self._comparisons.reapplied(key, around, bottom):
            self.symptoms.append((key, "reapplied", "reapply"))

    def _step(self, key: MigrationKey, direction: Direction, action: Callable[[], StepResult]) -> StepResult:
        self.attempted.add(key)
        self._safety = SafetyClone(self._context, key)
        with self._comparisons.observer.observed_step(self._migrator.signals):
            result = self._context.run_step(
                key,
                "unwind",
                direction,
                lambda: self._comparisons.without_receiver_failure(action()),
                rows=UNWIND_ROWS,
                without_edge=self._repeat,
            )
        if result.failure is None:
            self._safety.drop()
        return result

    def _confirm(
        self, key: MigrationKey, direction: Direction, result: StepResult, left: Comparison = NO_DIFFERENCE
    ) -> None:
        confirm_failure(self._context, key, "unwind", direction, result, without_edge=self._repeat, left=left)

    def _add_symptom(self, key: MigrationKey, direction: Direction, failed: StepResult) -> bool:
        """Add the symptom of a failed step, unless it read text that it cannot read in any format.

        Return whether it was added. Learns the format of the text otherwise.
        """
        context, reapply = self._context, direction == "reapply"
        learned = learn_formats_from_head(context, self._applied, self._head, key, failed, reapply=reapply)
        if learned.failed is not None:
            return False
        self.symptoms.append((key, "step", direction))
        self.text_formats |= learned.text_formats
        self.read_in_formats |= {key} if learned.text_formats else set()
        return True

    def _classify(self, key: MigrationKey, result: StepResult) -> None:
        """Classify a failed rollback of ``key`` by repeating it from head without seeded rows."""
        without_rows = fails_without_rows(self._context, self._applied, self._head, key)
        if not without_rows:
            if not self._add_symptom(key, "rollback", result):
                return
            if self._multiply_rows or (self.text_formats and not self._repeat):
                # The repeat decides whether the symptom needs multiplied rows, or text in another format.
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
                by_elimination=not without_rows,
            )
        )
