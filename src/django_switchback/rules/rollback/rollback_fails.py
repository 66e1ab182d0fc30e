"""``rollback-fails``, ``rollback-fails-with-data``, ``rollback-blocked-by-new-rows``: a rollback raises."""

from __future__ import annotations

import re
from collections.abc import Callable

from django_switchback.evidence import Failure, StepFinished
from django_switchback.rules.findings.empty_tables import correct, rows_of_failure
from django_switchback.rules.findings.findings import step_finding
from django_switchback.rules.interface import Findings, Rule, TargetEvidence
from django_switchback.rules.selection.steps import RequiredRows, failed_steps, rows_required_by_step
from django_switchback.rules.wording import enumerate_items, exception_with_hint, in_operation, operation_name

BY_SQLSTATE = {
    "22001": "shorten the values that are too long for the old column",
    "22003": "bring the values that are out of the old column's range back into it",
    "22P02": "convert the values that the old type cannot hold",
    "23502": "give the rows that hold null a value",
    "23503": "remove or redirect the references that the old foreign key cannot hold",
    "23505": "make the duplicates unique or remove them",
    "23514": "correct the rows that the old check constraint refuses",
    "23P01": "correct the rows that the old exclusion constraint refuses",
    "42804": "specify how the values are converted (`USING`)",
    "55006": "commit the rows before the table is altered: separate the data from the schema change",
}
"""The correction to make before the reverse operation, by PostgreSQL's SQLSTATE."""
PROTECTED = ("ProtectedError", "RestrictedError")
"""Django's refusals to delete rows that others refer to; their messages quote each ``Model.field``."""
_CONVERT = "convert the rows to values that the old schema allows"
_PROTECTED_BEGIN = "Cannot delete some instances of model"
_REFERENCE = re.compile(r"'(\w+\.\w+)'")


def _slug(need: RequiredRows) -> str:
    if need.rows == "none":
        return "rollback-fails"
    return (
        "rollback-blocked-by-new-rows"
        if need.is_minimal and need.rows == "new"
        else "rollback-fails-with-data"
    )


def _judge(slug: str) -> Callable[[TargetEvidence], Findings]:
    def judge(target: TargetEvidence) -> Findings:
        """Report rollbacks that raise with the kind of rows that the rule is about."""
        steps = (
            (step, rows_required_by_step(target, step))
            for step in failed_steps(target, "rollback")
            if _raised(step)
        )
        return tuple(
            step_finding(target, step, slug, _message(target, step, need), _fix(target, step, need), need)
            for step, need in steps
            if _slug(need) == slug
        )

    return judge


def _raised(step: StepFinished) -> bool:
    return step.outcome == "failed" and not (
        step.failure and (step.failure.irreversible or step.failure.swallowed)
    )


def _message(target: TargetEvidence, step: StepFinished, need: RequiredRows) -> str:
    where = f"{target.fact.id}{' from head' if step.phase == 'unwind' else ''}"
    what = f"raises{in_operation(target.fact, step.failure)}, {rows_of_failure(target, step, need)}"
    return f"Rolling back {where} {what}: {exception_with_hint(step.failure)}"


def _fix(target: TargetEvidence, step: StepFinished, need: RequiredRows) -> str:
    failure = step.failure
    named = operation_name(target.fact, failure.operation if failure else None)
    if need.rows == "none":
        return correct(f"the reverse of {named or target.fact.id}", target, step)
    first = _correction(failure) if failure else _CONVERT
    where = f"Before {named} is reversed" if named else f"Before {target.fact.id} is rolled back"
    return f"{where}, {first}, with the reverse_code of a RunPython placed after it."


def _correction(failure: Failure) -> str:
    """Return what to do to the rows before the reverse operation runs."""
    # Code that catches the refusal to raise an error of its own still tells it.
    if failure.type.rpartition(".")[2] in PROTECTED or _PROTECTED_BEGIN in failure.message:
        references = enumerate_items(list(dict.fromkeys(_REFERENCE.findall(failure.message))))
        return " ".join(f"clear or move the references {references} to the rows that it deletes".split())
    return BY_SQLSTATE.get(failure.sqlstate or "", _CONVERT)


BLOCKED = Rule(
    slug="rollback-blocked-by-new-rows",
    group="rollback",
    severity="error",
    condition=(
        "Rolling back raises only if rows exist that the new schema allows and the old schema does not."
    ),
    effect=(
        "The rollback works right after the release and fails as soon as the new release has written such "
        "a row, which is when an incident calls for it."
    ),
    remedy=(
        "Add a `RunPython` after the operation whose `reverse_code` converts such rows to values that the "
        "old schema allows (it runs first when rolling back)."
    ),
    judge=_judge("rollback-blocked-by-new-rows"),
)

WITH_DATA = Rule(
    slug="rollback-fails-with-data",
    group="rollback",
    severity="error",
    condition=(
        "Rolling back raises if the tables hold rows and works if they are empty. A warning if only edge "
        "rows (extreme and duplicate values that the schema allows) cause it."
    ),
    effect="The rollback passes on an empty test database and fails in production.",
    remedy=(
        "Make the reverse operation handle rows: fill, convert or move them before the schema changes back."
    ),
    judge=_judge("rollback-fails-with-data"),
)

ALWAYS = Rule(
    slug="rollback-fails",
    group="rollback",
    severity="error",
    condition="Rolling back raises on empty tables.",
    effect="If it raises with rows too, the migration cannot be rolled back at all.",
    remedy=(
        "Correct the reverse operation; a typical cause is reverse SQL that names an object that does not "
        "exist."
    ),
    judge=_judge("rollback-fails"),
)
