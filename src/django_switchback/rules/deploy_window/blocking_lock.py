"""``blocking-lock``: look at the locks of each step while its work grows with the rows."""

from __future__ import annotations

from collections.abc import Iterator

from django_switchback.evidence import WorkMeasured
from django_switchback.rules.deploy_window.growth import HeldLock, MeasuredStep, measured_steps
from django_switchback.rules.deploy_window.lock_wording import (
    lock_phrase,
    safer_ways,
    statement_phrase,
    work_phrase,
)
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import doing, enumerate_items

SLUG = "blocking-lock"


def judge(target: TargetEvidence) -> Findings:
    """Report locks held while work grows, and as notes those that are brief."""
    steps = tuple(measured_steps(target))
    directions = {step.direction for step in steps}
    unmeasured = {work.direction: work for work in target.work if work.direction not in directions}
    return (
        *(finding for step in steps for finding in _findings(target, step)),
        *(_not_judged(target, work) for work in unmeasured.values()),
    )


def _not_judged(target: TargetEvidence, work: WorkMeasured) -> Finding:
    return Finding(
        rule=SLUG,
        severity="info",
        message=(
            f"{doing(target.fact.id, work.direction)} could not be measured for its locks: {work.unmeasured}"
        ),
        phase="cycle",
        fix="Nothing to correct. Where the step itself works, a scenario can give it rows that it accepts.",
        phases=("cycle",),
    )


def _findings(target: TargetEvidence, step: MeasuredStep) -> Iterator[Finding]:
    held = [lock for lock in step.locks if lock.grown]
    if held:
        yield _held(target, step, held)
    brief = [lock for lock in step.locks if not lock.grown]
    if brief:
        yield Finding(
            rule=SLUG,
            severity="info",
            message=(
                f"{doing(target.fact.id, step.direction)} takes a brief "
                f"{enumerate_items([lock_phrase(lock) for lock in brief])}: nothing is read or rewritten "
                "under it, but it waits for every open transaction, and all others wait behind it; it "
                "needs a lock_timeout"
            ),
            phase="cycle",
            fix="Set a lock_timeout for migrations, and run them again if it is reached.",
            phases=("cycle",),
            exhibits=step.exhibits,
            tables=tuple(lock.table for lock in brief),
        )


def _held(target: TargetEvidence, step: MeasuredStep, held: list[HeldLock]) -> Finding:
    grown = held[0].grown[0]
    earlier = grown.work != held[0].statement
    taken = f", taken by {statement_phrase(held[0].statement)}," if earlier else ""
    return Finding(
        rule=SLUG,
        severity="warning",
        message=(
            f"{doing(target.fact.id, step.direction)} holds "
            f"{enumerate_items([lock_phrase(lock) for lock in held])}{taken} while it {work_phrase(grown)}: "
            f"{statement_phrase(grown.work)}"
        ),
        phase="cycle",
        fix=safer_ways(statement.work for lock in held for statement in lock.grown),
        phases=("cycle",),
        exhibits=step.exhibits,
        tables=tuple(lock.table for lock in held),
    )


RULE = Rule(
    slug=SLUG,
    group="deploy window",
    severity="warning",
    condition=(
        "A step holds a lock that stops reads or writes of a table that has rows (SHARE and stronger), "
        "while it reads or writes rows whose number grows with the table. Without such work, the lock is "
        "brief: a note."
    ),
    effect=(
        "Whoever uses the table waits until the step is over: milliseconds on a laptop, minutes in "
        "production."
    ),
    remedy=(
        "Split the change so that the long part runs under a weaker lock: indexes concurrently, constraints "
        "NOT VALID and validated later, new columns filled in batches."
    ),
    judge=judge,
)
