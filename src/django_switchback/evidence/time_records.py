"""The records of what the time of a run was spent on."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence.record_values import MigrationName, PartRecord

SpentIn: TypeAlias = Literal[
    "from nothing",
    "empty tables",
    "checks",
    "unwind",
    "way to targets",
    "cycle",
    "deploy window",
    "classification",
    "minimal rows",
    "existing rows",
    "interruptions",
    "backup",
    "other",
]
Activity: TypeAlias = Literal["steps", "rows", "statements", "snapshots", "clones", "plain migrate", "other"]


class TimeSpent(PartRecord, frozen=True, tag="time-spent"):
    """Wall time in seconds that a worker spent in a phase of a part, on an activity, for a target if any.

    Each moment is in one record only; parts may run at the same time. ``rows`` inserts rows, ``statements``
    runs those of the releases, ``plain migrate`` repeats a step with the project's own ``manage.py``.
    """

    database: str
    phase: SpentIn
    activity: Activity
    seconds: float
    migration: MigrationName | None = None
