"""Add the minimal rows that reproduce a failure or difference to a finding's evidence."""

from __future__ import annotations

from typing import Literal

import msgspec

from django_switchback.evidence import Compared, Direction, Phase, StepFinished
from django_switchback.rules.interface import Evidence, TargetEvidence

RowChange = Literal["values", "left"]


def minimal_rows_of_step(target: TargetEvidence, step: StepFinished, direction: Direction) -> Evidence:
    """Return the minimal rows with which a step fails under the key ``smallest``; empty if unknown."""
    return _minimal_rows(target, (step.phase, step.without_edge, "step", direction), None)


def minimal_rows_of_comparison(
    target: TargetEvidence, comparison: Compared, direction: Direction, change: RowChange | None = None
) -> Evidence:
    """Return the minimal rows with which a comparison differs, for one kind of ``change`` if given."""
    return _minimal_rows(
        target, (comparison.phase, comparison.without_edge, comparison.moment, direction), change
    )


def _minimal_rows(
    target: TargetEvidence, subject: tuple[Phase, bool, str, Direction], change: RowChange | None
) -> Evidence:
    for record in target.reduced:
        same = (record.phase, record.without_edge, record.about, record.direction) == subject
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
