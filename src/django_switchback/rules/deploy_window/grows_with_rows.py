"""``grows-with-rows``: compare the work of a step with two numbers of rows."""

from __future__ import annotations

from django_switchback.rules.deploy_window.growth import (
    GrownStatement,
    MeasuredStep,
    measured_steps,
    not_measured,
    told_with_lock,
    work_tables,
)
from django_switchback.rules.deploy_window.lock_wording import safer_ways, statement_phrase, work_phrase
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import count, doing

SLUG = "grows-with-rows"


def judge(target: TargetEvidence) -> Findings:
    """Report the statements whose work grows, under a blocking lock or by what they write."""
    found = ((step, _growing(step)) for step in measured_steps(target))
    return (
        *(_finding(target, step, growing) for step, growing in found if growing),
        *(
            not_measured(
                SLUG,
                target,
                work.direction,
                f"was measured without the rows that its queries read and write: {work.without_rows}",
                work,
            )
            for work in target.work
            if work.without_rows
        ),
    )


def _growing(step: MeasuredStep) -> list[GrownStatement]:
    """Return the statements that grow; one that only reads stops nobody unless it holds a blocking lock."""
    under_lock = [grown for lock in step.locks for grown in lock.grown]
    return [statement for statement in step.statements if statement in under_lock or statement.written]


def _finding(target: TargetEvidence, step: MeasuredStep, growing: list[GrownStatement]) -> Finding:
    more = f", and {count(len(growing) - 1, 'other statement')}" if len(growing) > 1 else ""
    return Finding(
        rule=SLUG,
        severity="warning",
        message=(
            f"{doing(target.fact.id, step.direction)} does work that grows with the rows: it "
            f"{work_phrase(growing[0])} in {statement_phrase(growing[0].work)}{more}"
        ),
        phase="cycle",
        fix=safer_ways(statement.work for statement in growing),
        phases=("cycle",),
        exhibits=step.exhibits,
        tables=work_tables(growing),
        told_with="blocking-lock" if told_with_lock(step, growing) else "",
    )


RULE = Rule(
    slug=SLUG,
    group="deploy window",
    severity="warning",
    condition=(
        "With twice the rows, a step writes at least half a row more for each further row of a table, or "
        "reads so while it holds a lock that stops others. The server counts the rows; no time is taken."
    ),
    effect="A step of milliseconds on a laptop takes minutes in production, and its locks last as long.",
    remedy="Move rows in batches, each in a transaction of its own, and scan tables only under weak locks.",
    judge=judge,
)
