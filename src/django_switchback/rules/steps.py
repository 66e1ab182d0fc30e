"""What steps and comparisons say: which one counts, which rows it took, what plain Django did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from django_switchback.evidence import (
    Classified,
    Compared,
    Comparison,
    Confirmed,
    Difference,
    Direction,
    OldCodeTried,
    Phase,
    Rows,
    StepFinished,
)
from django_switchback.rules.interface import TargetEvidence

PHASES: tuple[Phase, ...] = ("scratch", "cycle", "unwind")
ROWS: tuple[Rows, ...] = ("none", "typical", "edge", "new")
"""From the fewest to the most."""
ComparedPoint: TypeAlias = Literal["restored", "reapplied", "after-failure"]
MinimisedSubject: TypeAlias = Literal["step", "restored", "reapplied"]


class RequiredRows(NamedTuple):
    """The fewest rows that bring something out.

    ``known``: it was tried with fewer; otherwise ``rows`` are those that were on board. ``again``: it was
    seen when tried once more.
    """

    rows: Rows
    known: bool = False
    again: bool = True


EDGE = RequiredRows("edge", known=True)
"""What edge rows alone bring out."""


def effective_direction(step: StepFinished) -> Direction:
    """Return what a step is for its target: the unwind's way forward is a re-apply."""
    return "reapply" if step.phase == "unwind" and step.direction == "forward" else step.direction


def failed_steps(target: TargetEvidence, *directions: Direction) -> Iterator[StepFinished]:
    """Yield the steps in these directions that did not end well, one a phase and direction.

    Beside it the one of the repeat without edge rows, if that tells something else.
    """
    for phase in PHASES:
        for direction in directions:
            those = tuple(one for one in target.steps if one.phase == phase and effective_direction(one) == direction)
            step = _failing(tuple(one for one in those if not one.without_edge))
            again = tuple(one for one in those if one.without_edge and not _told(target, step, one))
            yield from (one for one in (step, _failing(again)) if one is not None)


def repeated(target: TargetEvidence, phase: Phase) -> bool:
    """Whether ``phase`` has to be repeated without edge rows: they alone made a step fail or rows differ."""
    steps = (one for one in target.steps if one.phase == phase and not one.trial and one.outcome != "ok")
    differing = (one for one in target.comparisons if one.phase == phase and one.comparison.rows)
    return any(fails_with_edge_rows_only(target, one) for one in steps) or any(
        rows_required_by_comparison(target, one) == EDGE for one in differing
    )


def proving(target: TargetEvidence, phase: Phase) -> tuple[StepFinished, ...]:
    """Return the steps of ``phase`` that ended well and count for a pass: the repeat's, where it has one."""
    again = repeated(target, phase)
    ended = (one for one in target.steps if (one.phase, one.trial, one.outcome) == (phase, False, "ok"))
    # What edge rows do to another one may have kept the first unwind from this one.
    return tuple(one for one in ended if one.without_edge or not again)


def _told(target: TargetEvidence, step: StepFinished | None, again: StepFinished) -> bool:
    """Whether ``step`` tells of ``again`` too: copies of typical rows may be what edge rows are."""
    return (
        step is not None and _same(step, again) and rows_required_by_step(target, step) == rows_required_by_step(target, again)
    )


def _same(step: StepFinished | None, again: StepFinished) -> bool:
    """Whether ``again`` failed as ``step`` did."""
    if step is None or step.failure is None or again.failure is None:
        return False
    return (step.outcome, step.failure.type, step.failure.sqlstate) == (
        again.outcome,
        again.failure.type,
        again.failure.sqlstate,
    )


def _failing(steps: tuple[StepFinished, ...]) -> StepFinished | None:
    """Return the step that tells of a failure, if one does: not a trial where there is another.

    A trial alone tells of what only fewer rows bring out, and of what an earlier failure kept from its turn.
    """
    return next((one for one in sorted(steps, key=lambda one: one.trial) if one.outcome != "ok"), None)


def counted_comparisons(target: TargetEvidence, moment: ComparedPoint) -> Iterator[Compared]:
    """Yield the comparisons of ``moment`` that count, one a phase, with all their differences.

    Before it those of the repeats without edge rows, if there were any: what they tell is worse. Trials count
    only where the step failed with all rows on board: then the one with the most rows.
    """
    for phase in ("cycle", "unwind"):
        those = tuple(one for one in target.comparisons if one.phase == phase and one.moment == moment)
        real = tuple(one for one in those if not one.trial)
        yield from tuple(one for one in real if one.without_edge)[::-1]
        first = tuple(one for one in real if not one.without_edge)
        trials = tuple(sorted(those, key=lambda one: ROWS.index(one.rows_on_board), reverse=True))[:1]
        for one in (first or trials)[:1]:
            yield _joined(first) if first else one


