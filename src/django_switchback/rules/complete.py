"""Whether the evidence on a target is all there: what did not run must never count as passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django_switchback.evidence import Direction, Phase, StepFinished, StepStarted
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.steps import course, edge_alone, proving, repeated


def skipped(target: TargetEvidence) -> str | None:
    """Return why the target was not rehearsed (or with nothing that could matter on board), if so."""
    reasons = [one.reason for one in target.not_run if not one.error]
    reasons += map(_replaced, _for_replaced(target))
    if reasons:
        return "; ".join(dict.fromkeys(reasons))
    covered = target.covered
    if covered is None or not covered.touched or not all(table in covered.empty for table in covered.touched):
        return None
    why = "; ".join(f"{table}: {covered.empty[table]}" for table in covered.touched)
    wanted = ", as the project wants it" if chosen(target) else ""
    return f"no rows in any table that it touches{wanted} ({why})"


def _for_replaced(target: TargetEvidence) -> tuple[StepFinished, ...]:
    """Return the steps that failed for the sake of a setting that a rehearsal replaces."""
    return tuple(one for one in target.steps if one.failure is not None and one.failure.replaced)


def _replaced(step: StepFinished) -> str:
    setting = step.failure.replaced if step.failure is not None else ""
    return f"its {course(step)} fails for the sake of {setting}, which a rehearsal replaces"


def chosen(target: TargetEvidence) -> bool:
    """Whether it is skipped only since the project itself wants the tables empty, and says why."""
    covered = target.covered
    return (
        covered is not None
        and all(one.error for one in target.not_run)
        and not _for_replaced(target)
        and all(table in covered.chosen for table in covered.touched)
    )


def faults(target: TargetEvidence) -> str | None:
    """Return why it could not be rehearsed for a reason that is not its own, if so."""
    reasons = [one.reason for one in target.not_run if one.error]
    return "; ".join(dict.fromkeys(reasons)) or None


def missing(target: TargetEvidence) -> str | None:
    """Return which evidence is missing for a verdict, if any. A step that ended badly explains the rest.

    One that edge rows alone make fail does not: its cycle, or the unwind, is repeated without them.
    """
    unfinished = _unfinished(target)
    if unfinished:
        return f"no evidence: {unfinished}"
    bad = [step for step in target.steps if step.outcome != "ok" and not step.trial]
    if not all(edge_alone(target, step) for step in bad):
        return None
    lacks = tuple(_lacks(target))
    return f"no evidence of {', '.join(lacks)}" if lacks else None


def _unfinished(target: TargetEvidence) -> str | None:
    begun, ended = Counter(map(_step, target.started)), Counter(map(_step, target.steps))
    left = sorted((begun - ended).elements())
    return f"the {left[0][1]} of the {left[0][0]} was begun and its end is not recorded" if left else None


def _step(one: StepStarted | StepFinished) -> tuple[Phase, Direction]:
    return one.phase, one.direction


def _lacks(target: TargetEvidence) -> Iterator[str]:
    cycle = {one.direction for one in proving(target, "cycle")}
    again = repeated(target, "cycle")
    where = " without edge rows" if again else ""
    for direction in ("forward", "rollback", "reapply"):
        if direction not in cycle:
            yield f"the cycle's {direction}{where}"
    moments = {
        one.moment
        for one in target.comparisons
        if (one.phase, one.without_edge, one.trial) == ("cycle", again, False)
    }
    if "restored" not in moments:
        yield f"the comparison after rolling back{where}"
    if "reapplied" not in moments:
        yield f"the comparison after applying again{where}"
    if target.covered is None:
        yield "which tables had rows"
    if not target.blocked and "rollback" not in {course(one) for one in proving(target, "unwind")}:
        yield "the unwind" + (" without edge rows" if repeated(target, "unwind") else "")
