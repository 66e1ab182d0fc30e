"""Prove a pass from the evidence on a target: every record that it takes is asked for by name.

A pass is what is proven here and nothing else is. A step that failed explains nothing by itself: only its
acknowledgement does, or a whole course without edge rows where those alone made it fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias, get_args

from django_switchback.evidence import AnyRecord, Direction, Phase, StepFinished, StepStarted
from django_switchback.rules.interface import Findings, TargetEvidence
from django_switchback.rules.required_evidence import Requirement, failed, requirements, step_name
from django_switchback.rules.steps import (
    confirmation,
    effective_direction,
    fails_with_edge_rows_only,
    repeated,
    rows_required_by_step,
)
from django_switchback.rules.wording import enumerate_items, exception_summary

LOST = {"died", "timed-out"}
"""Outcomes that take the worker along, with what it would have written at the end of the course."""


class Proven(NamedTuple):
    """The records that a pass rests on.

    ``excused`` are the steps whose failure is acknowledged, ``blocked`` says why the unwind was not seen to
    its end.
    """

    records: tuple[AnyRecord, ...]
    excused: tuple[str, ...] = ()
    blocked: str | None = None

    @property
    def reason(self) -> str | None:
        """What the report says of a pass that does not rest on every part of the rehearsal."""
        failed = f"{enumerate_items(self.excused)} failed, which is acknowledged" if self.excused else None
        return "; ".join(text for text in (failed, self.blocked) if text is not None) or None


class MissingEvidence(NamedTuple):
    """Why a pass is not proven."""

    reason: str


Proof: TypeAlias = Proven | MissingEvidence


def prove(target: TargetEvidence, acknowledged: Findings = ()) -> Proof:
    """Return the proof that ``target`` passes, or why it is lacking.

    ``acknowledged`` are the findings about its steps that the project has acknowledged.
    """
    fault = _unfinished(target) or _disturbed(target, acknowledged)
    if fault is not None:
        return MissingEvidence(fault)
    phases: tuple[Phase, ...] = get_args(Phase)
    if not target.planned:
        # What is no target has no cycle: it is here for the steps that went wrong.
        phases = tuple(phase for phase in phases if failed(target, phase))
    parts = [_phase(target, phase, acknowledged) for phase in phases]
    lacking = [part.reason for part in parts if isinstance(part, MissingEvidence)]
    if lacking:
        return MissingEvidence("; ".join(lacking))
    proven = [part for part in parts if isinstance(part, Proven)]
    return Proven(
        records=tuple(record for part in proven for record in part.records),
        excused=tuple(name for part in proven for name in part.excused),
        blocked=next((part.blocked for part in proven if part.blocked is not None), None),
    )


def _unfinished(target: TargetEvidence) -> str | None:
    begun, ended = Counter(map(_place, target.started)), Counter(map(_place, target.steps))
    left = sorted((begun - ended).elements())
    if not left:
        return None
    return f"no evidence: the {left[0][1]} of the {left[0][0]} was begun and its end is not recorded"


def _place(step: StepStarted | StepFinished) -> tuple[Phase, Direction]:
    return step.phase, step.direction


def _disturbed(target: TargetEvidence, acknowledged: Findings) -> str | None:
    """Say that the target failed where it was only passed, without rows, on the way to another one."""
    passed = (one for one in target.steps if (one.phase, one.trial, one.rows) == ("scratch", True, "none"))
    step = next((one for one in passed if one.outcome != "ok"), None)
    if step is None or _covers(acknowledged, step):
        return None
    return f"it could not be applied on the way to another target: {exception_summary(step.failure)}"


def _phase(target: TargetEvidence, phase: Phase, acknowledged: Findings) -> Proof:
    """Prove one phase: by a whole course, by what blocked it, or by an acknowledged failure."""
    bad = failed(target, phase)
    telling = tuple(step for step in bad if not fails_with_edge_rows_only(target, step))
    # What edge rows bring out proves nothing: the repeat without them is to be seen instead.
    again = repeated(target, phase)
    courses = {
        without_edge: tuple(requirements(target, phase, without_edge=without_edge))
        for without_edge in ((True,) if again else (False, True))
    }
    # Neither does a repeat prove anything of what differed once, and was not seen again.
    spoilt = telling or any(requirement.fault for requirement in courses.get(False, ()))
    for asked in courses.values():
        if not spoilt and all(requirement.met for requirement in asked):
            return Proven(_met(asked))
    if phase == "unwind" and target.blocked and not telling:
        return _blocked(target, courses)
    if telling and all(_covers(acknowledged, step) for step in telling):
        where = telling[-1].without_edge
        return _excused(tuple(requirements(target, phase, without_edge=where)), telling)
    return MissingEvidence(_why(target, courses[again], telling))


def _blocked(target: TargetEvidence, courses: dict[bool, tuple[Requirement, ...]]) -> Proof:
    """Prove as much of the unwind as another migration's failure left to be seen."""
    down = dict.fromkeys(str(blocked.by) for blocked in target.blocked if blocked.direction == "rollback")
    if down:
        reason = f"not unwound from head: {', '.join(down)} could not be rolled back"
        return Proven(target.blocked[:1], blocked=reason)
    rolled_back = [asked[0] for asked in courses.values() if asked[0].met]
    if not rolled_back:
        return MissingEvidence(f"no evidence of {step_name('unwind', 'rollback')}")
    up = ", ".join(dict.fromkeys(str(blocked.by) for blocked in target.blocked))
    reason = f"not compared when applied again from head: {up} could not be applied again"
    return Proven((*_met(rolled_back[:1]), *target.blocked[:1]), blocked=reason)


