"""The unwind: from head, with rows, all targets rolled back newest first, and forward to head again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from django_switchback.evidence import (
    Classified,
    Compared,
    Comparison,
    Difference,
    Direction,
    OperationsRan,
    Rows,
    UnwindBlocked,
)
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.compare.unwind_losses import UnwindSnapshots, unwind_losses
from django_switchback.worker.cycle.context import PartContext, django_key, migration_name
from django_switchback.worker.migrate.migrator import MigrationKey, Migrator, StepResult
from django_switchback.worker.migrate.rollback_order import Rollback, states_before, with_dependents

UNWIND_ROWS: Rows = "typical"
"""What is on board: rows such as users would have stored. What extremes do is asked in the cycles; here they
would keep all that lies below from being unwound."""


Amiss: TypeAlias = tuple[MigrationKey, Literal["step", "reapplied"], Direction]
"""Of which migration a step failed, or rows differed, with rows on board."""


def unwind(context: PartContext, applied: set[MigrationKey]) -> Address:
    """Unwind the current sandbox, which is at head with no row of ours; return the one in its place then.

    Where many rows were asked for, they are copies, which may do what edge rows do. What is amiss with them
    is no reason to leave out what lies below: all is unwound once more, from head with few rows.
    """
    bench = context.sandboxes
    head = bench.clone("head")
    first = Unwind(context, applied, head)
    first.run()
    last = first
    if first.amiss and context.seeder.makes_many:
        bench.replace(bench.clone_of(head, "again"))
        last = Unwind(context, applied, head, repeat=True)
        last.run()
        context.log.add(*_by_copies(context, first, last))
    context.log.add(*last.blocked())
    return bench.current


def _by_copies(context: PartContext, first: Unwind, last: Unwind) -> Iterator[Classified]:
    """Yield of what was amiss with copies whether it takes them: it is the rows that edge rows are, then."""
    for key, about, direction in first.amiss:
        if key in last.reached:
            yield Classified(
                database=context.database,
                migration=migration_name(key),
                phase="unwind",
                about=about,
                direction=direction,
                fewest=UNWIND_ROWS if (key, about, direction) in last.amiss else "edge",
            )


class Unwind:
    """Unwinds the current sandbox, which is at ``head`` with no row of ours, and winds it up again.

    A ``repeat`` has few rows, whatever the run was asked for.
    """

    def __init__(
        self, context: PartContext, applied: set[MigrationKey], head: Address, *, repeat: bool = False
    ) -> None:
        self._context = context
        self._migrator: Migrator = context.migrator
        self._applied = applied
        self._repeat = repeat
        self._many = context.seeder.makes_many and not repeat
        self._stuck: dict[MigrationKey, MigrationKey] = {}
        self.amiss: list[Amiss] = []
        self.reached: set[MigrationKey] = set()
        """What was rolled back or applied again, or tried to be, and with that has been asked."""
        self._unseen: dict[MigrationKey, MigrationKey] = {}
        """What nobody could see come back, by what could not be applied again."""
        self._safety: Address | None = None
        self._not_rolled_back = set(map(django_key, context.part.not_rolled_back))
        self._targets = set(map(django_key, context.part.targets)) & applied
        self._rolled = with_dependents(self._migrator, applied, self._targets)
        self._descent = Rollback(self._migrator, applied)
        self._head = head

    def run(self) -> None:
        """Go down and up again."""
        if not self._targets:
            return
        states = states_before(self._migrator, self._applied, self._rolled)
        head = self._migrator.state_of(self._applied.__contains__)
        self._context.seeder.fill(head.apps, edge=False, many=self._many)
        now = snapshots.take_snapshot(self._context.sandboxes.connection, bulk=self._many)
        levels: dict[MigrationKey, tuple[Snapshot, Snapshot]] = {}
        steps = self._descent.roll_back(self._rolled[::-1], states, self._down, self._blocked)
        for key, taken in steps:
            top, now = now, self._rolled_back(key, taken, now)
            self._ran(key, "rollback", taken, top, now)
            levels[key] = top, now
        self._up([key for key in self._rolled if key not in self._stuck], levels, bottom=now)

    def _blocked(self, key: MigrationKey) -> bool:
        """Tell whether something that needs ``key`` is still applied."""
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
        return True

    def blocked(self) -> Iterator[UnwindBlocked]:
        """Yield the targets that were not reached, on the way down or up."""
        for key, by in self._stuck.items():
            if key in self._targets and by != key:
                yield UnwindBlocked(
                    database=self._context.database, migration=migration_name(key), by=migration_name(by)
                )
        for key, by in self._unseen.items():
            if key in self._targets:
                yield UnwindBlocked(
                    database=self._context.database,
                    migration=migration_name(key),
                    by=migration_name(by),
                    direction="forward",
                )

    def _down(self, key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        """Roll ``key`` back; where that can stop half way, there is a copy to go back to."""
        atomic = self._migrator.loader.graph.nodes[key].atomic
        self._safety = None if atomic else self._context.sandboxes.clone("safety")
        return self._step(key, "rollback", action)

    def _rolled_back(self, key: MigrationKey, taken: StepResult, now: Snapshot) -> Snapshot:
        """Return what is there after the rollback of ``key``; after one that failed, ``key`` is applied."""
        bench = self._context.sandboxes
        safety = self._safety
        after = snapshots.take_snapshot(bench.connection, now)
        if taken.failure is None:
            if safety is not None:
                bench.drop(safety)
            return after
        self._stuck[key] = key
        leavings = snapshots.difference(now, after)
        self._compared(key, "after-failure", leavings)
        if safety is not None:
            bench.replace(safety)
            after = snapshots.take_snapshot(bench.connection, now)
        self._confirm(key, "rollback", taken)
        self._classify(key)
        return after

    def _up(
        self,
        keys: list[MigrationKey],
        levels: dict[MigrationKey, tuple[Snapshot, Snapshot]],
        bottom: Snapshot,
    ) -> None:
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
            failed: MigrationKey | None = None
            for key, taken in steps:
                if taken.failure is not None:
                    self._confirm(key, "reapply", taken)
                    self.amiss.append((key, "step", "reapply"))
                    failed = key
                    if whole:
                        self._unseen = {other: key for other in left if other not in {key, *applied}}
                    # What the others meet from here on is not what was there when they were rolled back.
                    whole = False
                    break
                applied.add(key)
                if whole:
                    below, now = now, snapshots.take_snapshot(self._context.sandboxes.connection, now)
                    self._ran(key, "reapply", taken, below, now)
                    passage = UnwindSnapshots(*levels[key], below, now)
                    self._wound_up(key, unwind_losses(passage, bounds=bottom), told)
            if failed is None:
                return
            left = self._without(failed, [key for key in left if key not in applied])

    def _without(self, failed: MigrationKey, keys: list[MigrationKey]) -> list[MigrationKey]:
        """Return ``keys`` without ``failed`` and all that needs it."""
        graph = self._migrator.loader.graph
        lost = {failed}
        for key in keys:
            if any(parent.key in lost for parent in graph.node_map[key].parents):
                lost.add(key)
        return [key for key in keys if key not in lost]

    def _wound_up(self, key: MigrationKey, found: Comparison, told: set[Difference | str]) -> None:
        """Record what is not as it was; a difference that an earlier migration brought is not told again."""
        fresh = Comparison(
            schema=tuple(difference for difference in found.schema if difference not in told),
            rows=tuple(difference for difference in found.rows if difference.table not in told),
        )
        told.update(fresh.schema, (difference.table for difference in fresh.rows))
        self._compared(key, "reapplied", fresh)
        if fresh.rows:
            self.amiss.append((key, "reapplied", "reapply"))

    def _ran(
        self, key: MigrationKey, direction: Direction, taken: StepResult, earlier: Snapshot, later: Snapshot
    ) -> None:
        """Record what the data operations of ``key`` did, if it has any and they came to their end."""
        if taken.failure is not None or not self._migrator.has_data(key):
            return
        self._context.log.add(
            OperationsRan(
                database=self._context.database,
                migration=migration_name(key),
                phase="unwind",
                direction=direction,
                changed=snapshots.changed(earlier, later),
                operations=taken.operations,
                without_edge=self._repeat,
            )
        )

    def _compared(self, key: MigrationKey, name: str, comparison: Comparison) -> None:
        self._context.log.add(
            Compared(
                database=self._context.database,
                migration=migration_name(key),
                phase="unwind",
                moment="after-failure" if name == "after-failure" else "reapplied",
                rows_on_board=UNWIND_ROWS,
                comparison=comparison,
                without_edge=self._repeat,
            )
        )

    def _step(self, key: MigrationKey, direction: Direction, action: Callable[[], StepResult]) -> StepResult:
        self.reached.add(key)
        return self._context.run_step(
            key, "unwind", direction, action, rows=UNWIND_ROWS, without_edge=self._repeat
        )

    def _confirm(self, key: MigrationKey, direction: Direction, taken: StepResult) -> None:
        self._context.confirm(key, "unwind", direction, taken, without_edge=self._repeat)

    def _classify(self, key: MigrationKey) -> None:
        """Roll back to before ``key`` from head as ``migrate`` would, without a row: does that fail too."""
        bare = self._fails_without_rows(key)
        if not bare:
            self.amiss.append((key, "step", "rollback"))
            if self._many:
                # Whether it takes copies is known by the repeat.
                return
        self._context.log.add(
            Classified(
                database=self._context.database,
                migration=migration_name(key),
                phase="unwind",
                about="step",
                direction="rollback",
                fewest="none" if bare else UNWIND_ROWS,
                without_edge=self._repeat,
            )
        )

    def _fails_without_rows(self, key: MigrationKey) -> bool:
        bench, migrator = self._context.sandboxes, self._migrator
        rolled = with_dependents(migrator, self._applied, {key})
        states = states_before(migrator, self._applied, rolled)

        def step(other: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
            return self._context.run_step(other, "unwind", "rollback", action, trial=True)

        with bench.switched_to(bench.clone_of(self._head, "trial")):
            steps = Rollback(migrator, self._applied).roll_back_all(rolled[::-1], states, step)
            return any(taken.failure is not None and other == key for other, taken in steps)
