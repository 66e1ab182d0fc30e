"""Rolls one migration back on a clone of head, after what depends on it."""

from __future__ import annotations

from collections.abc import Callable

from django_switchback.sandbox.interface import Address
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.migrate.rollback_order import Rollback, states_before, with_dependents
from django_switchback.worker.migrate.steps import MigrationKey, Step, StepResult


def rolled_back_with_dependents(
    context: PartContext, applied: set[MigrationKey], key: MigrationKey, step: Step
) -> StepResult | None:
    """Roll ``key`` back on the current sandbox, after what depends on it; return its failure."""
    migrator = context.migrator
    rolled = with_dependents(migrator, applied, {key})
    states = states_before(migrator, applied, rolled)
    steps = Rollback(migrator, applied).roll_back_all(rolled[::-1], states, step)
    return next((result for other, result in steps if other == key and result.failure is not None), None)


def fails_without_rows(
    context: PartContext, applied: set[MigrationKey], head: Address, key: MigrationKey
) -> bool:
    """Return whether rolling ``key`` back fails on a clone of ``head``, which has no seeded rows."""

    def step(other: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        return context.run_step(other, "unwind", "rollback", action, rows="none", trial=True)

    with context.sandboxes.switched_to(context.sandboxes.clone_of(head, "trial")):
        return rolled_back_with_dependents(context, applied, key, step) is not None
