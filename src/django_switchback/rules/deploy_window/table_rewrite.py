"""``table-rewrite``: look for tables whose files a step replaces."""

from __future__ import annotations

from django_switchback.rules.deploy_window.growth import MeasuredStep, measured_steps, told_with_lock
from django_switchback.rules.deploy_window.lock_wording import safer_ways, statement_phrase
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import doing, enumerate_items

SLUG = "table-rewrite"


def judge(target: TargetEvidence) -> Findings:
    """Report the tables that a step rewrites, once for each direction."""
    found = ((step, _rewritten(step)) for step in measured_steps(target))
    return tuple(_finding(target, step, tables) for step, tables in found if tables)


def _rewritten(step: MeasuredStep) -> list[str]:
    tables = (table for statement in step.statements for table in statement.work.rewritten)
    return [table for table in dict.fromkeys(tables) if step.rows.get(table, 1)]


def _finding(target: TargetEvidence, step: MeasuredStep, tables: list[str]) -> Finding:
    rewriting = [statement for statement in step.statements if statement.work.rewritten]
    return Finding(
        rule=SLUG,
        severity="warning",
        message=(
            f"{doing(target.fact.id, step.direction)} rewrites {enumerate_items(tables)}, with all indexes: "
            f"{statement_phrase(rewriting[0].work)}"
        ),
        phase="cycle",
        fix=safer_ways(statement.work for statement in rewriting),
        phases=("cycle",),
        exhibits=step.exhibits,
        tables=tuple(tables),
        told_with="blocking-lock" if told_with_lock(step, rewriting) else "",
    )


RULE = Rule(
    slug=SLUG,
    group="deploy window",
    severity="warning",
    condition="PostgreSQL replaces the file of a table that has rows, other than by TRUNCATE.",
    effect=(
        "Every row is copied and every index is built anew while nobody can read or write the table, and the "
        "disk holds the table twice."
    ),
    remedy=(
        "Choose a change that does without (a longer varchar, a constant default, text for varchar), or "
        "add a new column, fill it in batches, and switch over in a later release."
    ),
    judge=judge,
)
