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
    target: TargetEvidence, one: Compared, direction: Direction, change: RowChange | None = None
) -> Evidence:
    """Return the smallest rows with which a moment differs, of one sort of ``change`` if that is given."""
    return _first(target, (one.phase, one.without_edge, one.moment, direction), change)


def _first(
    target: TargetEvidence, sought: tuple[Phase, bool, str, Direction], change: RowChange | None
) -> Evidence:
    for one in target.reduced:
        same = (one.phase, one.without_edge, one.about, one.direction) == sought
        if same and change in {None, one.change}:
            return {
                "smallest": {
                    "rows": msgspec.to_builtins(one.rows),
                    "on_board": one.on_board,
                    "trials": one.trials,
                    "complete": one.complete,
                    "test": one.test,
                }
            }
    return {}
