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
    Rows,
    StepFinished,
    without_edge,
)
from django_switchback.rules.interface import TargetEvidence

ROWS: tuple[Rows, ...] = ("none", "typical", "edge", "new")
"""From the fewest to the most."""
Moment: TypeAlias = Literal["restored", "reapplied", "after-failure"]
About: TypeAlias = Literal["step", "restored", "reapplied"]


class Need(NamedTuple):
    """The fewest rows that bring something out.

    ``known``: it was tried with fewer; otherwise ``rows`` are those that were on board. ``again``: it was
    seen when tried once more.
    """

    rows: Rows
    known: bool = False
    again: bool = True


def course(step: StepFinished) -> Direction:
    """Return what a step is for its target: the unwind's way forward is a re-apply."""
    return "reapply" if step.phase == "unwind" and step.direction == "forward" else step.direction


def stopped(target: TargetEvidence, *directions: Direction) -> Iterator[StepFinished]:
    """Yield the steps in these directions that did not end well, one a phase and direction.

    Beside it the way forward without edge rows, if that ended badly in a way of its own.
    """
    for phase in ("scratch", "cycle", "unwind"):
        for direction in directions:
            those = tuple(one for one in target.steps if one.phase == phase and course(one) == direction)
            step = _failing(tuple(one for one in those if not without_edge(one)))
            if step is not None:
                yield step
            again = _failing(tuple(one for one in those if without_edge(one) and not _same(step, one)))
            if again is not None:
                yield again


def _same(step: StepFinished | None, again: StepFinished) -> bool:
    """Whether ``again`` failed as ``step`` did: copies of typical rows may be what edge rows are."""
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


def compared(target: TargetEvidence, moment: Moment) -> Iterator[Compared]:
    """Yield the comparisons of ``moment`` that count, one a phase, with all their differences.

    Trials count only where the step failed with all rows on board: then the one with the most rows.
    """
    for phase in ("cycle", "unwind"):
        those = tuple(one for one in target.comparisons if one.phase == phase and one.moment == moment)
        real = tuple(one for one in those if not one.trial)
        trials = tuple(sorted(those, key=lambda one: ROWS.index(one.rows_on_board), reverse=True))[:1]
        for one in (real or trials)[:1]:
            yield _joined(real) if real else one


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
    """Return the old release's statements that ran before the target and fail after its rollback."""
    return tuple(one for one in target.old_code if one.failure is not None and one.before is None)


def schema_of(target: TargetEvidence, one: Compared) -> tuple[Difference, ...]:
    """Return the differences of the schema; a sequence that fell behind is told once, by what it breaks."""
    broken = {attempt.table for attempt in broken_statements(target)}
    return tuple(
        found
        for found in one.comparison.schema
        if (found.kind, found.attribute) != ("sequence", "position") or found.table not in broken
    )


def need_of_step(target: TargetEvidence, step: StepFinished) -> Need:
    """Return the fewest rows with which the step fails; for the unwind, failing that, the cycle's.

    A trial with edge rows that failed where the step itself went well was not tried with fewer: that typical
    ones do it is not known.
    """
    if any(_fails_bare(one, step) for one in target.steps):
        return Need("none", known=True)
    if without_edge(step) and not any(
        _same(one, step) for one in stopped(target, "forward") if one is not step
    ):
        return Need(step.rows)
    same = tuple(one for one in target.classified if one.about == "step")
    here = next((one for one in same if (one.phase, one.direction) == (step.phase, step.direction)), None)
    cycle = next((one for one in same if one.phase == "cycle" and one.direction == course(step)), None)
    if step.phase == "unwind" and cycle is not None and (here is None or _new_at_head(here, cycle)):
        here = cycle
    if here is None and step.trial and step.rows == "edge":
        return Need("edge", known=True)
    return _need(here, step.rows)


def edge_alone(target: TargetEvidence, step: StepFinished) -> bool:
    """Whether edge rows make the step fail, and it is known that typical ones do not."""
    return need_of_step(target, step) == Need("edge", known=True)


def _new_at_head(here: Classified, cycle: Classified) -> bool:
    """Whether rows that are old at head are those that the cycle knows to be new to the target."""
    return cycle.fewest == "new" and here.fewest in {"typical", "edge"}


def _fails_bare(one: StepFinished, step: StepFinished) -> bool:
    """Whether ``one`` is the same step, at the same place in history, and failed on empty tables."""
    at = {"scratch": "cycle"}
    same = (at.get(one.phase, one.phase), course(one)) == (at.get(step.phase, step.phase), course(step))
    return same and one.rows == "none" and one.outcome == step.outcome != "ok"


def need_of_comparison(target: TargetEvidence, one: Compared) -> Need:
    """Return the fewest rows with which the moments differ."""
    same = tuple(entry for entry in target.classified if entry.about == one.moment)
    chosen = sorted(same, key=lambda entry: entry.phase != one.phase)
    return _need(chosen[0] if chosen else None, one.rows_on_board)


def _need(entry: Classified | None, on_board: Rows) -> Need:
    if entry is None:
        return Need(on_board)
    if entry.fewest is None:
        return Need(on_board, again=False)
    return Need(entry.fewest, known=True)


def confirmation(target: TargetEvidence, step: StepFinished) -> Confirmed | None:
    """Return what plain Django did with this step, if it was asked."""
    same = (one for one in target.confirmed if (one.phase, one.direction) == (step.phase, step.direction))
    return next(same, None)
