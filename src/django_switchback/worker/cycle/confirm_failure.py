"""Repeats a failed step with plain ``manage.py migrate`` on a clone of the sandbox."""

from __future__ import annotations

from contextlib import nullcontext

import msgspec

from django_switchback.evidence import Comparison, Direction, Phase
from django_switchback.worker.compare.snapshots import EMPTY_SNAPSHOT, difference, take_snapshot
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.result import NO_DIFFERENCE
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.stopwatch import STOPWATCH


def confirm_failure(
    context: PartContext,
    key: MigrationKey,
    phase: Phase,
    direction: Direction,
    result: StepResult,
    *,
    without_edge: bool = False,
    left: Comparison = NO_DIFFERENCE,
) -> None:
    """Record whether a failed step fails with plain ``manage.py`` too, on a clone of the current sandbox.

    ``left`` is what the failed step left behind.
    """
    if result.failure is None or result.failure.of_server or context.repeats:
        return
    copy = context.sandboxes.clone("confirm")
    others = nullcontext() if context.others is None else context.others.renewed()
    plain = STOPWATCH.activity("plain migrate")
    with others, context.sandboxes.switched_to(copy, alone=True), plain:
        before = take_snapshot(context.sandboxes.connection) if result.failure.swallowed else EMPTY_SNAPSHOT
        context.sandboxes.connection.close()
        confirmed = context.confirmer.confirm(
            copy,
            database=context.database,
            migration=migration_name(key),
            phase=phase,
            direction=direction,
            name=context.previous(key) if direction == "rollback" else key[1],
            failure_type=result.failure.type,
            is_done=lambda: context.recorded_as_done(key, direction),
            without_edge=without_edge,
        )
        if result.failure.swallowed:
            said_ok = confirmed.status == 0 and context.recorded_as_done(key, direction)
            same = said_ok and difference(before, take_snapshot(context.sandboxes.connection)) == left
            confirmed = msgspec.structs.replace(confirmed, reproduced=same)
        context.log.add(confirmed)
