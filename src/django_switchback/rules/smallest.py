"""The fewest rows that bring something out, as evidence of the finding about it."""

from __future__ import annotations

from typing import Literal

import msgspec

from django_switchback.evidence import Direction, Phase
from django_switchback.rules.interface import Evidence, TargetEvidence

Change = Literal["values", "left"]


def of_step(target: TargetEvidence, phase: Phase, direction: Direction) -> Evidence:
    """Return the smallest rows with which a step fails, under ``smallest``; nothing where none are known."""
    return _first(target, phase, "step", direction, None)


def of_comparison(
    target: TargetEvidence, phase: Phase, moment: str, direction: Direction, change: Change | None = None
) -> Evidence:
    """Return the smallest rows with which a moment differs, of one sort of ``change`` if that is given."""
    return _first(target, phase, moment, direction, change)


def _first(
    target: TargetEvidence, phase: Phase, about: str, direction: Direction, change: Change | None
) -> Evidence:
    for one in target.reduced:
        same = (one.phase, one.about, one.direction) == (phase, about, direction)
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
