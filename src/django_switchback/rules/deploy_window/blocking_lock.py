"""``blocking-lock``: look at the locks of each step while its work grows with the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from django_switchback.evidence import StatementWork
from django_switchback.rules.deploy_window.growth import HeldLock, MeasuredStep, measured_steps, not_measured
from django_switchback.rules.deploy_window.lock_wording import (
    lock_phrase,
    safer_ways,
    statement_phrase,
    work_phrase,
)
from django_switchback.rules.interface import SEVERITIES, Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import doing, enumerate_items

SLUG = "blocking-lock"


def judge(target: TargetEvidence) -> Findings:
    """Report locks held while work grows, and those that are brief: errors on hot tables, notes on others."""
    steps = tuple(measured_steps(target))
    directions = {step.direction for step in steps}
    unmeasured = {work.direction: work for work in target.work if work.direction not in directions}
    found = (
        *(finding for step in steps for finding in _findings(target, step)),
        *(
            not_measured(
                SLUG,
                target,
                work.direction,
                f"could not be measured for its locks and growth: {work.unmeasured}",
            )
            for work in unmeasured.values()
        ),
    )
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def _findings(target: TargetEvidence, step: MeasuredStep) -> Iterator[Finding]:
    for held in _by_table_heat(target, [lock for lock in step.locks if lock.grown]):
        yield _held(target, step, held)
    brief = [lock for lock in step.locks if not lock.grown]
    limited = [lock for lock in brief if lock.lock_timeout]
    for locks in _by_table_heat(target, [lock for lock in brief if not lock.lock_timeout]):
        yield _brief(target, step, locks)
    if limited:
        yield _limited(target, step, limited)


def _by_table_heat(target: TargetEvidence, locks: list[HeldLock]) -> Iterator[list[HeldLock]]:
    """Yield the locks on hot tables, then the others, if there are any."""
    for hot in (True, False):
        found = [lock for lock in locks if _is_hot(target, lock) is hot]
        if found:
            yield found


def _is_hot(target: TargetEvidence, lock: HeldLock) -> bool:
    return lock.table in target.hot_tables


def _phrases(locks: Iterable[HeldLock]) -> str:
    return enumerate_items(list(dict.fromkeys(map(lock_phrase, locks))))


def _brief(target: TargetEvidence, step: MeasuredStep, locks: list[HeldLock]) -> Finding:
    hot = _is_hot(target, locks[0])
    return Finding(
        rule=SLUG,
        severity="error" if hot else "info",
        message=(
            f"{doing(target.fact.id, step.direction)} takes a brief "
            f"{_phrases(locks)}: nothing is read or rewritten "
            "under it, but it waits for every open transaction, and all others wait behind it; it "
            f"needs a lock_timeout{', since the table is one of the hot-tables' if hot else ''}"
        ),
        phase="cycle",
        fix=(
            "Set a lock_timeout: with SET LOCAL lock_timeout before the operation and in its reverse, or for "
            'all migrations by OPTIONS = {"options": "-c lock_timeout=2s"}. Run the migration again if it is '
            "reached."
            if hot
            else "Set a lock_timeout for migrations, and run them again if it is reached."
        ),
        phases=("cycle",),
        exhibits=step.exhibits,
        tables=tuple(lock.table for lock in locks),
    )


def _limited(target: TargetEvidence, step: MeasuredStep, locks: list[HeldLock]) -> Finding:
    limits = enumerate_items(list(dict.fromkeys(lock.lock_timeout for lock in locks)))
    return Finding(
        rule=SLUG,
        severity="info",
        message=(
            f"{doing(target.fact.id, step.direction)} takes a brief "
            f"{_phrases(locks)}: nothing is read or rewritten "
            f"under it, and it is given up after a lock_timeout of {limits}"
        ),
        phase="cycle",
        fix="Nothing to correct. Run the migration again if the lock_timeout is reached.",
        phases=("cycle",),
        exhibits=step.exhibits,
        tables=tuple(lock.table for lock in locks),
    )


def _held(target: TargetEvidence, step: MeasuredStep, held: list[HeldLock]) -> Finding:
    grown = held[0].grown[0]
    hot = _is_hot(target, held[0])
    return Finding(
        rule=SLUG,
        severity="error" if hot else "warning",
        message=(
            f"{doing(target.fact.id, step.direction)} holds "
            f"{_taken(held, grown.work)} while it {work_phrase(grown)}"
            f"{', and the table is one of the hot-tables' if hot else ''}: "
            f"{statement_phrase(grown.work)}"
        ),
        phase="cycle",
        fix=safer_ways(statement.work for lock in held for statement in lock.grown),
        phases=("cycle",),
        exhibits=step.exhibits,
        tables=tuple(lock.table for lock in held),
    )


def _taken(held: list[HeldLock], work: StatementWork) -> str:
    """Return the locks with the statement that took them, unless it is ``work``."""
    phrases = []
    for statement, locks in groupby(held, lambda lock: lock.statement):
        taken = "" if statement == work else f", taken by {statement_phrase(statement)},"
        phrases.append(f"{_phrases(locks)}{taken}")
    return enumerate_items(phrases)


RULE = Rule(
    slug=SLUG,
    group="deploy window",
    severity="warning",
    condition=(
        "A step holds a lock that stops reads or writes of a table that has rows (SHARE and stronger), "
        "while it reads or writes rows whose number grows with the table. Without such work, the lock is "
        "brief: a note. On a table of `hot-tables` both are errors, a brief lock unless a `lock_timeout` is "
        "in force when it is taken."
    ),
    effect=(
        "Whoever uses the table waits until the step is over: milliseconds on a laptop, minutes in "
        "production."
    ),
    remedy=(
        "Split the change so that the long part runs under a weaker lock: indexes concurrently, constraints "
        "NOT VALID and validated later, new columns filled in batches. Name the tables that are always in "
        "use in `hot-tables`, and set a `lock_timeout` for migrations."
    ),
    judge=judge,
)
