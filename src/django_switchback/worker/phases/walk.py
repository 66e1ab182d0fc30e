"""The walk: forward in plan order, with the cycle of each target at its own place in history."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db.migrations.state import ProjectState

from django_switchback.evidence import NotRun
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Moment
from django_switchback.worker.cycle.context import Context, key_of, name_of
from django_switchback.worker.cycle.cycle import Cycle
from django_switchback.worker.cycle.empty_sandbox import Bare
from django_switchback.worker.migrate.migrator import Key, Taken
from django_switchback.worker.phases import observed
from django_switchback.worker.phases.checkpoints import Station
from django_switchback.worker.process.forking import Room
from django_switchback.worker.seed.seeder import Memory


class Reached(NamedTuple):
    """How far the walk has come, as one process tells it to another one."""

    left: list[Key]
    address: Address
    applied: set[Key]
    lost: set[Key]
    bare: tuple[Address, set[Key]] | None
    station: Station | None
    memory: Memory


class Walk:
    """Takes the current sandbox, which is empty, to every target and each target through its cycle.

    It goes on from one of ``stations`` where that is nearer than the place where it is: with new rows then.
    """

    def __init__(self, context: Context, stations: Sequence[Station]) -> None:
        self._context = context
        self._migrator = context.migrator
        self._stations = stations
        self._targets = set(map(key_of, context.part.targets))
        self._not_rolled_back = set(map(key_of, context.part.not_rolled_back))
        self._lost = set(map(key_of, context.part.unappliable))
        self._state: ProjectState = self._migrator.empty_state()
        self._last: Moment = snapshots.EMPTY
        self._applied: set[Key] = set()
        self._bare: Bare | None = None
        self._station: Station | None = None

    def run(self) -> None:
        """Go as far as the last target."""
        self._migrator.prepare()
        left = [key for key in self._migrator.plan if key in self._targets - self._not_rolled_back]
        while left:
            left = self._go_on(left)

    def _go_on(self, targets: list[Key]) -> list[Key]:
        """Go as far through ``targets`` as another process has room for; return those that are left."""
        context = self._context
        reached = context.apart(lambda room: self._go(targets, room))
        context.bench.switch(reached.address)
        context.seeder.remember(reached.memory)
        self._applied, self._lost = reached.applied, reached.lost
        self._last = snapshots.EMPTY
        self._state = self._migrator.state_of(self._applied.__contains__)
        if reached.bare is not None:
            self._bare = self._bare_at(*reached.bare)
        self._station = reached.station
        return reached.left

    def _go(self, targets: list[Key], room: Room) -> Reached:
        """Go through ``targets``, at least to the first one, and as far as there is ``room``."""
        for place, key in enumerate(targets):
            if place and not room.left:
                return self._reached(targets[place:])
            self._go_to(key)
            if not self._out_of_reach(key):
                self._attempt(key)
        return self._reached([])

    def _reached(self, left: list[Key]) -> Reached:
        context, bare = self._context, self._bare
        return Reached(
            left=left,
            address=context.bench.current,
            applied=self._applied,
            lost=self._lost,
            bare=None if bare is None else (bare.address, bare.applied),
            station=self._station,
            memory=context.seeder.memory,
        )

    def _go_to(self, key: Key) -> None:
        """Be right before ``key``."""
        place = self._migrator.position
        passed = [one for one in self._stations if place[one.before] <= place[key]]
        if passed and passed[-1] != self._station:
            self._change_to(passed[-1])
        before = [one for one in self._migrator.plan[: place[key]] if one not in self._applied]
        self._pass_over([one for one in before if not self._out_of_reach(one)])

    def _change_to(self, station: Station) -> None:
        """Go on from ``station``, after the signals that a database in use has had."""
        bench = self._context.bench
        if self._bare is not None:
            bench.drop(self._bare.address)
        self._bare = self._bare_at(bench.copy_of(station.address, "bare"), set(station.applied))
        self._bare.announce()
        self._station = station
        passed = self._migrator.plan[: self._migrator.position[station.before]]
        self._lost = (self._lost | set(passed)) - set(station.applied)
        self._context.seeder.forget()
        self._stand_at(self._bare)

    def _out_of_reach(self, key: Key) -> bool:
        """Pass over what depends on a migration that could not be applied; say so of a target."""
        if key in self._lost:
            return True
        parents = {parent.key for parent in self._migrator.loader.graph.node_map[key].parents}
        lost = sorted(parents & self._lost)
        if not lost:
            return False
        self._lost.add(key)
        if key in self._targets:
            self._not_run(key, f"it needs {name_of(lost[0])}, which could not be applied")
        return True

    def _pass_over(self, keys: list[Key]) -> None:
        """Apply what is no target in one go, rows on board; where they do not let it pass, without rows."""
        if not keys:
            return
        self._last = self._last._replace(schema={})
        state = self._state.clone()
        for key, taken in self._migrator.forward_all(state, keys, self._passing):
            if taken.failure is not None:
                self._start_over(keys)
                return
            self._applied.add(key)
        self._state = state

    def _passing(self, key: Key, action: Callable[[], Taken]) -> Taken:
        return self._context.passing(key, action, "none" if self._bare is None else "edge")

    def _attempt(self, key: Key) -> None:
        """Take ``key`` through its cycle; a fault of our own costs it alone its verdict."""
        try:
            self._cycle(key)
        except Exception as error:
            traceback.print_exc()
            reason = f"a fault of Switchback's own: {type(error).__name__}: {error}"
            self._not_run(key, reason, error=True)
            self._start_over([key])

    def _cycle(self, key: Key) -> None:
        self._state = self._migrator.rendering.as_in_a_new_process(self._state)
        bare = self._bare_chain()
        seen = Cycle(self._context, key).run(self._state, self._last)
        observed.record(self._context, key, seen)
        refused = seen.taken is not None and seen.taken.failure is not None and seen.taken.failure.of_server
        if not seen.sound and not refused and bare.advance(self._so_far()) is None:
            observed.classify(self._context, key, seen, bare)
        if seen.state is None or not seen.stands_after:
            self._start_over([key])
            return
        self._state, self._last = seen.state, seen.last
        self._applied.add(key)

    def _bare_chain(self) -> Bare:
        """Return the chain without rows; it leaves the walk right before the first row is written."""
        if self._bare is None:
            self._bare = self._bare_at(self._context.bench.clone("bare"), set(self._applied))
        return self._bare

    def _bare_at(self, address: Address, applied: set[Key]) -> Bare:
        return Bare(self._migrator, self._context.bench, address, applied, self._context.passing)

    def _so_far(self) -> list[Key]:
        return [key for key in self._migrator.plan if key in self._applied]

    def _start_over(self, keys: list[Key]) -> None:
        """Go on from the chain without rows, with ``keys`` applied too; those that cannot be are lost."""
        bare = self._bare_chain()
        wanted = self._so_far() + [key for key in keys if key not in self._applied]
        if bare.advance(wanted) is not None:
            for key in wanted:
                if not self._out_of_reach(key) and bare.advance([key]) is not None:
                    self._lost.add(key)
        self._stand_at(bare)

    def _stand_at(self, bare: Bare) -> None:
        self._context.bench.replace(bare.copy("walk"))
        self._applied = set(bare.applied)
        self._state = bare.state()
        self._last = snapshots.EMPTY

    def _not_run(self, key: Key, reason: str, *, error: bool = False) -> None:
        self._context.log.add(
            NotRun(database=self._context.database, migration=name_of(key), reason=reason, error=error)
        )
