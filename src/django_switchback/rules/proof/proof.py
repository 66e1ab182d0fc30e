"""Prove a pass from the evidence on a target: every required record is checked by name.

A target passes only if its pass is proven here. A failed step is excused only by its acknowledgement, or by a
complete run of the phase without edge rows if edge rows alone made the step fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias, get_args

from django_switchback.evidence import AnyRecord, Direction, Phase, StepFinished, StepStarted, UnwindBlocked
from django_switchback.rules.exhibits import FailedStep
from django_switchback.rules.interface import Findings, TargetEvidence, of_type
from django_switchback.rules.proof.required_evidence import (
    Requirement,
    failed_in_phase,
    requirements,
    step_name,
)
from django_switchback.rules.selection.steps import (
    confirmation,
    effective_direction,
    fails_with_edge_rows_only,
    needs_repeat_without_edge,
    rows_required_by_step,
)
from django_switchback.rules.wording import enumerate_items, exception_summary, outcome_of_plain_migrate

WORKER_LOST = {"died", "timed-out"}
"""Outcomes that end the worker process before it writes the records that end the run of a phase."""


class Proven(NamedTuple):
    """The records that a pass rests on.

    ``acknowledged_failures`` names the steps whose failure is acknowledged or answered otherwise, as
    ``answers`` say; ``blocked`` says why the unwind is incomplete.
    """

    records: tuple[AnyRecord, ...]
    acknowledged_failures: tuple[str, ...] = ()
    blocked: str | None = None
    answers: tuple[str, ...] = ("acknowledged",)

    @property
    def reason(self) -> str | None:
        """The report's note on a pass that does not rest on every part of the rehearsal."""
        failed = (
            f"{enumerate_items(self.acknowledged_failures)} failed, which is {enumerate_items(self.answers)}"
            if self.acknowledged_failures
            else None
        )
        return "; ".join(text for text in (failed, self.blocked) if text is not None) or None


class MissingEvidence(NamedTuple):
    """The reason why a pass is not proven."""

    reason: str


Proof: TypeAlias = Proven | MissingEvidence


def prove(target: TargetEvidence, acknowledged: Findings = ()) -> Proof:
    """Return the proof that ``target`` passes, or the missing evidence.

    ``acknowledged`` are the findings about its steps that the project has acknowledged or answered otherwise.
    """
    fault = _unfinished_step(target) or _failure_during_setup(target, acknowledged)
    if fault is not None:
        return MissingEvidence(fault)
    phases: tuple[Phase, ...] = tuple(phase for phase in get_args(Phase) if phase not in target.elsewhere)
    if not target.planned:
        # A migration that is not a target has no cycle: only its failed steps are judged.
        phases = tuple(phase for phase in phases if failed_in_phase(target, phase))
    parts = [_prove_phase(target, phase, acknowledged) for phase in phases]
    lacking = [part.reason for part in parts if isinstance(part, MissingEvidence)]
    if lacking:
        return MissingEvidence("; ".join(lacking))
    proven = [part for part in parts if isinstance(part, Proven)]
    return Proven(
        records=tuple(record for part in proven for record in part.records),
        acknowledged_failures=tuple(name for part in proven for name in part.acknowledged_failures),
        blocked=next((part.blocked for part in proven if part.blocked is not None), None),
    )


def _unfinished_step(target: TargetEvidence) -> str | None:
    starts, ends = Counter(map(_step_key, target.step_starts)), Counter(map(_step_key, target.steps))
    unfinished = sorted((starts - ends).elements())
    if not unfinished:
        return None
    phase, direction = unfinished[0]
    return f"no evidence: the {direction} of the {phase} started but has no recorded end"


def _step_key(step: StepStarted | StepFinished) -> tuple[Phase, Direction]:
    return step.phase, step.direction


def _failure_during_setup(target: TargetEvidence, acknowledged: Findings) -> str | None:
    """Return the failure of the target, if any, while it was migrated without rows for another target."""
    setup_steps = (
        step for step in target.steps if (step.phase, step.trial, step.rows) == ("scratch", True, "none")
    )
    failed = next((step for step in setup_steps if step.outcome != "ok"), None)
    if failed is None or _is_acknowledged(acknowledged, failed):
        return None
    return f"it could not be applied in preparation for another target: {exception_summary(failed.failure)}"


