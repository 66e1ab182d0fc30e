"""The fewest rows that bring something out, as evidence of the finding about it."""

from __future__ import annotations

from typing import Literal

import msgspec

from django_switchback.evidence import Compared, Direction, Phase, StepFinished
from django_switchback.rules.interface import Evidence, TargetEvidence

RowChange = Literal["values", "left"]


def minimal_rows_of_step(target: TargetEvidence, step: StepFinished, direction: Direction) -> Evidence:
    """Return the smallest rows with which a step fails, under ``smallest``; nothing where none are known."""
    return _first(target, (step.phase, step.without_edge, "step", direction), None)


def minimal_rows_of_comparison(
    target: TargetEvidence, comparison: Compared, direction: Direction, change: RowChange | None = None
) -> Evidence:
    """Return the smallest rows with which a moment differs, of one sort of ``change`` if that is given."""
    return _first(target, (comparison.phase, comparison.without_edge, comparison.moment, direction), change)


def _first(
    target: TargetEvidence, sought: tuple[Phase, bool, str, Direction], change: RowChange | None
) -> Evidence:
    for record in target.reduced:
        same = (record.phase, record.without_edge, record.about, record.direction) == sought
        if same and change in {None, record.change}:
            return {
                "smallest": {
                    "rows": msgspec.to_builtins(record.rows),
                    "on_board": record.on_board,
                    "trials": record.trials,
                    "complete": record.complete,
                    "test": record.test,
                }
            }
    return {}
