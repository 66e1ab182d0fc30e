"""``irreversible``: Django refuses to roll the migration back."""

from __future__ import annotations

from django_switchback.evidence import MigrationFact
from django_switchback.rules.findings.findings import step_finding
from django_switchback.rules.interface import Findings, Rule, TargetEvidence
from django_switchback.rules.selection.steps import failed_steps, rows_required_by_step
from django_switchback.rules.wording import irreversible_operations, operation_name

ADVICE = {
    "RunPython": "give RunPython a reverse_code that undoes its code",
    "RunSQL": "give RunSQL a reverse_sql that undoes its sql",
}
ACKNOWLEDGE = (
    "or, if it is meant, acknowledge it by a line in the migration's docstring: "
    "switchback: acknowledge irreversible: REASON"
)
NOOP = "noop is judged like any other reverse: rows that it leaves changed are rollback-loses-data."


def judge(target: TargetEvidence) -> Findings:
    """Report rollbacks that raised Django's ``IrreversibleError``."""
    return tuple(
        step_finding(
            target,
            step,
            rule="irreversible",
            message=(
                f"{target.fact.id} cannot be rolled back: "
                f"{_irreversible_operation(target.fact, step.failure.operation)} has no reverse."
            ),
            fix=_fix(target.fact, step.failure.operation),
            need=rows_required_by_step(target, step),
        )
        for step in failed_steps(target, "rollback")
        if step.outcome == "failed" and step.failure is not None and step.failure.irreversible
    )


def _irreversible_operation(fact: MigrationFact, description: str | None) -> str:
    operation = operation_name(fact, description) or irreversible_operations(fact)
    return f"its operation {operation}" if operation else "one of its operations"


def _fix(fact: MigrationFact, description: str | None) -> str:
    kinds = dict.fromkeys(operation.kind for operation in fact.operations if not operation.reversible)
    advice = [ADVICE[kind] for kind in kinds if kind in ADVICE]
    what = "; ".join(advice) or f"give {_irreversible_operation(fact, description)} a reverse operation"
    fix = f"{what[0].upper()}{what[1:]}, {ACKNOWLEDGE}."
    return f"{fix} {NOOP}" if advice else fix


RULE = Rule(
    slug="irreversible",
    group="rollback",
    severity="error",
    condition="An operation of the migration cannot be reversed: Django refuses to roll it back.",
    effect=(
        "A release that contains this migration cannot be rolled back with `migrate`. During an incident "
        "only restoring a backup is left, which loses every row written since."
    ),
    remedy=(
        "Give `RunPython` a `reverse_code` and `RunSQL` a `reverse_sql`. `noop` is right where nothing has "
        "to be undone, and it is judged like any other reverse: rows that it leaves changed are "
        "`rollback-loses-data`, and a migration that changed no row at all is skipped (`changed-no-row`) "
        "until a scenario gives it some. If the migration is meant to be irreversible, acknowledge the rule "
        "by a line in the migration's docstring, with the reason and how to get back all the same: "
        "`switchback: acknowledge irreversible: the old spelling is gone, a rollback is by backup`. Every "
        "report shows it then, and it does not fail the run."
    ),
    judge=judge,
)
