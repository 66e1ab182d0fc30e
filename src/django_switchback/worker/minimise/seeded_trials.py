"""Re-runs a target's cycle with fewer rows, at most once per row kind, and caches rows and results."""

from __future__ import annotations

from functools import partial

from django_switchback.evidence import Rows
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.cycle import Cycle
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.rows import SeededCycleRows
from django_switchback.worker.cycle.scope import CycleScope
from django_switchback.worker.cycle.steps import DisposableSteps
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.minimise.symptom import Symptom, shows_again
from django_switchback.worker.minimise.trial_rows import RecordedRows, SeededRows


class SeededTrials:
    """Cycles of ``key`` on clones of ``unseeded``, a sandbox right before the target.

    ``first`` is the result of the cycle with all rows, ``edge`` whether it had edge rows, ``with_reapply``
    whether trials include the reapply step. Signals of ``migrate`` are skipped, which halves the time, until
    :meth:`with_signals` is called; a trial that fails differently without signals is repeated with them.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        unseeded: UnseededSandbox,
        first: CycleResult,
        *,
        with_reapply: bool,
        edge: bool,
    ) -> None:
        self._context = context
        self._key = key
        self._unseeded = unseeded
        self._first = first
        self._with_reapply = with_reapply
        self._edge = edge
        self._signals = False
        self._results: dict[Rows, tuple[SeededRows, CycleResult]] = {}
        self._seeded_copy: Address | None = None
        self.start: Snapshot = snapshots.EMPTY_SNAPSHOT
        """The snapshot right before the target without seeded rows; empty until the first trial."""

    @property
    def take_rows(self) -> bool:
        """Whether all symptoms concern tables that are empty without seeded rows.

        Such symptoms cannot show without rows, so that no trial without rows is needed.
        """
        first = self._first
        comparisons = (first.rollback_difference, first.reapply_difference)
        differences = [row for comparison in comparisons if comparison is not None for row in comparison.rows]
        empty = {table for table, content in self.start.rows.items() if not content.rows}
        return first.failed is None and all(
            difference.table in empty and not difference.added for difference in differences
        )

    def with_signals(self) -> None:
        """Send the signals of ``migrate`` from now on; clears the cache of results."""
        self._signals = True
        self._results = {}

    def get(self, rows: Rows) -> tuple[SeededRows, CycleResult]:
        """Return the seeded rows and the result of the trial with ``rows``, from the cache if possible."""
        if rows not in self._results:
            trial_result = self._run(rows, signals=self._signals)
            if not self._signals and self._fails_differently(trial_result[1]):
                trial_result = self._run(rows, signals=True)
            self._results[rows] = trial_result
        return self._results[rows]

    @property
    def short(self) -> bool:
        """Whether edge rows made the forward step fail in a trial, though not in the first cycle."""
        trial_result = (
            self._results[rows][1] for rows in ("edge", "new") if self._edge and rows in self._results
        )
        return self._first.failed != "forward" and any(result.failed == "forward" for result in trial_result)

    def _run(self, kind: Rows, *, signals: bool) -> tuple[SeededRows, CycleResult]:
        with self._context.sandboxes.switched_to(self._start_address(kind)):
            rows = self._rows(kind)
            if self.start is snapshots.EMPTY_SNAPSHOT:
                self.start = snapshots.take_snapshot(self._context.sandboxes.connection)
            result = self._cycle(kind, rows, signals=signals).run(self._unseeded.state(), self.start)
        return rows.seeded_rows(), result

    def _rows(self, kind: Rows) -> RecordedRows:
        seeded = SeededCycleRows(self._context, self._key, kind, edge=self._edge, many=False, recorded=False)
        return RecordedRows(self._context.sandboxes.connection, seeded, partial(self._keep_seeded_copy, kind))

    def _cycle(self, kind: Rows, rows: RecordedRows, *, signals: bool) -> Cycle:
        run_step = partial(
            self._context.run_step, self._key, "cycle", rows=kind, trial=True, without_edge=not self._edge
        )
        scope = CycleScope(signals=signals, reapply=self._with_reapply, statements=False, checks=False)
        return Cycle(
            self._context, self._key, rows, DisposableSteps(run_step), scope, kind=kind, edge=self._edge
        )

    def _start_address(self, rows: Rows) -> Address:
        """Clone the sandbox for a trial: with old rows present, if a copy with them was kept."""
        if rows == "new" and self._seeded_copy is not None:
            return self._context.sandboxes.clone_of(self._seeded_copy, "trial")
        return self._unseeded.clone("trial")

    def _keep_seeded_copy(self, rows: Rows) -> None:
        """Keep a clone with the old rows seeded, if a trial with new rows would seed the same ones.

        Nothing is kept if the project has ``before`` scenarios: they would run on the clone again.
        """
        matches = rows == ("edge" if self._edge else "typical") and self._seeded_copy is None
        if matches and not self._context.scenarios.has("before", self._key):
            self._seeded_copy = self._context.sandboxes.clone("seeded")

    def drop(self) -> None:
        """Drop the clone with seeded rows, if one was kept."""
        copy, self._seeded_copy = self._seeded_copy, None
        if copy is not None:
            self._context.sandboxes.drop(copy)

    def _fails_differently(self, result: CycleResult) -> bool:
        return result.failed is not None and not shows_again(
            Symptom("step", result.failed), self._first, result
        )
