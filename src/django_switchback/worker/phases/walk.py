"""The walk: forward in plan order, with the cycle of each target at its own place in history."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db.migrations.state import ProjectState

from django_switchback.evidence import NotRun
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.context import PartContext, django_key, migration_name
from django_switchback.worker.cycle.cycle import Cycle
from django_switchback.worker.cycle.empty_sandbox import UnseededTrack
from django_switchback.worker.migrate.migrator import MigrationKey, StepResult
from django_switchback.worker.phases import observed
from django_switchback.worker.phases.checkpoints import Checkpoint
from django_switchback.worker.process.forking import MemoryBudget
from django_switchback.worker.seed.seeder import SeederState


class WalkPosition(NamedTuple):
    """How far the walk has come, as one process tells it to another one."""

    left: list[MigrationKey]
    address: Address
    applied: set[MigrationKey]
    lost: set[MigrationKey]
    bare: tuple[Address, set[MigrationKey]] | None
    station: Checkpoint | None
    memory: SeederState


class Walk:
    """Takes the current sandbox, which is empty, to every target and each target through its cycle.

    It goes on from one of ``stations`` where that is nearer than the place where it is: with new rows then.
    """

    def __init__(self, context: PartContext, stations: Sequence[Checkpoint]) -> None:
        self._context = context
        self._migrator = context.migrator
        self._stations = stations
        self._targets = set(map(django_key, context.part.targets))
        self._not_rolled_back = set(map(django_key, context.part.not_rolled_back))
        self._lost = set(map(django_key, context.part.unappliable))
        self._state: ProjectState = self._migrator.empty_state()
        self._last: Snapshot = snapshots.EMPTY_SNAPSHOT
        self._applied: set[MigrationKey] = set()
        self._bare: UnseededTrack | None = None
        self._station: Checkpoint | None = None

    def run(self) -> None:
        """Go as far as the last target."""
        self._migrator.prepare()
        left = [key for key in self._migrator.plan if key in self._targets - self._not_rolled_back]
        while left:
            left = self._go_on(left)

    def _go_on(self, targets: list[MigrationKey]) -> list[MigrationKey]:
        """Go as far through ``targets`` as another process has room for; return those that are left."""
        context = self._context
        reached = context.apart(lambda room: self._go(targets, room))
        context.sandboxes.switch(reached.address)
        context.seeder.remember(reached.memory)
        self._applied, self._lost = reached.applied, reached.lost
        self._last = snapshots.EMPTY_SNAPSHOT
        self._state = self._migrator.state_of(self._applied.__contains__)
        if reached.bare is not None:
            self._bare = self._bare_at(*reached.bare)
        self._station = reached.station
        return reached.left

    def _go(self, targets: list[MigrationKey], room: MemoryBudget) -> WalkPosition:
        """Go through ``targets``, at least to the first one, and as far as there is ``room``."""
        for place, key in enumerate(targets):
            if place and not room.left:
                return self._reached(targets[place:])
            self._go_to(key)
            if not self._out_of_reach(key):
                self._attempt(key)
        return self._reached([])

    def _reached(self, left: list[MigrationKey]) -> WalkPosition:
        context, bare = self._context, self._bare
        return WalkPosition(
            left=left,
            address=context.sandboxes.current,
            applied=self._applied,
            lost=self._lost,
            bare=None if bare is None else (bare.address, bare.applied),
            station=self._station,
            memory=context.seeder.memory,
        )

    def _go_to(self, key: MigrationKey) -> None:
        """Be right before ``key``."""
        place = self._migrator.position
        passed = [station for station in self._stations if place[station.before] <= place[key]]
        if passed and passed[-1] != self._station:
            self._change_to(passed[-1])
        before = [one for one in self._migrator.plan[: place[key]] if one not in self._applied]
        self._pass_over([one for one in before if not self._out_of_reach(one)])

    def _change_to(self, station: Checkpoint) -> None:
        """Go on from ``station``, after the signals that a database in use has had."""
        bench = self._context.sandboxes
        if self._bare is not None:
            bench.drop(self._bare.address)
        self._bare = self._bare_at(bench.clone_of(station.address, "bare"), set(station.applied))
        self._bare.announce()
        self._station = station
        passed = self._migrator.plan[: self._migrator.position[station.before]]
        self._lost = (self._lost | set(passed)) - set(station.applied)
        self._context.seeder.forget()
        self._stand_at(self._bare)

    def _out_of_reach(self, key: MigrationKey) -> bool:
        """Pass over what depends on a migration that could not be applied; say so of a target."""
        if key in self._lost:
            return True
        parents = {parent.key for parent in self._migrator.loader.graph.node_map[key].parents}
        lost = sorted(parents & self._lost)
        if not lost:
            return False
        self._lost.add(key)
        if key in self._targets:
            self._not_run(key, f"it needs {migration_name(lost[0])}, which could not be applied")
        return True

    def _pass_over(self, keys: list[MigrationKey]) -> None:
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

    def _passing(self, key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        return self._context.run_passing_step(key, action, "none" if self._bare is None else "edge")

    def _attempt(self, key: MigrationKey) -> None:
        """Take ``key`` through its cycle; a fault of our own costs it alone its verdict."""
        try:
            self._cycle(key)
        except Exception as error:
            traceback.print_exc()
            reason = f"a fault of Switchback's own: {type(error).__name__}: {error}"
            self._not_run(key, reason, error=True)
            self._start_over([key])

    def _cycle(self, key: MigrationKey) -> None:
        self._state = self._migrator.rendering.without_rendered_apps(self._state)
        bare = self._bare_chain()
        seen = Cycle(self._context, key).run(self._state, self._last)
        observed.record_cycle(self._context, key, seen)
        refused = (
            seen.failed_step is not None
            and seen.failed_step.failure is not None
            and seen.failed_step.failure.of_server
        )
        if not seen.sound and not refused and bare.advance(self._so_far()) is None:
            observed.classify_symptoms(self._context, key, seen, bare)
        if seen.state is None or not seen.stands_after:
            self._start_over([key])
            return
        self._state, self._last = seen.state, seen.last
        self._applied.add(key)

    def _bare_chain(self) -> UnseededTrack:
        """Return the chain without rows; it leaves the walk right before the first row is written."""
        if self._bare is None:
            self._bare = self._bare_at(self._context.sandboxes.clone("bare"), set(self._applied))
        return self._bare

    def _bare_at(self, address: Address, applied: set[MigrationKey]) -> UnseededTrack:
        return UnseededTrack(
            self._migrator, self._context.sandboxes, address, applied, self._context.run_passing_step
        )

    def _so_far(self) -> list[MigrationKey]:
        return [key for key in self._migrator.plan if key in self._applied]

    def _start_over(self, keys: list[MigrationKey]) -> None:
        """Go on from the chain without rows, with ``keys`` applied too; those that cannot be are lost."""
        bare = self._bare_chain()
        wanted = self._so_far() + [key for key in keys if key not in self._applied]
        if bare.advance(wanted) is not None:
            for key in wanted:
                if not self._out_of_reach(key) and bare.advance([key]) is not None:
                    self._lost.add(key)
        self._stand_at(bare)

    def _stand_at(self, bare: UnseededTrack) -> None:
        self._context.sandboxes.replace(bare.clone("walk"))
        self._applied = set(bare.applied)
        self._state = bare.state()
        self._last = snapshots.EMPTY_SNAPSHOT

    def _not_run(self, key: MigrationKey, reason: str, *, error: bool = False) -> None:
        self._context.log.add(
            NotRun(database=self._context.database, migration=migration_name(key), reason=reason, error=error)
        )
