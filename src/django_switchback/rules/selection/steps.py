"""Select the steps that findings report, and the rows that steps and comparisons require."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from django_switchback.evidence import Classified, Compared, Confirmed, Direction, Phase, Rows, StepFinished
from django_switchback.rules.interface import TargetEvidence

PHASES: tuple[Phase, ...] = ("scratch", "cycle", "unwind")


class RequiredRows(NamedTuple):
    """The kind of rows that a failure or difference requires.

    ``is_minimal``: trials with fewer rows did not show it; otherwise ``rows`` are the rows that were present.
    ``reproducible``: a repeated run showed it again. ``by_elimination``: no run was repeated with these rows.
    """

    rows: Rows
    is_minimal: bool = False
    reproducible: bool = True
    by_elimination: bool = False

    @property
    def minimal(self) -> Rows | None:
        """The kind of rows without which it does not show, ``None`` if that is unknown."""
        return self.rows if self.is_minimal else None


EDGE = RequiredRows("edge", is_minimal=True)
"""Required rows of a failure or difference that edge rows alone cause."""


def effective_direction(step: StepFinished) -> Direction:
    """Return the direction of a step for its target: a forward step of the unwind is a re-apply."""
    return "reapply" if step.phase == "unwind" and step.direction == "forward" else step.direction


def failed_steps(target: TargetEvidence, *directions: Direction) -> Iterator[StepFinished]:
    """Yield the failed steps in these directions, one for each phase and direction.

    The failed step of the repeat without edge rows follows if it failed differently. Trials without edge rows
    belong to the first run of a phase that was never repeated. A step that could not read the values made for
    it is not a failure of the migration.
    """
    not_understood = {(record.phase, record.direction) for record in target.not_understood}
    for phase in PHASES:
        steps = tuple(
            step
            for step in target.steps
            if step.phase == phase and (phase, effective_direction(step)) not in not_understood
        )
        has_repeat = any(step.without_edge and not step.trial for step in steps)
        for direction in directions:
            candidates = tuple(step for step in steps if effective_direction(step) == direction)
            first = _first_failure(
                tuple(step for step in candidates if not (has_repeat and step.without_edge))
            )
            repeats = tuple(
                step
                for step in candidates
                if has_repeat and step.without_edge and not _covers_repeat(target, first, step)
            )
            yield from (step for step in (first, _first_failure(repeats)) if step is not None)


def needs_repeat_without_edge(target: TargetEvidence, phase: Phase) -> bool:
    """Whether edge rows alone made a step fail or rows differ, so that ``phase`` has to be repeated."""
    steps = (step for step in target.steps if step.phase == phase and not step.trial and step.outcome != "ok")
    differing = (
        comparison
        for comparison in target.comparisons
        if comparison.phase == phase and comparison.comparison.rows
    )
    return any(fails_with_edge_rows_only(target, step) for step in steps) or any(
        rows_required_by_comparison(target, comparison) == EDGE for comparison in differing
    )


def reported_steps(target: TargetEvidence) -> tuple[StepFinished, ...]:
    """Return the steps to report: one for each phase, direction, kind of rows and repeat."""
    # A worker that replaces a dead one repeats some steps: report the failed one.
    found: dict[tuple[Phase, Direction, Rows, bool], StepFinished] = {}
    for step in target.steps:
        key = step.phase, step.direction, step.rows, step.without_edge
        earlier = found.get(key)
        if not step.trial and (earlier is None or earlier.outcome == "ok"):
            found[key] = step
    return tuple(found.values())


def _covers_repeat(target: TargetEvidence, step: StepFinished | None, again: StepFinished) -> bool:
    """Whether ``step`` reports the failure of ``again``: copies of typical rows can act as edge rows.

    So it does that of a trial which shows the rows that ``step`` needs.
    """
    if step is None or not _fails_alike(step, again):
        return False
    first, repeated = rows_required_by_step(target, step), rows_required_by_step(target, again)
    return first == repeated or (again.trial and not repeated.is_minimal and first.rows == repeated.rows)


def _fails_alike(step: StepFinished | None, again: StepFinished) -> bool:
    """Whether ``again`` failed as ``step`` did."""
    if step is None or step.failure is None or again.failure is None:
        return False
    return (step.outcome, step.failure.type, step.failure.sqlstate) == (
        again.outcome,
        again.failure.type,
        again.failure.sqlstate,
    )


def _first_failure(steps: tuple[StepFinished, ...]) -> StepFinished | None:
    """Return the first failed step, if any, preferring steps to trials.

    Only a trial shows a failure that needs fewer rows, or a step that an earlier failure prevented.
    """
    return next((step for step in sorted(steps, key=lambda step: step.trial) if step.outcome != "ok"), None)


def rows_required_by_step(target: TargetEvidence, step: StepFinished) -> RequiredRows:
    """Return the minimal rows with which the step fails; the unwind falls back to those of the cycle.

    If only a trial with edge rows failed, no trial with fewer rows was run: the result is ``edge``, although
    typical rows might suffice.
    """
    if any(_fails_on_empty_tables(other, step) for other in target.steps):
        return RequiredRows("none", is_minimal=True)
    same = tuple(
        record
        for record in target.classified
        if record.about == "step" and record.direction == effective_direction(step)
    )
    classification, cycle = _of_same_run(step, same), _cycle_classification(same)
    if step.phase == "unwind" and cycle is not None and _cycle_prevails(classification, cycle):
        classification = cycle
    if classification is None and step.trial and step.rows == "edge":
        return RequiredRows("edge", is_minimal=True)
    if classification is None and step.without_edge and effective_direction(step) == "forward":
        # There are no new rows yet: a failure equal to that with edge rows comes from copies of typical rows.
        first = _first_failure(tuple(other for other in target.steps if _is_first_forward(other)))
        if _fails_alike(first, step):
            classification = next(iter(same), None)
    if (
        classification is None
        and step.rows == "typical"
        and any(_passes_on_empty_tables(other, step) for other in target.steps)
    ):
        return RequiredRows("typical", is_minimal=True)
    return _required_rows(target, _reproducible(classification, same), step.rows)


def _passes_on_empty_tables(other: StepFinished, step: StepFinished) -> bool:
    """Whether ``other`` applied the migration of ``step``, which applies it too, without rows."""
    applied = (other.phase, other.direction, other.rows, other.outcome) == (
        "scratch",
        "forward",
        "none",
        "ok",
    )
    return applied and effective_direction(step) == "forward"


def _is_first_forward(step: StepFinished) -> bool:
    return (step.phase, step.direction, step.without_edge) == ("cycle", "forward", False)


def _of_same_run(seen: StepFinished | Compared, classified: tuple[Classified, ...]) -> Classified | None:
    """Return the classification from the same cycle or unwind as ``seen``."""
    key = seen.phase, seen.without_edge
    return next((record for record in classified if (record.phase, record.without_edge) == key), None)


def _reproducible(classification: Classified | None, same: tuple[Classified, ...]) -> Classified | None:
    """Mark an unwind's edge classification as not reproducible unless the cycle has it too.

    An unwind that passes with fewer rows does not show that edge rows made the first unwind fail: it also
    passes after a lost connection. Edge rows are known to be the cause only if the cycle shows it as well.
    """
    if classification is None or (classification.phase, classification.fewest) != ("unwind", "edge"):
        return classification
    if classification.by_form:
        return classification  # trials failed again without the form
    if any((record.phase, record.fewest) == ("cycle", "edge") for record in same):
        return classification
    return msgspec.structs.replace(classification, fewest=None)


def _cycle_classification(classified: tuple[Classified, ...]) -> Classified | None:
    """Return the cycle's classification that may apply to the unwind, which has no edge rows."""
    return next(
        (record for record in classified if record.phase == "cycle" and record.fewest != "edge"), None
    )


