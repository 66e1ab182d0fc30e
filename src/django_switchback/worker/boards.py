"""The cycle of one target with fewer rows, once for each temperament: what shows, and what was on board."""

from __future__ import annotations

from django_switchback.evidence import Rows
from django_switchback.worker import moment
from django_switchback.worker.bare import Bare
from django_switchback.worker.context import Context
from django_switchback.worker.cycle import Seen
from django_switchback.worker.migrator import Key
from django_switchback.worker.moment import Moment
from django_switchback.worker.trial import Board, Boarding
from django_switchback.worker.trouble import Trouble, shows_again


class Boards:
    """Cycles of ``key`` on copies of ``bare``, which stands right before it.

    ``first`` is what its cycle with all rows showed, ``edge`` whether edge rows were among the old ones, and
    ``far`` whether it takes the second way forward to see it again. The signals of ``migrate`` are left out,
    which takes half the time, until they are asked for, and wherever something else shows without them than
    what showed first.
    """

    def __init__(self, context: Context, key: Key, bare: Bare, first: Seen, *, far: bool, edge: bool) -> None:
        self._context = context
        self._key = key
        self._bare = bare
        self._first = first
        self._far = far
        self._edge = edge
        self._signals = False
        self._made: dict[Rows, tuple[Board, Seen]] = {}
        self.start: Moment = moment.EMPTY
        """What the database is like right before the target without a row of ours, once there is a board."""

    def with_signals(self) -> None:
        """Send the signals from now on; what was seen without them is forgotten."""
        self._signals = True
        self._made = {}

    def get(self, rows: Rows) -> tuple[Board, Seen]:
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

    def _run(self, rows: Rows, *, signals: bool) -> tuple[Board, Seen]:
        with self._context.bench.on(self._bare.copy("board")):
            boarding = Boarding(
                self._context, self._key, rows, far=self._far, signals=signals, edge=self._edge
            )
            if self.start is moment.EMPTY:
                self.start = moment.take(self._context.bench.connection)
            seen = boarding.run(self._bare.state(), self.start)
        return boarding.board(), seen

    def _shows_other(self, seen: Seen) -> bool:
        return seen.failed is not None and not shows_again(Trouble("step", seen.failed), self._first, seen)
