"""Migrates an empty database to head as a plain ``migrate`` does."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import NamedTuple

from django_switchback.evidence import CacheFailed, Failure, ScratchFinished
from django_switchback.sandbox.checkpoint_list import kept_checkpoint
from django_switchback.sandbox.interface import Address
from django_switchback.worker.cycle.confirm_failure import confirm_failure
from django_switchback.worker.cycle.context import PartContext, django_key, migration_name
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.signals.send_signals import Plan
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.phases.to_head.checkpoints import Checkpoints
from django_switchback.worker.phases.to_head.empty_tables import try_on_empty_tables
from django_switchback.worker.stopwatch import STOPWATCH


class MigratedToHead(NamedTuple):
    """The applied migrations, and the sandbox that has them."""

    applied: set[MigrationKey]
    address: Address


@STOPWATCH.phase("from nothing")
def migrate_empty_database(context: PartContext) -> MigratedToHead:
    """Apply every migration to the current, empty sandbox, or to a clone of it if one of them fails.

    A part that only saves checkpoints ends with its last target. With a checkpoint that an earlier run has
    kept, that ``migrate`` is continued.

    A failing migration is rolled back and skipped with its dependents, so that other failures show.
    """
    migrator = context.migrator
    unappliable = set(map(django_key, context.part.unappliable))
    applied: dict[MigrationKey, None] = {}
    first_failure: tuple[MigrationKey, Failure] | None = None
    checkpoints = Checkpoints(context.sandboxes, context.folder, context.part, context.log.add)

    def step(key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        silent = not migrator.signals.statements_before
        checkpoints.save_if_listed(key, tuple(applied), silent=silent)
        return context.run_step(key, "scratch", "forward", action, rows="none")

    seconds = 0.0
    migrator.prepare()
    plan = migrator.plan[: _length(context)]
    begun = _continue_from_kept(context, checkpoints, [key for key in plan if key not in unappliable])
    applied.update(dict.fromkeys(begun.applied))
    base = _sandbox_without_failures(context, begun.applied)
    while True:
        add_dependents(migrator, unappliable)
        pending = [key for key in plan if key not in applied and key not in unappliable]
        if not pending:
            break
        started = time.perf_counter()
        failed: tuple[MigrationKey, StepResult] | None = None
        state = migrator.state_of(applied.__contains__)
        for key, result in whole_migrate.forward_all(migrator, state, pending, step, begun=begun.plan):
            if result.failure is None:
                applied[key] = None
                paused = time.perf_counter()
                try_on_empty_tables(context, key, applied)
                started += time.perf_counter() - paused
                continue
            if not result.failure.of_server:
                first_failure = first_failure or (key, result.failure)
            unappliable.add(key)
            failed = key, result
        seconds += time.perf_counter() - started
        if failed is not None:
            begun = _Begun()
            applied = _start_over(context, base, list(applied))
            confirm_failure(context, failed[0], "scratch", "forward", failed[1])
    context.sandboxes.drop(base.address)
    context.add_once(
        ScratchFinished(
            database=context.database,
            seconds=seconds,
            migrations=len(applied),
            failed=migration_name(first_failure[0])
            if first_failure
            else next(iter(context.part.unappliable), None),
            failure=first_failure[1] if first_failure else None,
        )
    )
    return MigratedToHead(set(applied), context.sandboxes.current)


def _length(context: PartContext) -> int | None:
    """Return how much of the plan leads to the last target, for a part that goes no further."""
    if context.part.kind != "checkpoints":
        return None
    positions = context.migrator.position
    return max(positions[django_key(target)] for target in context.part.targets) + 1


class _Begun(NamedTuple):
    """The migrations that the sandbox has, and the plan with which their ``migrate`` sent ``pre_migrate``."""

    applied: tuple[MigrationKey, ...] = ()
    plan: Plan | None = None


def _continue_from_kept(
    context: PartContext, checkpoints: Checkpoints, plan: Sequence[MigrationKey]
) -> _Begun:
    """Continue on a clone of the checkpoint of an earlier run, if there is one.

    ``pre_migrate`` is sent with ``plan`` on the empty sandbox, as it was then. If its receivers do more than
    change this process, the way starts from nothing. So does a part that is repeated: what ended its
    connection may have dropped the clones too.
    """
    kept = kept_checkpoint(context.folder, context.database)
    if kept is None or context.part.repeat:
        return _Begun()
    migrator = context.migrator
    nodes = [(migrator.node(key), False) for key in plan]
    send = partial(migrator.signals.send_pre_migrate, migrator.empty_state(), nodes)
    sent = migrator.run_step(("", "signals"), send)
    if sent.failure is not None or migrator.signals.statements_before:
        context.log.add(
            CacheFailed(
                reason="the way to head was repeated, since a receiver of pre_migrate used the database"
            )
        )
        context.sandboxes.replace(context.sandboxes.create("scratch"))
        migrator.prepare()
        return _Begun()
    checkpoints.start_from(kept)
    return _Begun(kept.applied, nodes)


def _sandbox_without_failures(context: PartContext, applied: Collection[MigrationKey]) -> UnseededSandbox:
    """Return a clone of the sandbox, which has ``applied``: migrated only to take back a failed step."""
    sandboxes = context.sandboxes
    return UnseededSandbox(
        context.migrator, sandboxes, sandboxes.clone("base"), set(applied), context.run_setup_step
    )


def _start_over(
    context: PartContext, base: UnseededSandbox, applied: list[MigrationKey]
) -> dict[MigrationKey, None]:
    """Continue on a clone of ``base`` with ``applied``, without what a failed step left; return what it has.

    Non-atomic steps are not the only ones to leave something: a sequence keeps its position, and a migration
    may commit by itself. The caller handles what cannot be applied a second time.
    """
    base.advance(applied, signals=False)
    context.sandboxes.replace(base.clone("scratch"))
    return {key: None for key in applied if key in base.applied}


def add_dependents(migrator: Migrator, unappliable: set[MigrationKey]) -> None:
    """Add to ``unappliable`` every migration that depends on one in it."""
    graph = migrator.loader.graph
    for key in migrator.plan:
        if any(parent.key in unappliable for parent in graph.node_map[key].parents):
            unappliable.add(key)
