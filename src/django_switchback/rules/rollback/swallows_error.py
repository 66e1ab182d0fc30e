"""``rollback-swallows-error``: reverse code catches a database error, and its transaction is rolled back."""

from __future__ import annotations

from django_switchback.evidence import Failure
from django_switchback.rules.findings.empty_tables import rows_of_failure
from django_switchback.rules.findings.findings import step_finding
from django_switchback.rules.interface import Findings, Rule, TargetEvidence
from django_switchback.rules.selection.steps import failed_steps, rows_required_by_step
from django_switchback.rules.wording import exception_with_hint, operation_name, shown_sql

SLUG = "rollback-swallows-error"


def judge(target: TargetEvidence) -> Findings:
    """Report rollbacks that ended without an exception, and whose transaction was rolled back."""
    found = []
    for step in failed_steps(target, "rollback"):
        failure = step.failure
        if failure is None or not failure.swallowed:
            continue
        need = rows_required_by_step(target, step)
        where = f"{target.fact.id}{' from head' if step.phase == 'unwind' else ''}"
        atomic = "" if target.fact.atomic else " of one of its transactions"
        message = (
            f"Rolling back {where} succeeds for migrate, which records it, but nothing{atomic} is rolled "
            f"back, {rows_of_failure(target, step, need)}: {_swallowed(target, failure)}, and the "
            "transaction is rolled back instead of committed. The next migrate fails, since what it is to "
            "make is there."
        )
        named = operation_name(target.fact, failure.operation) or "the reverse"
        fix = (
            f"Let {named} raise, or ask before the statement whether it can succeed. If the error may be "
            "caught, do so around a transaction.atomic() block of its own, which undoes the statement."
        )
        found.append(step_finding(target, step, SLUG, message, fix, need))
    return tuple(found)


def _swallowed(target: TargetEvidence, failure: Failure) -> str:
    if not failure.statement:
        return "its transaction is aborted at its end"
    named = operation_name(target.fact, failure.operation) or "it"
    state = f", SQLSTATE {failure.sqlstate}" if failure.sqlstate else ""
    return f"{named} catches {exception_with_hint(failure)} (raised by {shown_sql(failure.statement)}{state})"


RULE = Rule(
    slug=SLUG,
    group="rollback",
    severity="error",
    condition=(
        "The reverse catches a database error, so that `migrate` reports success and records the rollback, "
        "although the transaction was aborted and nothing was rolled back."
    ),
    effect=(
        "Nobody learns that the rollback did not happen: the release before runs on the new schema, and the "
        "next `migrate` fails because the tables or columns exist already."
    ),
    remedy=(
        "Do not catch database errors in reverse code. Where one is expected, ask first, or catch it around "
        "a `transaction.atomic()` block of its own: its savepoint undoes the failed statement."
    ),
    judge=judge,
)