def fails_with_edge_rows_only(target: TargetEvidence, step: StepFinished) -> bool:
    """Whether edge rows make the step fail and typical rows are known not to."""
    return rows_required_by_step(target, step) == EDGE


def _cycle_prevails(unwind: Classified | None, cycle: Classified) -> bool:
    """Whether the unwind has no classification, or its rows at head are those that are new in the cycle."""
    return unwind is None or (cycle.fewest == "new" and unwind.fewest in {"typical", "edge"})


def is_same_step(other: StepFinished, step: StepFinished) -> bool:
    """Whether both take the migration in the same direction from the same migration state."""
    phases = {"scratch": "cycle"}
    return (phases.get(other.phase, other.phase), effective_direction(other)) == (
        phases.get(step.phase, step.phase),
        effective_direction(step),
    )


def _fails_on_empty_tables(other: StepFinished, step: StepFinished) -> bool:
    return is_same_step(other, step) and other.rows == "none" and other.outcome == step.outcome != "ok"


def rows_required_by_comparison(
    target: TargetEvidence, comparison: Compared, *, left: bool = False
) -> RequiredRows:
    """Return the minimal rows with which a comparison differs; the unwind falls back to the cycle's.

    ``left``: those with which rows are left behind, where values are lost or changed with fewer.
    """
    same = tuple(entry for entry in target.classified if entry.about == comparison.moment)
    classification = _reproducible(_of_same_run(comparison, same), same)
    if classification is None and comparison.phase == "unwind":
        classification = _cycle_classification(same)
    if left and classification is not None and classification.left is not None:
        return RequiredRows(classification.left, is_minimal=True)
    return _required_rows(target, classification, comparison.rows_on_board)


def _required_rows(target: TargetEvidence, entry: Classified | None, on_board: Rows) -> RequiredRows:
    if entry is None:
        return RequiredRows(on_board)
    if entry.fewest is None:
        return RequiredRows(on_board, reproducible=False)
    minimal = "typical" if entry.fewest == "new" and _shown_by_old_rows(target, entry) else entry.fewest
    return RequiredRows(minimal, is_minimal=True, by_elimination=entry.by_elimination)


def _shown_by_old_rows(target: TargetEvidence, entry: Classified) -> bool:
    """Whether the minimal rows are all old ones: in the trials, other old rows hid what they show."""
    subject = entry.phase, entry.without_edge, entry.about, entry.direction
    found = [
        record.rows
        for record in target.minimal_rows
        if (record.phase, record.without_edge, record.about, record.direction) == subject
    ]
    return any(found) and all(row.written == "before" for rows in found for row in rows)


def confirmation(target: TargetEvidence, step: StepFinished) -> Confirmed | None:
    """Return plain Django's result for this step, if it was run."""
    key = step.phase, step.direction, step.without_edge
    same = (
        record for record in target.confirmed if (record.phase, record.direction, record.without_edge) == key
    )
    return next(same, None)
