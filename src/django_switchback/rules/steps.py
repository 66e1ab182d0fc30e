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

    Beside it the step of the repeat without edge rows, if it failed in another way. Trials without edge rows
    belong to the first course of a phase that was never repeated.
    """
    for phase in PHASES:
        steps = tuple(step for step in target.steps if step.phase == phase)
        has_repeat = any(step.without_edge and not step.trial for step in steps)
        for direction in directions:
            those = tuple(step for step in steps if effective_direction(step) == direction)
            first = _failing(tuple(step for step in those if not (has_repeat and step.without_edge)))
            again = tuple(
                step for step in those if has_repeat and step.without_edge and not _told(target, first, step)
            )
            yield from (step for step in (first, _failing(again)) if step is not None)


def repeated(target: TargetEvidence, phase: Phase) -> bool:
    """Whether ``phase`` has to be repeated without edge rows: they alone made a step fail or rows differ."""
    steps = (step for step in target.steps if step.phase == phase and not step.trial and step.outcome != "ok")
    differing = (
        comparison
        for comparison in target.comparisons
        if comparison.phase == phase and comparison.comparison.rows
    )
    return any(fails_with_edge_rows_only(target, step) for step in steps) or any(
        rows_required_by_comparison(target, comparison) == EDGE for comparison in differing
    )


def proving(target: TargetEvidence, phase: Phase) -> tuple[StepFinished, ...]:
    """Return the steps of ``phase`` that ended well and count for a pass: the repeat's, where it has one."""
    again = repeated(target, phase)
    ended = (step for step in target.steps if (step.phase, step.trial, step.outcome) == (phase, False, "ok"))
    # What edge rows do to another one may have kept the first unwind from this one.
    return tuple(step for step in ended if step.without_edge or not again)


