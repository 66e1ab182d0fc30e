"""Runs the steps of a cycle: recorded and confirmed by plain ``manage.py``, or as trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from django_switchback.evidence import Direction, Rows
from django_switchback.worker.compare import snapshots
from django_switchback.worker.cycle.confirm_failure import confirm_failure
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.receiver_writes import SignalObserver
from django_switchback.worker.cycle.result import NO_DIFFERENCE, CycleResult
from django_switchback.worker.cycle.safety_clone import SafetyClone
from django_switchback.worker.migrate.steps import MigrationKey, StepResult


class CycleSteps(Protocol):
    """Runs one step of a cycle and adds its result to that of the cycle."""

    def run(
        self,
        direction: Direction,
        action: Callable[[], StepResult],
        result: CycleResult,
        observer: SignalObserver,
    ) -> CycleResult:
        """Run ``action``, whose signals ``observer`` observes; return ``result`` with its outcome."""


class SafeSteps:
    """Steps after whose failure the database is compared and, if possible, restored.

    ``rows`` and ``edge`` are recorded with each step. A ``trial`` is not evidence that a step works or
    fails, and is not confirmed.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        rows: Rows = "new",
        *,
        edge: bool = True,
        many: bool = False,
        trial: bool = False,
    ) -> None:
        self._context = context
        self._key = key
        self._rows: Rows = rows
        self._edge = edge
        self._many = many
        self._trial = trial

    def run(
        self,
        direction: Direction,
        action: Callable[[], StepResult],
        result: CycleResult,
        observer: SignalObserver,
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
            without_edge=not self._edge,
        )
        if step_result.failure is None:
            safety.drop()
            return result._replace(last_step=step_result)
        earlier = result.latest_snapshot
        connection = self._context.sandboxes.connection
        now = snapshots.take_snapshot(connection, earlier, bulk=self._many)
        leftovers = snapshots.difference(observer.without_signals(earlier, now)[0], now)
        restorable = safety.restore() or (leftovers == NO_DIFFERENCE and not step_result.recorded)
        if restorable and not self._trial:
            confirm_failure(
                self._context,
                self._key,
                "cycle",
                direction,
                step_result,
                without_edge=not self._edge,
                left=leftovers,
            )
        return result._replace(
            failed=direction,
            last_step=step_result,
            left_by_failure=leftovers,
            state=result.state if restorable else None,
        )

    def _rows_present(self, direction: Direction) -> Rows:
        """Return the kind of rows recorded for a step: new rows do not exist yet in the forward step."""
        no_edge = not self._edge or self._rows == "typical"
        return "typical" if direction == "forward" and no_edge else self._rows


class DisposableSteps:
    """Steps on a clone or in a transaction that is discarded; ``run_step`` runs the action of each."""

    def __init__(self, run_step: Callable[[Direction, Callable[[], StepResult]], StepResult]) -> None:
        self._run_step = run_step

    def run(
        self,
        direction: Direction,
        action: Callable[[], StepResult],
        result: CycleResult,
        observer: SignalObserver,
    ) -> CycleResult:
        """Run one step; nothing is compared or restored after a failure."""
        step_result = self._run_step(direction, action)
        if step_result.failure is None:
            return result
        return result._replace(failed=direction, last_step=step_result, state=None)
