"""The unwind: from head, with rows, all targets rolled back newest first, and forward to head again."""

from __future__ import annotations

from collections.abc import Callable

from django_switchback.evidence import (
    Classified,
    Compared,
    Comparison,
    Difference,
    Direction,
    Rows,
    UnwindBlocked,
)
from django_switchback.sandbox.interface import Address
from django_switchback.worker import moment
from django_switchback.worker.context import Context, key_of, name_of
from django_switchback.worker.migrator import Key, Migrator, Taken
from django_switchback.worker.moment import Moment
from django_switchback.worker.passage import Passage, rewound
from django_switchback.worker.release import Descent, states_before, with_dependents

ROWS: Rows = "typical"
"""What is on board: rows such as users would have stored. What extremes do is asked in the cycles; here they
would keep all that lies below from being unwound."""


class Unwind:
    """Unwinds the current sandbox, which is at head with no row of ours, and winds it up again."""

    def __init__(self, context: Context, applied: set[Key]) -> None:
        self._context = context
        self._migrator: Migrator = context.migrator
        self._applied = applied
        self._stuck: dict[Key, Key] = {}
        self._safety: Address | None = None
        self._not_rolled_back = set(map(key_of, context.part.not_rolled_back))
        self._targets = set(map(key_of, context.part.targets)) & applied
        self._rolled = with_dependents(self._migrator, applied, self._targets)
        self._descent = Descent(self._migrator, applied)
        self._head = context.bench.clone("head")

    def run(self) -> Address:
        """Go down and up again; return the sandbox that is the current one then."""
        if self._targets:
            self._down_and_up()
        return self._context.bench.current

    def _down_and_up(self) -> None:
        states = states_before(self._migrator, self._applied, self._rolled)
        head = self._migrator.state_of(self._applied.__contains__)
        seeder = self._context.seeder
        seeder.fill(head.apps, edge=False, many=True)
        now = moment.take(self._context.bench.connection, bulk=seeder.makes_many)
        levels: dict[Key, tuple[Moment, Moment]] = {}
        steps = self._descent.down(self._rolled[::-1], states, self._down, self._blocked)
        for key, taken in steps:
            top, now = now, self._rolled_back(key, taken, now)
            levels[key] = top, now
        self._up([key for key in self._rolled if key not in self._stuck], levels, bottom=now)

    def _blocked(self, key: Key) -> bool:
        """Tell whether something that needs ``key`` is still applied; say so of a target, once."""
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
        if key in self._targets:
            self._context.log.add(
                UnwindBlocked(
                    database=self._context.database, migration=name_of(key), by=name_of(self._stuck[key])
                )
            )
        return True

    def _down(self, key: Key, action: Callable[[], Taken]) -> Taken:
        """Roll ``key`` back; where that can stop half way, there is a copy to go back to."""
        atomic = self._migrator.loader.graph.nodes[key].atomic
        self._safety = None if atomic else self._context.bench.clone("safety")
        return self._step(key, "rollback", action)

    def _rolled_back(self, key: Key, taken: Taken, now: Moment) -> Moment:
        """Return what is there after the rollback of ``key``; after one that failed, ``key`` is applied."""
        bench = self._context.bench
        safety = self._safety
        after = moment.take(bench.connection, now)
        if taken.failure is None:
            if safety is not None:
                bench.drop(safety)
            return after
        self._stuck[key] = key
        leavings = moment.difference(now, after)
        self._compared(key, "after-failure", leavings)
        if safety is not None:
            bench.replace(safety)
            after = moment.take(bench.connection, now)
        self._context.confirm(key, "unwind", "rollback", taken)
        self._classify(key)
        return after

    def _up(self, keys: list[Key], levels: dict[Key, tuple[Moment, Moment]], bottom: Moment) -> None:
        """Go forward again; each migration must bring back what was there when it was rolled back."""
        told: set[Difference | str] = set()
        applied = self._applied - set(keys)
        left = list(keys)
        now = bottom
        whole = True
        while left:
            state = self._migrator.state_of(applied.__contains__)
            steps = self._migrator.forward_all(
                state, left, lambda key, action: self._step(key, "reapply", action)
            )
            failed: Key | None = None
            for key, taken in steps:
                if taken.failure is not None:
                    self._context.confirm(key, "unwind", "reapply", taken)
                    failed = key
                    # What the others meet from here on is not what was there when they were rolled back.
                    whole = False
                    break
                applied.add(key)
                if whole:
                    below, now = now, moment.take(self._context.bench.connection, now)
                    passage = Passage(*levels[key], below, now)
                    self._wound_up(key, rewound(passage, bounds=bottom), told)
            if failed is None:
                return
            left = self._without(failed, [key for key in left if key not in applied])

    def _without(self, failed: Key, keys: list[Key]) -> list[Key]:
        """Return ``keys`` without ``failed`` and all that needs it."""
        graph = self._migrator.loader.graph
        lost = {failed}
        for key in keys:
            if any(parent.key in lost for parent in graph.node_map[key].parents):
                lost.add(key)
        return [key for key in keys if key not in lost]

    def _wound_up(self, key: Key, found: Comparison, told: set[Difference | str]) -> None:
        """Record what is not as it was; a difference that an earlier migration brought is not told again."""
        fresh = Comparison(
            schema=tuple(difference for difference in found.schema if difference not in told),
            rows=tuple(difference for difference in found.rows if difference.table not in told),
        )
        told.update(fresh.schema, (difference.table for difference in fresh.rows))
        self._compared(key, "reapplied", fresh)

    def _compared(self, key: Key, name: str, comparison: Comparison) -> None:
        self._context.log.add(
            Compared(
                database=self._context.database,
                migration=name_of(key),
                phase="unwind",
                moment="after-failure" if name == "after-failure" else "reapplied",
                rows_on_board=ROWS,
                comparison=comparison,
            )
        )

    def _step(self, key: Key, direction: Direction, action: Callable[[], Taken]) -> Taken:
        return self._context.step(key, "unwind", direction, action, rows=ROWS)

    def _classify(self, key: Key) -> None:
        """Roll back to before ``key`` from head as ``migrate`` would, without a row: does that fail too."""
        self._context.log.add(
            Classified(
                database=self._context.database,
                migration=name_of(key),
                phase="unwind",
                about="step",
                direction="rollback",
                fewest="none" if self._fails_without_rows(key) else ROWS,
            )
        )

    def _fails_without_rows(self, key: Key) -> bool:
        bench, migrator = self._context.bench, self._migrator
        rolled = with_dependents(migrator, self._applied, {key})
        states = states_before(migrator, self._applied, rolled)

        def step(other: Key, action: Callable[[], Taken]) -> Taken:
            return self._context.step(other, "unwind", "rollback", action, trial=True)

        with bench.on(bench.copy_of(self._head, "trial")):
            steps = Descent(migrator, self._applied).at_once(rolled[::-1], states, step)
            return any(taken.failure is not None and other == key for other, taken in steps)
