"""The cycle of one target with fewer rows, once for each temperament: what shows, and what was on board."""

from __future__ import annotations

from functools import partial

from django_switchback.evidence import Rows
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.cycle import CycleResult
from django_switchback.worker.cycle.empty_sandbox import UnseededTrack
from django_switchback.worker.migrate.migrator import MigrationKey
from django_switchback.worker.minimise.symptom import Symptom, shows_again
from django_switchback.worker.minimise.trial import RecordingTrial, SeededRows


class SeededTrials:
    """Cycles of ``key`` on copies of ``bare``, which stands right before it.

    ``first`` is what its cycle with all rows showed, ``edge`` whether edge rows were among the old ones, and
    ``far`` whether it takes the second way forward to see it again. The signals of ``migrate`` are left out,
    which takes half the time, until they are asked for, and wherever something else shows without them than
    what showed first.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        bare: UnseededTrack,
        first: CycleResult,
        *,
        far: bool,
        edge: bool,
    ) -> None:
        self._context = context
        self._key = key
        self._bare = bare
        self._first = first
        self._far = far
        self._edge = edge
        self._signals = False
        self._made: dict[Rows, tuple[SeededRows, CycleResult]] = {}
        self._kept: Address | None = None
        self.start: Snapshot = snapshots.EMPTY_SNAPSHOT
        """What the database is like right before the target without a row of ours, once there is a board."""

    @property
    def take_rows(self) -> bool:
        """Whether all that showed first befell rows of tables that are empty without rows of ours.

        None of it shows without rows then, and more rows do not hide what fewer bring out.
        """
        first = self._first
        moments = (first.restored, first.reapplied)
        found = [row for moment in moments if moment is not None for row in moment.rows]
        empty = {table for table, content in self.start.rows.items() if not content.rows}
        return first.failed is None and all(
            difference.table in empty and not difference.added for difference in found
        )

    def with_signals(self) -> None:
        """Send the signals from now on; what was seen without them is forgotten."""
        self._signals = True
        self._made = {}

    def get(self, rows: Rows) -> tuple[SeededRows, CycleResult]:
        """Return what was on board with ``rows``, and what showed."""
        if rows not in self._made:
            made = self._run(rows, signals=self._signals)
            if not self._signals and self._shows_other(made[1]):
                made = self._run(rows, signals=True)
            self._made[rows] = made
        return self._made[rows]

    @property
    def short(self) -> bool:
        """Whether edge rows kept the target from being applied here, as the first ones did not."""
        made = (self._made[rows][1] for rows in ("edge", "new") if self._edge and rows in self._made)
        return self._first.failed != "forward" and any(seen.failed == "forward" for seen in made)

    def _run(self, rows: Rows, *, signals: bool) -> tuple[SeededRows, CycleResult]:
        with self._context.sandboxes.switched_to(self._ground(rows)):
            boarding = RecordingTrial(
                self._context,
                self._key,
                rows,
                far=self._far,
                signals=signals,
                edge=self._edge,
                seeded=partial(self._keep, rows),
            )
            if self.start is snapshots.EMPTY_SNAPSHOT:
                self.start = snapshots.take_snapshot(self._context.sandboxes.connection)
            seen = boarding.run(self._bare.state(), self.start)
        return boarding.board(), seen

    def _ground(self, rows: Rows) -> Address:
        """Return a copy to begin at: one with old rows on board, where those of ``rows`` were once."""
        if rows == "new" and self._kept is not None:
            return self._context.sandboxes.clone_of(self._kept, "board")
        return self._bare.clone("board")

    def _keep(self, rows: Rows) -> None:
        """Keep a copy of the old rows of a board, if they are those that new ones come to.

        None where the project's own functions write rows too: they would be called on it again.
        """
        wanted = rows == ("edge" if self._edge else "typical") and self._kept is None
        if wanted and not self._context.scenarios.has("before", self._key):
            self._kept = self._context.sandboxes.clone("seeded")

    def drop(self) -> None:
        """Drop the copy that was kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            self._context.sandboxes.drop(kept)

    def _shows_other(self, seen: CycleResult) -> bool:
        return seen.failed is not None and not shows_again(Symptom("step", seen.failed), self._first, seen)