def _prove_phase(target: TargetEvidence, phase: Phase, acknowledged: Findings) -> Proof:
    """Prove one phase by a complete run, by what blocked it, or by an acknowledged failure."""
    bad = failed_in_phase(target, phase)
    unexcused = tuple(step for step in bad if not fails_with_edge_rows_only(target, step))
    # After failures with edge rows only, the repeat without edge rows has to prove the phase.
    needs_repeat = needs_repeat_without_edge(target, phase)
    runs = {
        without_edge: tuple(requirements(target, phase, without_edge=without_edge))
        for without_edge in ((True,) if needs_repeat else (False, True))
    }
    # The repeat cannot prove a pass either if the first run differed in a way that was not reproducible.
    contradicted = bool(unexcused) or any(requirement.contradicted for requirement in runs.get(False, ()))
    for required in runs.values():
        if not contradicted and all(requirement.met for requirement in required):
            return Proven(_met_records(required))
    if phase == "unwind" and target.unwind_blocks and not unexcused:
        return _prove_blocked_unwind(target, runs)
    if unexcused and all(_is_acknowledged(acknowledged, step) for step in unexcused):
        without_edge = unexcused[-1].without_edge
        required = tuple(requirements(target, phase, without_edge=without_edge))
        return _prove_before_failures(required, unexcused)
    return MissingEvidence(_missing_reason(target, runs[needs_repeat], unexcused))


def _prove_blocked_unwind(target: TargetEvidence, runs: dict[bool, tuple[Requirement, ...]]) -> Proof:
    """Prove the part of the unwind that another migration's failure did not block."""
    rollback_blockers = dict.fromkeys(
        _blocker(blocked) for blocked in target.unwind_blocks if blocked.direction == "rollback"
    )
    if rollback_blockers:
        reason = f"not unwound from head: {', '.join(rollback_blockers)}"
        return Proven(target.unwind_blocks[:1], blocked=reason)
    rolled_back = [required[0] for required in runs.values() if required[0].met]
    if not rolled_back:
        return MissingEvidence(f"no evidence of {step_name('unwind', 'rollback')}")
    reapply_blockers = ", ".join(dict.fromkeys(str(blocked.by) for blocked in target.unwind_blocks))
    reason = f"not compared when applied again from head: {reapply_blockers} could not be applied again"
    return Proven((*_met_records(rolled_back[:1]), *target.unwind_blocks[:1]), blocked=reason)


def _blocker(blocked: UnwindBlocked) -> str:
    """Return what kept a target from being rolled back from head."""
    if blocked.unrestored:
        return f"blocked by {blocked.by}, after whose rollback {blocked.unrestored}"
    return f"{blocked.by} could not be rolled back"


def _met_records(required: Iterable[Requirement]) -> tuple[AnyRecord, ...]:
    return tuple(
        record
        for requirement in required
        if requirement.met
        for record in requirement.records[: requirement.required_count]
    )


def _is_acknowledged(acknowledged: Findings, step: StepFinished) -> bool:
    """Return whether one of the findings is about ``step``."""
    return any(
        (finding.phase, effective_direction(failed.step)) == (step.phase, effective_direction(step))
        for finding in acknowledged
        for failed in of_type(finding.exhibits, FailedStep)
    )


def _prove_before_failures(required: tuple[Requirement, ...], bad: tuple[StepFinished, ...]) -> Proof:
    """Prove the part of a phase before its acknowledged failures."""
    names = dict.fromkeys(step_name(step.phase, effective_direction(step)) for step in bad)
    contradicted = [
        requirement for requirement in required if requirement.contradicted and not requirement.late
    ]
    reached = min((requirement.preceding_steps for requirement in contradicted), default=0)
    lost = any(step.outcome in WORKER_LOST for step in bad)
    needed = tuple(
        requirement
        for requirement in required
        if requirement.preceding_steps <= reached and requirement not in contradicted
    )
    missing = [
        requirement.name for requirement in needed if not requirement.met and not (requirement.late and lost)
    ]
    if missing:
        return MissingEvidence(f"no evidence of {', '.join(missing)}")
    return Proven((*_met_records(needed), *bad), acknowledged_failures=tuple(names))


def _missing_reason(
    target: TargetEvidence, required: tuple[Requirement, ...], bad: tuple[StepFinished, ...]
) -> str:
    """Return why a phase is not proven: an unexplained failure, or the missing records."""
    if bad:
        return "; ".join(dict.fromkeys(_unexplained_failure(target, step) for step in bad))
    once = [requirement.name for requirement in required if requirement.contradicted]
    if once:
        return f"{enumerate_items(once)} differed, but not when repeated"
    return f"no evidence of {', '.join(requirement.name for requirement in required if not requirement.met)}"


def _unexplained_failure(target: TargetEvidence, step: StepFinished) -> str:
    what = f"{step_name(step.phase, effective_direction(step))} failed ({exception_summary(step.failure)})"
    confirmed = confirmation(target, step)
    if confirmed is not None and not confirmed.reproduced:
        what += f" but not with plain {target.plain_migrate}"
        if confirmed.status != 0:
            what += f", which {outcome_of_plain_migrate(confirmed)}"
    elif not rows_required_by_step(target, step).reproducible:
        what += " but not when repeated"
    return f"{what}: no evidence that it works"