def _told(target: TargetEvidence, step: StepFinished | None, again: StepFinished) -> bool:
    """Whether ``step`` tells of ``again`` too: copies of typical rows may be what edge rows are."""
    return (
        step is not None
        and _same(step, again)
        and rows_required_by_step(target, step) == rows_required_by_step(target, again)
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
    return next((step for step in sorted(steps, key=lambda step: step.trial) if step.outcome != "ok"), None)


def counted_comparisons(target: TargetEvidence, moment: ComparedPoint) -> Iterator[Compared]:
    """Yield the comparisons of ``moment`` that count, one a phase, with all their differences.

    Before it those of the repeats without edge rows, if there were any: what they tell is worse. Trials count
    only where the step failed with all rows on board: then the one with the most rows.
    """
    for phase in ("cycle", "unwind"):
        those = tuple(
            comparison
            for comparison in target.comparisons
            if comparison.phase == phase and comparison.moment == moment
        )
        real = tuple(comparison for comparison in those if not comparison.trial)
        yield from tuple(comparison for comparison in real if comparison.without_edge)[::-1]
        first = tuple(comparison for comparison in real if not comparison.without_edge)
        trials = tuple(
            sorted(those, key=lambda comparison: ROWS.index(comparison.rows_on_board), reverse=True)
        )[:1]
        for comparison in (first or trials)[:1]:
            yield _joined(first) if first else comparison


def _joined(shards: tuple[Compared, ...]) -> Compared:
    return msgspec.structs.replace(
        shards[0],
        comparison=Comparison(
            schema=tuple(
                dict.fromkeys(difference for shard in shards for difference in shard.comparison.schema)
            ),
            rows=tuple(row for shard in shards for row in shard.comparison.rows),
        ),
        dropped_by_nature=tuple(difference for shard in shards for difference in shard.dropped_by_nature),
    )


def broken_statements(target: TargetEvidence) -> tuple[OldCodeTried, ...]:
    """Return the old release's statements that ran before the target and fail after its rollback.

    Each once: a cycle without edge rows tries them again.
    """
    broken = (
        attempt for attempt in target.old_code if attempt.failure is not None and attempt.before is None
    )
    return tuple({(attempt.table, attempt.statement): attempt for attempt in broken}.values())


def schema_differences(target: TargetEvidence, comparison: Compared) -> tuple[Difference, ...]:
    """Return the differences of the schema; a sequence that fell behind is told once, by what it breaks."""
    broken = {attempt.table for attempt in broken_statements(target)}
    return tuple(
        found
        for found in comparison.comparison.schema
        if (found.kind, found.attribute) != ("sequence", "position") or found.table not in broken
    )


def rows_required_by_step(target: TargetEvidence, step: StepFinished) -> RequiredRows:
    """Return the fewest rows with which the step fails; for the unwind, failing that, the cycle's.

    A trial with edge rows that failed where the step itself went well was not tried with fewer: that typical
    ones do it is not known.
    """
    if any(_fails_bare(one, step) for one in target.steps):
        return RequiredRows("none", known=True)
    same = tuple(
        record
        for record in target.classified
        if record.about == "step" and record.direction == effective_direction(step)
    )
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
    return _need(_seen_again(here, same), step.rows)


def _begins(step: StepFinished) -> bool:
    return (step.phase, step.direction, step.without_edge) == ("cycle", "forward", False)


def _own(seen: StepFinished | Compared, classified: tuple[Classified, ...]) -> Classified | None:
    """Return the one of the same cycle, or the same unwind, as what was ``seen``."""
    at = seen.phase, seen.without_edge
    return next((record for record in classified if (record.phase, record.without_edge) == at), None)


def _seen_again(here: Classified | None, same: tuple[Classified, ...]) -> Classified | None:
    """Return what is classified ``here``, but what nothing shows to come of copies as not seen again.

    An unwind that goes well with fewer rows does not show that the copies made the first one fail: so does
    one after a connection was lost. That they do it is known where they did it in the cycle as well.
    """
    if here is None or (here.phase, here.fewest) != ("unwind", "edge"):
        return here
    if any((record.phase, record.fewest) == ("cycle", "edge") for record in same):
        return here
    return msgspec.structs.replace(here, fewest=None)


def _of_cycle(classified: tuple[Classified, ...]) -> Classified | None:
    """Return the cycle's that may hold for the unwind, which has no edge rows."""
    return next(
        (record for record in classified if record.phase == "cycle" and record.fewest != "edge"), None
    )


def fails_with_edge_rows_only(target: TargetEvidence, step: StepFinished) -> bool:
    """Whether edge rows make the step fail, and it is known that typical ones do not."""
    return rows_required_by_step(target, step) == EDGE


def _new_at_head(here: Classified, cycle: Classified) -> bool:
    """Whether rows that are old at head are those that the cycle knows to be new to the target."""
    return cycle.fewest == "new" and here.fewest in {"typical", "edge"}


def _fails_bare(one: StepFinished, step: StepFinished) -> bool:
    """Whether ``one`` is the same step, at the same place in history, and failed on empty tables."""
    at = {"scratch": "cycle"}
    same = (at.get(one.phase, one.phase), effective_direction(one)) == (
        at.get(step.phase, step.phase),
        effective_direction(step),
    )
    return same and one.rows == "none" and one.outcome == step.outcome != "ok"


def rows_required_by_comparison(target: TargetEvidence, comparison: Compared) -> RequiredRows:
    """Return the fewest rows with which the moments differ; for the unwind, failing that, the cycle's."""
    same = tuple(entry for entry in target.classified if entry.about == comparison.moment)
    here = _seen_again(_own(comparison, same), same)
    return _need(
        _of_cycle(same) if here is None and comparison.phase == "unwind" else here, comparison.rows_on_board
    )


def _need(entry: Classified | None, on_board: Rows) -> RequiredRows:
    if entry is None:
        return RequiredRows(on_board)
    if entry.fewest is None:
        return RequiredRows(on_board, again=False)
    return RequiredRows(entry.fewest, known=True)


def confirmation(target: TargetEvidence, step: StepFinished) -> Confirmed | None:
    """Return what plain Django did with this step, if it was asked."""
    at = step.phase, step.direction, step.without_edge
    same = (
        record for record in target.confirmed if (record.phase, record.direction, record.without_edge) == at
    )
    return next(same, None)
