"""Extract the steps and the table coverage of a target for the report."""

from __future__ import annotations

from django_switchback.evidence import Direction, Outcome, Phase, Rows, StepFinished, Value
from django_switchback.rules.interface import TargetEvidence


class ReportedStep(Value, frozen=True):
    """A step as the report shows it; ``seconds`` is wall time."""

    phase: Phase
    direction: Direction
    seconds: float
    queries: int
    outcome: Outcome
    rows: Rows
    without_edge: bool = False


class ReportedCoverage(Value, frozen=True):
    """Numbers of tables and of tables with rows; ``empty`` gives the reason for each table without rows.

    ``fewer`` gives the reason for each table with fewer rows than requested.
    """

    tables: int
    seeded: int
    empty: dict[str, str]
    fewer: dict[str, str]


def reported_steps(target: TargetEvidence) -> tuple[ReportedStep, ...]:
    """Return the steps that count: one for each phase, direction, kind of rows and repeat."""
    # A worker that replaces a dead one repeats some steps: the failed step counts.
    found: dict[tuple[Phase, Direction, Rows, bool], StepFinished] = {}
    for step in target.steps:
        place = step.phase, step.direction, step.rows, step.without_edge
        earlier = found.get(place)
        if not step.trial and (earlier is None or earlier.outcome == "ok"):
            found[place] = step
    return tuple(
        ReportedStep(
            step.phase, step.direction, step.seconds, step.queries, step.outcome, step.rows, step.without_edge
        )
        for step in found.values()
    )


def reported_coverage(target: TargetEvidence) -> ReportedCoverage | None:
    """Return the table coverage of a target, if it was recorded."""
    covered = target.covered
    return (
        None
        if covered is None
        else ReportedCoverage(covered.tables, covered.seeded, dict(covered.empty), dict(covered.fewer))
    )
