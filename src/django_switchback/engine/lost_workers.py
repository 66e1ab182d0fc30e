"""Decides what the loss of a worker costs, and what remains of its part."""

from __future__ import annotations

import msgspec

from django_switchback.engine.worker_errors import WorkerLost
from django_switchback.evidence import AnyRecord, DatabaseBroken, NotRun
from django_switchback.project.plan import Part, part_without


def part_after_loss(loss: WorkerLost, part: Part, *, last: bool) -> tuple[tuple[AnyRecord, ...], Part | None]:
    """Return the records of what the loss costs, and ``part`` without the migration of the step before it.

    With ``last``, nothing remains of the part.
    """
    reason = str(loss)
    if loss.after is None or last:
        return (DatabaseBroken(database=part.database, reason=reason),), None
    if loss.minimising:
        # Its cycle has finished: as after a crash in its rollback, it is still applied before the next
        # target, but not rolled back again.
        return (), part_without(part, msgspec.structs.replace(loss.after, direction="rollback"))
    cost: AnyRecord = (
        NotRun(database=part.database, migration=loss.after.migration, reason=reason, error=True)
        if loss.after.migration in part.targets
        else DatabaseBroken(database=part.database, reason=reason)
    )
    return (cost,), part_without(part, loss.after)
