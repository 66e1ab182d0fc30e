"""Select the minimal rows that reproduce a failure or difference."""

from __future__ import annotations

from typing import Literal

from django_switchback.evidence import Compared, Direction, MinimalRowsFound, StepFinished
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.selection.steps import effective_direction


def direction_before(comparison: Compared) -> Direction:
    """Return the direction of the step before a comparison."""
    return "reapply" if comparison.moment == "reapplied" else "rollback"


def minimal_rows(
    target: TargetEvidence, seen: StepFinished | Compared, change: Literal["values", "left"] | None = None
) -> tuple[MinimalRowsFound, ...]:
    """Return the record of minimal rows, for one kind of ``change`` if given; empty if there is none."""
    about, direction = (
        (seen.moment, direction_before(seen))
        if isinstance(seen, Compared)
        else ("step", effective_direction(seen))
    )
    subject = seen.phase, seen.without_edge, about, direction
    return tuple(
        record
        for record in target.minimal_rows
        if (record.phase, record.without_edge, record.about, record.direction) == subject
        and change in {None, record.change}
    )[:1]
