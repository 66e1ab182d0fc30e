"""Learns the format of the values that a data migration reads, where it cannot read what was made for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from django_switchback.evidence import Direction, Rows
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare.snapshots import take_snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.cycle import Cycle
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.rows import SeededCycleRows
from django_switchback.worker.cycle.scope import CycleScope
from django_switchback.worker.cycle.steps import DisposableSteps
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.rollback_order import with_dependents
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.phases.format_learner import (
    NOTHING_LEARNED,
    Attempt,
    FormatLearner,
    LearnedFormats,
)
from django_switchback.worker.phases.rollback_from_head import rolled_back_with_dependents
from django_switchback.worker.seed.values.text_formats import TextFormats


def learn_formats_of_cycle(
    context: PartContext, key: MigrationKey, seen: CycleResult, unseeded: UnseededSandbox
) -> LearnedFormats:
    """Learn the format of the text that ``key`` reads, if reading it is what failed; log it if that fails."""
    if seen.failed is None or seen.last_step is None or not seen.last_step.unread:
        return NOTHING_LEARNED

    def run(text_formats: TextFormats, new: bool) -> Attempt | None:
        kind: Rows = "new" if new else "typical"
        trial = context.with_formats(text_formats)
        rows = SeededCycleRows(trial, key, kind, edge=False, many=False, recorded=False)
        scope = CycleScope(signals=False, reapply=False, statements=False, checks=False)
        steps = DisposableSteps(lambda _, action: action())
        with context.sandboxes.switched_to(unseeded.clone("trial")):
            result = Cycle(trial, key, rows, steps, scope, kind=kind, edge=False).run(unseeded.state())
        if result.failed is None or result.last_step is None:
            return None
        written: Literal["before", "after"] = "before" if result.failed == "forward" else "after"
        return Attempt(result.failed, written, result.last_step, result.latest_snapshot)

    learner = FormatLearner(context, key, unseeded.state(), run)
    learned = learner.learn()
    learner.record(key, "cycle", learned)
    return learned


def learn_formats_from_head(
    context: PartContext,
    applied: set[MigrationKey],
    head: Address,
    key: MigrationKey,
    failed: StepResult,
    *,
    reapply: bool,
) -> LearnedFormats:
    """Learn the format of the text that rolling ``key`` back from head, or applying it again, reads."""
    if not failed.unread:
        return NOTHING_LEARNED
    state = context.migrator.state_of(applied.__contains__)

    def run(text_formats: TextFormats, new: bool) -> Attempt | None:
        with context.sandboxes.switched_to(context.sandboxes.clone_of(head, "trial")):
            context.seeder.with_formats(text_formats).fill(state.apps, edge=False)
            now = take_snapshot(context.sandboxes.connection)
            result = rolled_back_with_dependents(context, applied, key, _unrecorded)
            if result is None and reapply:
                result = _applied_again(context, applied, key)
        direction: Direction = "reapply" if reapply else "rollback"
        return None if result is None else Attempt(direction, "before", result, now)

    learner = FormatLearner(context, key, state, run)
    learned = learner.learn()
    learner.record(key, "unwind", learned)
    return learned


def _unrecorded(key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
    return action()


def _applied_again(context: PartContext, applied: set[MigrationKey], key: MigrationKey) -> StepResult | None:
    """Apply ``key`` again after its rollback; return its failure."""
    migrator = context.migrator
    rolled = set(with_dependents(migrator, applied, {key}))
    state = migrator.state_of(lambda other: other in applied - rolled)
    results = [result for _, result in whole_migrate.forward_all(migrator, state, [key])]
    return next((result for result in results if result.failure is not None), None)
