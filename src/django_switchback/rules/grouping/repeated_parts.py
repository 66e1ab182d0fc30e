"""Leave out the records of parts whose connection the server ended, which were repeated.

A repeat must not turn a fault of the migration into a pass, nor may a pass rest on an interrupted run of the
part: of a repeated target, only the records of the repeat count. A step that killed its worker always counts.
"""

from __future__ import annotations

from django_switchback.evidence import (
    AnyRecord,
    ConnectionLost,
    PartRecord,
    RunStarted,
    StepFinished,
    StepStarted,
)

_ALWAYS_COUNTED = {"died", "timed-out"}
"""Outcomes that no lost connection causes."""


def without_discarded(records: tuple[AnyRecord, ...]) -> tuple[AnyRecord, ...]:
    """Return ``records`` without those that a later :class:`ConnectionLost` of the same run discards."""
    counted: list[AnyRecord] = []
    later: list[ConnectionLost] = []
    for record in reversed(records):
        if isinstance(record, RunStarted):
            later = []
        elif isinstance(record, ConnectionLost):
            later.append(record)
        if not any(_discards(lost, record) for lost in later):
            counted.append(record)
    return tuple(reversed(counted))


def _discards(lost: ConnectionLost, record: AnyRecord) -> bool:
    if not isinstance(record, PartRecord | StepStarted | StepFinished):
        return False
    if isinstance(record, StepFinished) and record.outcome in _ALWAYS_COUNTED:
        return False
    if (getattr(record, "database", ""), record.part) != (lost.database, lost.part):
        return False
    migration = getattr(record, "migration", None)
    if not lost.migrations or migration in lost.migrations:
        return True
    # The step that only led to one of these targets, and in which the connection was lost.
    return (
        isinstance(record, StepStarted | StepFinished)
        and record.phase == "scratch"
        and migration == lost.during
    )
