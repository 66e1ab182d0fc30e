"""What the report repeats of a target's evidence: its steps, and which tables had rows."""

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
    """How many tables were there and had rows; ``empty`` says why for each that had none.

    ``fewer`` says why a table had fewer rows than were asked for.
    """

    tables: int
    seeded: int
    empty: dict[str, str]
    fewer: dict[str, str]


def reported_steps(target: TargetEvidence) -> tuple[ReportedStep, ...]:
    """Return the steps that count, one a phase, direction and rows on board; repeats stand for themselves."""
    # A worker that starts again after another died takes some steps once more: what went wrong counts.
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
    """Return what is known of its tables."""
    covered = target.covered
    return (
        None
        if covered is None
        else ReportedCoverage(covered.tables, covered.seeded, dict(covered.empty), dict(covered.fewer))
    )
