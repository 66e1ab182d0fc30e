"""Runs the trials of a search in isolation: each on its own clone, or in a rolled-back transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ProjectState

from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.cycle import Cycle
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.scope import CycleScope
from django_switchback.worker.cycle.steps import DisposableSteps
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.minimise.delta_debugging import OutOfTime
from django_switchback.worker.minimise.rolled_back_transaction import rolled_back
from django_switchback.worker.minimise.rows import RowId, RowsById
from django_switchback.worker.minimise.seeded_trials import SeededTrials
from django_switchback.worker.minimise.symptom import Symptom
from django_switchback.worker.minimise.trial_rows import ModelRow, SeededRows, SelectedRows
from django_switchback.worker.process.trial_time_limit import time_limit

SEARCH_SECONDS = 10.0
"""Maximum seconds of the search for one symptom; the time limit of a step applies if it is lower."""

Isolation: TypeAlias = Literal["rollback", "clone", "signals"]
"""Isolation of trials: ``rollback`` in a transaction that is rolled back, ``clone`` each on its own clone,
``signals`` on a clone with the signals of ``migrate``, which takes twice the time."""


@contextmanager
def trial_time_limit(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    """Raise :class:`OutOfTime` if the block, which uses ``connection``, takes longer than ``seconds``."""
    try:
        with time_limit(seconds, OutOfTime):
            yield
    except OutOfTime:
        # The interrupt may have left transactions open: connect() forgets them.
        connection.close()
        connection.connect()
        raise


class TrialResult(NamedTuple):
    """The result of a trial's cycle; in a final trial also its rows, as their models read them."""

    cycle: CycleResult
    rows: Mapping[RowId, ModelRow]


class TrialDatabase:
    """Runs trial cycles of ``key`` from ``unseeded``, which is right before it without seeded rows."""

    def __init__(
        self, context: PartContext, key: MigrationKey, unseeded: UnseededSandbox, seeded_trials: SeededTrials
    ) -> None:
        self._context = context
        self._key = key
        self._unseeded = unseeded
        self._seeded_trials = seeded_trials
        self.state: ProjectState = unseeded.state()
        self._deadline = 0.0

    @property
    def timeout(self) -> float:
        """The time limit of a step in seconds."""
        return self._context.confirmer.timeout

    @property
    def isolations(self) -> tuple[Isolation, ...]:
        """The isolations available for this target, fastest first."""
        # SQLite's schema editor refuses to run in a transaction, and clones of its files are cheap.
        transactional = self._context.sandboxes.connection.vendor == "postgresql"
        atomic = self._context.migrator.node(self._key).atomic
        return ("rollback", "clone", "signals") if transactional and atomic else ("clone", "signals")

    def begin(self) -> None:
        """Start the time limit of a search."""
        self._deadline = time.monotonic() + min(SEARCH_SECONDS, self.timeout)

    @contextmanager
    def prepared(self, isolation: Isolation) -> Iterator[None]:
        """Prepare the database for trials with ``isolation``: one clone for all if they are rolled back."""
        if isolation != "rollback":
            yield
            return
        with self._on_clone():
            yield

    def run_trial(
        self, symptom: Symptom, seeded: SeededRows, rows: RowsById, isolation: Isolation
    ) -> TrialResult:
        """Run the cycle with ``rows`` of ``seeded`` and no others, up to the step of ``symptom``.

        Raises :class:`OutOfTime`, ``django.db.Error`` if the database refuses a row, and
        :class:`NotRolledBack`, after which no further trial can run on this clone.
        """
        if time.monotonic() > self._deadline:
            raise OutOfTime
        context = self._context
        if isolation == "rollback":
            context = msgspec.structs.replace(context, migrator=context.migrator.in_transaction())
        selected = SelectedRows(context.sandboxes.connection, seeded, rows)
        cycle = self._cycle(context, symptom, selected, signals=isolation == "signals")
        with rolled_back(context.sandboxes.connection) if isolation == "rollback" else self._on_clone():
            return TrialResult(self._run_with_limit(cycle), {})

    def run_final_trial(self, symptom: Symptom, seeded: SeededRows, rows: RowsById) -> TrialResult:
        """Run a trial on its own clone with all signals and without deadline; rows are read through models.

        This confirms a result found with transactions that were rolled back.
        """
        selected = SelectedRows(self._context.sandboxes.connection, seeded, rows, show=True)
        cycle = self._cycle(self._context, symptom, selected, signals=True)
        with self._on_clone():
            return TrialResult(self._run_with_limit(cycle), selected.shown)

    def _cycle(
        self, context: PartContext, symptom: Symptom, selected: SelectedRows, *, signals: bool
    ) -> Cycle:
        scope = CycleScope(
            signals=signals,
            snapshots=symptom.about != "step",
            reapply=symptom.direction == "reapply",
            statements=False,
            checks=False,
        )
        steps = DisposableSteps(lambda _, action: action())
        return Cycle(context, self._key, selected, steps, scope, kind="none")

    @contextmanager
    def _on_clone(self) -> Iterator[None]:
        with self._context.sandboxes.switched_to(self._unseeded.clone("minimise")):
            yield

    def _run_with_limit(self, cycle: Cycle) -> CycleResult:
        """Run a trial with the time limit of a step: with other rows, a migration may not terminate."""
        limit = trial_time_limit(self._context.sandboxes.connection, self.timeout)
        with self._context.accesses_of(self._key), limit:
            return cycle.run(self.state, self._seeded_trials.start)
