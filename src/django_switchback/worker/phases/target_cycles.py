"""Walks the plan forward and runs the cycle of each target at its place in the migration history."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import NamedTuple

import msgspec
from django.db.migrations.state import ProjectState

from django_switchback.evidence import NotRun
from django_switchback.sandbox.checkpoint_list import Checkpoint
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.context import PartContext, django_key, migration_name
from django_switchback.worker.cycle.cycle import Cycle
from django_switchback.worker.cycle.receiver_writes import TargetControl
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.interruption.interrupted_steps import record_interruptions
from django_switchback.worker.locks_and_growth.step_work import ServerMeter
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.phases.classify_symptoms import classify_symptoms
from django_switchback.worker.phases.existing_rows import record_lost_existing_rows
from django_switchback.worker.phases.log_evidence.log_cycle import record_cycle, record_live_models
from django_switchback.worker.phases.log_evidence.log_deploy_window import record_deploy_window
from django_switchback.worker.process.forking import MemoryBudget
from django_switchback.worker.project.lost_connections import LostConnection
from django_switchback.worker.seed.application.head_checks import CHECKED_ROWS, CheckedRows
from django_switchback.worker.seed.seeder import SeederState
from django_switchback.worker.stopwatch import STOPWATCH


class WalkPosition(NamedTuple):
    """The position of the walk, passed from a forked child to its parent."""

    remaining: list[MigrationKey]
    address: Address
    applied: set[MigrationKey]
    unappliable: set[MigrationKey]
    unseeded: tuple[Address, set[MigrationKey]] | None
    earlier: tuple[Address, set[MigrationKey]] | None
    checkpoint: Checkpoint | None
    seeder_state: SeederState
    checked_rows: CheckedRows


class Walk:
    """Migrates the current, empty sandbox from target to target and runs the cycle of each.

    It continues from one of ``checkpoints`` if that is nearer to the next target, with newly seeded rows.
    """

    def __init__(self, context: PartContext, checkpoints: Sequence[Checkpoint]) -> None:
        self._context = context
        self._migrator = context.migrator
        self._checkpoints = checkpoints
        self._targets = set(map(django_key, context.part.targets))
        self._not_rolled_back = set(map(django_key, context.part.not_rolled_back))
        self._unappliable = set(map(django_key, context.part.unappliable))
        self._state: ProjectState = self._migrator.empty_state()
        self._latest_snapshot: Snapshot = snapshots.EMPTY_SNAPSHOT
        self._applied: set[MigrationKey] = set()
        self._unseeded: UnseededSandbox | None = None
        self._checkpoint: Checkpoint | None = None

    @STOPWATCH.phase("way to targets")
    def run(self) -> None:
        """Run the cycles of all targets."""
        CHECKED_ROWS.clear()
        self._migrator.prepare()
        remaining = [key for key in self._migrator.plan if key in self._targets - self._not_rolled_back]
        while remaining:
            remaining = self._run_in_fork(remaining)

    def _run_in_fork(self, targets: list[MigrationKey]) -> list[MigrationKey]:
        """Run as many of ``targets`` as one forked child has memory for; return the remaining ones."""
        context = self._context
        position = context.run_in_fork(lambda budget: self._run_targets(targets, budget))
        context.sandboxes.switch(position.address)
        context.seeder.restore_state(position.seeder_state)
        CHECKED_ROWS.update(position.checked_rows)
        self._applied, self._unappliable = position.applied, position.unappliable
        self._latest_snapshot = snapshots.EMPTY_SNAPSHOT
        self._state = self._migrator.state_of(self._applied.__contains__)
        if position.unseeded is not None:
            self._unseeded = self._unseeded_sandbox_at(*position.unseeded)
            self._unseeded.earlier = position.earlier and self._unseeded_sandbox_at(*position.earlier)
        self._checkpoint = position.checkpoint
        return position.remaining

    def _run_targets(self, targets: list[MigrationKey], budget: MemoryBudget) -> WalkPosition:
        """Run the first of ``targets``, and more while the memory ``budget`` lasts."""
        with nullcontext() if self._context.others is None else self._context.others.in_use():
            return self._run_with_others(targets, budget)

    def _run_with_others(self, targets: list[MigrationKey], budget: MemoryBudget) -> WalkPosition:
        for index, key in enumerate(targets):
            if index and not budget.remains:
                return self._position(targets[index:])
            try:
                with self._context.lost_connections_raised():
                    self._advance_to(key)
                    if not self._skip_if_unappliable(key):
                        with STOPWATCH.phase("cycle", migration_name(key)):
                            self._try_cycle(key)
            except LostConnection as lost:
                self._context.record_loss(lost, targets[index:])
                break
        return self._position([])

    def _position(self, remaining: list[MigrationKey]) -> WalkPosition:
        context, unseeded = self._context, self._unseeded
        return WalkPosition(
            remaining=remaining,
            address=context.sandboxes.current,
            applied=self._applied,
            unappliable=self._unappliable,
            unseeded=_place(unseeded),
            earlier=_place(unseeded and unseeded.earlier),
            checkpoint=self._checkpoint,
            seeder_state=context.seeder.state,
            checked_rows=CHECKED_ROWS,
        )

    def _advance_to(self, key: MigrationKey) -> None:
        """Apply everything before ``key`` in the plan, from the nearest checkpoint."""
        positions = self._migrator.position
        reached = [
            checkpoint for checkpoint in self._checkpoints if positions[checkpoint.before] <= positions[key]
        ]
        if reached and reached[-1] != self._checkpoint:
            self._start_from(reached[-1])
        before = [other for other in self._migrator.plan[: positions[key]] if other not in self._applied]
        self._apply_between([other for other in before if not self._skip_if_unappliable(other)])

    def _start_from(self, checkpoint: Checkpoint) -> None:
        """Continue from ``checkpoint``, after sending the signals that a deployed database has received."""
        sandboxes = self._context.sandboxes
        if self._unseeded is not None:
            self._unseeded.drop_earlier()
            sandboxes.drop(self._unseeded.address)
        self._unseeded = self._unseeded_sandbox_at(
            sandboxes.clone_of(checkpoint.address, "unseeded"), set(checkpoint.applied)
        )
        self._unseeded.send_signals()
        self._checkpoint = checkpoint
        reached = self._migrator.plan[: self._migrator.position[checkpoint.before]]
        self._unappliable = (self._unappliable | set(reached)) - set(checkpoint.applied)
        self._context.seeder.clear_cache()
        self._continue_from(self._unseeded)

    def _skip_if_unappliable(self, key: MigrationKey) -> bool:
        """Return whether ``key`` depends on a migration that failed; record it if ``key`` is a target."""
        if key in self._unappliable:
            return True
        parents = {parent.key for parent in self._migrator.loader.graph.node_map[key].parents}
        unappliable = sorted(parents & self._unappliable)
        if not unappliable:
            return False
        self._unappliable.add(key)
        if key in self._targets:
            self._not_run(key, f"it needs {migration_name(unappliable[0])}, which could not be applied")
        return True

    def _apply_between(self, keys: list[MigrationKey]) -> None:
        """Apply the migrations between targets with rows present; start over without rows if one fails."""
        if not keys:
            return
        self._latest_snapshot = self._latest_snapshot._replace(schema={})
        state = self._state.clone()
        for key, result in whole_migrate.forward_all(self._migrator, state, keys, self._setup_step):
            if result.failure is not None:
                self._start_over(keys)
                return
            self._applied.add(key)
        self._state = state

    def _setup_step(self, key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        return self._context.run_setup_step(key, action, "none" if self._unseeded is None else "edge")

    def _try_cycle(self, key: MigrationKey) -> None:
        """Run the cycle of ``key``; an internal error leaves only this target without a verdict."""
        try:
            with self._context.lost_connections_raised():
                self._cycle(key)
        except LostConnection:
            raise
        except Exception as error:
            traceback.print_exc()
            reason = f"internal error in Switchback: {type(error).__name__}: {error}"
            self._not_run(key, reason, error=True)
            self._start_over([key])

    def _cycle(self, key: MigrationKey) -> None:
        self._state = self._migrator.rendering.without_rendered_apps(self._state)
        unseeded = self._unseeded_sandbox()
        meter = ServerMeter(self._context, key)
        result = self._run_cycle(key, meter)
        context = msgspec.structs.replace(
            self._context, control=TargetControl(self._context, key, self._advanced_sandbox)
        )
        record_cycle(context, key, result)
        record_live_models(context, key)
        record_deploy_window(context, key, result, self._advanced_sandbox)
        changes_server = (
            result.last_step is not None
            and result.last_step.failure is not None
            and result.last_step.failure.of_server
        )
        if not result.has_no_symptoms and not changes_server and self._advanced_sandbox() is not None:
            classify_symptoms(context, key, result, unseeded)
        if not changes_server:
            if not context.cycles_only:
                record_lost_existing_rows(context, key, self._advanced_sandbox, result.inserted)
            self._record_work(meter, result)
            if result.failed != "forward" and not context.cycles_only:
                record_interruptions(self._context, key, self._advanced_sandbox)
        if result.state is None or not result.is_after_target:
            self._start_over([key])
            return
        self._state, self._latest_snapshot = result.state, result.latest_snapshot
        self._applied.add(key)

    def _run_cycle(self, key: MigrationKey, meter: ServerMeter) -> CycleResult:
        control = TargetControl(self._context, key, self._advanced_sandbox, keeps=True)
        context = msgspec.structs.replace(self._context, control=control)
        try:
            cycle = Cycle.seeded(context, key, deploy_window=True, meter=meter)
            return cycle.run(self._state, self._latest_snapshot)
        finally:
            control.drop()

    @STOPWATCH.phase("deploy window")
    def _record_work(self, meter: ServerMeter, result: CycleResult) -> None:
        """Log the work of the steps; those that the cycle did not measure are measured on a clone.

        That copied rows stop a rollback that fails anyway is nothing to tell.
        """
        work = tuple(step for step in result.work if not step.unmeasured or step.direction != result.failed)
        measured = {step.direction for step in work if not step.unmeasured}
        missing = result.reversible_steps - measured
        asked = meter.measures(result.changed_tables) or (meter.active and result.failed == "forward")
        unseeded = self._advanced_sandbox() if asked and missing else None
        if unseeded is not None:
            work = (*work, *meter.on_clone(unseeded, result.changed_tables, missing))
        self._context.log.add(*work)

    def _unseeded_sandbox(self) -> UnseededSandbox:
        """Return the sandbox without seeded rows, cloned from the walk right before the first seeding."""
        if self._unseeded is None:
            self._unseeded = self._unseeded_sandbox_at(
                self._context.sandboxes.clone("unseeded"), set(self._applied)
            )
        return self._unseeded

    def _advanced_sandbox(self) -> UnseededSandbox | None:
        """Return the sandbox without seeded rows with all that the walk has applied, ``None`` if it fails."""
        unseeded = self._unseeded_sandbox()
        failure = unseeded.advance(self._applied_in_order(), keep_earlier=True)
        return unseeded if failure is None else None

    def _unseeded_sandbox_at(self, address: Address, applied: set[MigrationKey]) -> UnseededSandbox:
        return UnseededSandbox(
            self._migrator, self._context.sandboxes, address, applied, self._context.run_setup_step
        )

    def _applied_in_order(self) -> list[MigrationKey]:
        return [key for key in self._migrator.plan if key in self._applied]

    def _start_over(self, keys: list[MigrationKey]) -> None:
        """Continue on a clone of the sandbox without rows, with ``keys`` applied or marked as unappliable."""
        unseeded = self._unseeded_sandbox()
        needed = self._applied_in_order() + [key for key in keys if key not in self._applied]
        if unseeded.advance(needed) is not None:
            for key in needed:
                if not self._skip_if_unappliable(key) and unseeded.advance([key]) is not None:
                    self._unappliable.add(key)
        self._continue_from(unseeded)

    def _continue_from(self, unseeded: UnseededSandbox) -> None:
        unseeded.drop_earlier()
        self._context.sandboxes.replace(unseeded.clone("walk"))
        self._applied = set(unseeded.applied)
        self._state = unseeded.state()
        self._latest_snapshot = snapshots.EMPTY_SNAPSHOT

    def _not_run(self, key: MigrationKey, reason: str, *, error: bool = False) -> None:
        self._context.log.add(
            NotRun(database=self._context.database, migration=migration_name(key), reason=reason, error=error)
        )


def _place(unseeded: UnseededSandbox | None) -> tuple[Address, set[MigrationKey]] | None:
    return None if unseeded is None else (unseeded.address, unseeded.applied)