def _joined(shards: tuple[Compared, ...]) -> Compared:
    return msgspec.structs.replace(
        shards[0],
        comparison=Comparison(
            schema=tuple(dict.fromkeys(one for shard in shards for one in shard.comparison.schema)),
            rows=tuple(one for shard in shards for one in shard.comparison.rows),
        ),
        dropped_by_nature=tuple(one for shard in shards for one in shard.dropped_by_nature),
    )


def broken_statements(target: TargetEvidence) -> tuple[OldCodeTried, ...]:
    """Return the old release's statements that ran before the target and fail after its rollback.

    Each once: a cycle without edge rows tries them again.
    """
    broken = (one for one in target.old_code if one.failure is not None and one.before is None)
    return tuple({(one.table, one.statement): one for one in broken}.values())


def schema_differences(target: TargetEvidence, one: Compared) -> tuple[Difference, ...]:
    """Return the differences of the schema; a sequence that fell behind is told once, by what it breaks."""
    broken = {attempt.table for attempt in broken_statements(target)}
    return tuple(
        found
        for found in one.comparison.schema
        if (found.kind, found.attribute) != ("sequence", "position") or found.table not in broken
    )


def rows_required_by_step(target: TargetEvidence, step: StepFinished) -> RequiredRows:
    """Return the fewest rows with which the step fails; for the unwind, failing that, the cycle's.

    A trial with edge rows that failed where the step itself went well was not tried with fewer: that typical
    ones do it is not known.
    """
    if any(_fails_bare(one, step) for one in target.steps):
        return RequiredRows("none", known=True)
    same = tuple(one for one in target.classified if one.about == "step" and one.direction == effective_direction(step))
    here, cycle = _own(step, same), _of_cycle(same)
    if step.phase == "unwind" and cycle is not None and (here is None or _new_at_head(here, cycle)):
        here = cycle
    if here is None and step.trial and step.rows == "edge":
        return RequiredRows("edge", known=True)
    if here is None and step.without_edge and effective_direction(step) == "forward":
        # No new row is there yet: what fails as it did with edge rows has copies, which are what those are.
        first = _failing(tuple(one for one in target.steps if _begins(one)))
        if _same(first, step):
            here = next(iter(same), None)
    return _need(here, step.rows)


def _begins(step: StepFinished) -> bool:
    return (step.phase, step.direction, step.without_edge) == ("cycle", "forward", False)


def _own(seen: StepFinished | Compared, classified: tuple[Classified, ...]) -> Classified | None:
    """Return the one of the same cycle, or the same unwind, as what was ``seen``."""
    at = seen.phase, seen.without_edge
    return next((one for one in classified if (one.phase, one.without_edge) == at), None)


def _of_cycle(classified: tuple[Classified, ...]) -> Classified | None:
    """Return the cycle's that may hold for the unwind, which has no edge rows."""
    return next((one for one in classified if one.phase == "cycle" and one.fewest != "edge"), None)


def fails_with_edge_rows_only(target: TargetEvidence, step: StepFinished) -> bool:
    """Whether edge rows make the step fail, and it is known that typical ones do not."""
    return rows_required_by_step(target, step) == EDGE


def _new_at_head(here: Classified, cycle: Classified) -> bool:
    """Whether rows that are old at head are those that the cycle knows to be new to the target."""
    return cycle.fewest == "new" and here.fewest in {"typical", "edge"}


def _fails_bare(one: StepFinished, step: StepFinished) -> bool:
    """Whether ``one`` is the same step, at the same place in history, and failed on empty tables."""
    at = {"scratch": "cycle"}
    same = (at.get(one.phase, one.phase), effective_direction(one)) == (at.get(step.phase, step.phase), effective_direction(step))
    return same and one.rows == "none" and one.outcome == step.outcome != "ok"


def rows_required_by_comparison(target: TargetEvidence, one: Compared) -> RequiredRows:
    """Return the fewest rows with which the moments differ; for the unwind, failing that, the cycle's."""
    same = tuple(entry for entry in target.classified if entry.about == one.moment)
    here = _own(one, same)
    return _need(_of_cycle(same) if here is None and one.phase == "unwind" else here, one.rows_on_board)


def _need(entry: Classified | None, on_board: Rows) -> RequiredRows:
    if entry is None:
        return RequiredRows(on_board)
    if entry.fewest is None:
        return RequiredRows(on_board, again=False)
    return RequiredRows(entry.fewest, known=True)


def confirmation(target: TargetEvidence, step: StepFinished) -> Confirmed | None:
    """Return what plain Django did with this step, if it was asked."""
    at = step.phase, step.direction, step.without_edge
    same = (one for one in target.confirmed if (one.phase, one.direction, one.without_edge) == at)
    return next(same, None)
