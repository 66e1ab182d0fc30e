"""``unguarded-vendor-sql``: a statement that one engine understands and another of the run does not."""

from __future__ import annotations

from django_switchback.evidence import Failure, StepFinished
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.data_operations import engine_of
from django_switchback.rules.wording import doing, enumerate_items, exception_summary

SLUG = "unguarded-vendor-sql"
NOT_UNDERSTOOD = ("42", "0A")
"""SQLSTATE classes: syntax, unknown functions and objects; features that the server does not have."""
SQLITE_ERRORS = frozenset({"OperationalError", "ProgrammingError", "NotSupportedError"})
"""What SQLite raises for statements that it does not understand."""


def judge(target: TargetEvidence) -> Findings:
    """Report the first step that fails here by its SQL, if another engine went through every step."""
    failed = next((step for step in target.steps if not step.trial and _by_its_sql(target, step)), None)
    if failed is None or not target.passed_on:
        return ()
    return (
        Finding(
            rule=SLUG,
            severity="warning",
            message=(
                f"{doing(target.fact.id, failed.direction)} works on {enumerate_items(target.passed_on)} and "
                f"fails here, in {failed.failure.operation if failed.failure else ''}: "
                f"{exception_summary(failed.failure) if failed.failure else ''}"
            ),
            phase=failed.phase,
            fix=(
                "Write SQL that both engines understand, use an operation of Django, or look at the engine "
                'first: if schema_editor.connection.vendor == "postgresql", in a RunPython.'
            ),
            phases=(failed.phase,),
        ),
    )


def _by_its_sql(target: TargetEvidence, step: StepFinished) -> bool:
    """Return whether code or SQL of the project failed since the engine did not understand it."""
    failure = step.failure
    # What reverse code swallows may be raised on the other engine too, unseen.
    if failure is None or failure.swallowed or not _not_understood(failure, engine_of(target)):
        return False
    return any(
        operation.data and operation.description == failure.operation for operation in target.fact.operations
    )


def _not_understood(failure: Failure, engine: str) -> bool:
    if engine == "postgresql":
        return (failure.sqlstate or "").startswith(NOT_UNDERSTOOD)
    locked = "locked" in failure.message
    return failure.type.rpartition(".")[2] in SQLITE_ERRORS and not locked


RULE = Rule(
    slug=SLUG,
    group="hygiene",
    severity="warning",
    condition=(
        "Code or SQL of a migration fails on one engine, which does not understand its statement, and every "
        "step of the migration works on another engine of the same run. It stands beside the error."
    ),
    effect=(
        "Tests and development on one engine say nothing about the other: the migration is for one of them "
        "alone, and does not say so."
    ),
    remedy=(
        "Write SQL that both understand, use an operation of Django, or look at "
        "`schema_editor.connection.vendor` first."
    ),
    judge=judge,
)