def _met(asked: Iterable[Requirement]) -> tuple[AnyRecord, ...]:
    return tuple(
        record
        for requirement in asked
        if requirement.met
        for record in requirement.records[: requirement.wanted]
    )


def _covers(acknowledged: Findings, step: StepFinished) -> bool:
    """Tell whether one of the findings is about ``step``."""
    return any(
        (finding.phase, finding.evidence.get("direction")) == (step.phase, effective_direction(step))
        for finding in acknowledged
    )


def _excused(asked: tuple[Requirement, ...], bad: tuple[StepFinished, ...]) -> Proof:
    """Prove as much of a course as came before the failures, which are acknowledged."""
    names = dict.fromkeys(step_name(step.phase, effective_direction(step)) for step in bad)
    at = [requirement for requirement in asked if requirement.fault and not requirement.late]
    reached = min((requirement.steps for requirement in at), default=0)
    lost = any(step.outcome in LOST for step in bad)
    needed = tuple(
        requirement for requirement in asked if requirement.steps <= reached and requirement not in at
    )
    lacks = [
        requirement.name for requirement in needed if not requirement.met and not (requirement.late and lost)
    ]
    if lacks:
        return MissingEvidence(f"no evidence of {', '.join(lacks)}")
    return Proven((*_met(needed), *bad), excused=tuple(names))


def _why(target: TargetEvidence, asked: tuple[Requirement, ...], bad: tuple[StepFinished, ...]) -> str:
    """Return why a course proves nothing: what failed without a finding that counts, or what is missing."""
    if bad:
        return "; ".join(dict.fromkeys(_unexplained(target, step) for step in bad))
    once = [requirement.name for requirement in asked if requirement.fault]
    if once:
        return f"{enumerate_items(once)} differed, and did not when it was tried again"
    return f"no evidence of {', '.join(requirement.name for requirement in asked if not requirement.met)}"


def _unexplained(target: TargetEvidence, step: StepFinished) -> str:
    what = f"{step_name(step.phase, effective_direction(step))} failed ({exception_summary(step.failure)})"
    asked = confirmation(target, step)
    if asked is not None and not asked.reproduced:
        what += " and did not with plain manage.py migrate"
    elif not rows_required_by_step(target, step).again:
        what += " and did not when it was tried again"
    return f"{what}: nothing shows that it works"
