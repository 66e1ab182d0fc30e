"""Rolls targets back and applies them again without seeded rows: what they do to data may need some."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from django_switchback.evidence import Direction
from django_switchback.worker.cycle.confirm_failure import confirm_failure
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.safety_clone import SafetyClone
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.project.lost_connections import raise_if_lost
from django_switchback.worker.stopwatch import STOPWATCH


def try_on_empty_tables(context: PartContext, key: MigrationKey, applied: Collection[MigrationKey]) -> None:
    """Roll ``key`` back and apply it again on a clone of the current sandbox, which has ``applied``.

    Only targets with a data operation that can be reversed are tried: other operations need no rows. A
    failure is logged if it shows after ``post_migrate`` as well, which makes content types and permissions.
    """
    name, part = migration_name(key), context.part
    if context.repeats or name not in part.targets or name in part.not_rolled_back:
        return
    operations = context.migrator.node(key).operations
    if context.migrator.has_data(key) and all(operation.reversible for operation in operations):
        with STOPWATCH.phase("empty tables", name):
            trial = _RoundTrip(context, key, applied)
            if not trial.passes(signals=False):
                trial.passes(signals=True)


class _RoundTrip:
    """Takes one target back and forth; the states are built once."""

    def __init__(self, context: PartContext, key: MigrationKey, applied: Collection[MigrationKey]) -> None:
        self._context = context
        self._migrator = context.migrator
        self._key = key
        self._applied = applied
        self._before = self._migrator.state_of(lambda other: other in applied and other != key)
        self._after = self._migrator.state_after(self._before, key)

    def passes(self, *, signals: bool) -> bool:
        """Return whether both steps work; with ``signals``, a failure is logged and confirmed."""
        steps: tuple[tuple[Direction, Callable[[], StepResult]], ...] = (
            ("rollback", self._roll_back),
            ("reapply", self._apply_again),
        )
        with self._context.sandboxes.switched_to(self._context.sandboxes.clone("empty")):
            if signals:
                whole_migrate.send_signals(self._migrator, self._after, self._applied)
            return all(self._works(direction, action, logged=signals) for direction, action in steps)

    def _roll_back(self) -> StepResult:
        return self._migrator.unapply(self._before, self._key, self._after, signals=False)

    def _apply_again(self) -> StepResult:
        again = self._before.clone()
        return self._migrator.apply(again, self._key, signals=False, origin=self._before)

    def _works(self, direction: Direction, action: Callable[[], StepResult], *, logged: bool) -> bool:
        context, results = self._context, list[StepResult]()

        def step() -> StepResult:
            results.append(action())
            if context.is_repeated_if_lost:
                raise_if_lost(results[0].failure, migration_name(self._key))
            return results[0] if logged else msgspec.structs.replace(results[0], failure=None)

        safety = SafetyClone(context, self._key)
        context.run_step(self._key, "cycle", direction, step, rows="none", trial=True)
        (result,) = results
        if result.failure is None:
            safety.drop()
            return True
        safety.restore()
        if logged:
            confirm_failure(context, self._key, "cycle", direction, result)
        return False
