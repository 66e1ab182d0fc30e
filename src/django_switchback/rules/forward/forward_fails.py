"""``forward-fails`` and ``forward-fails-with-data``: applying a migration raises."""

from __future__ import annotations

from collections.abc import Callable

from django_switchback.evidence import Failure, ScratchFinished, StepFinished
from django_switchback.rules.findings.empty_tables import correct, rows_of_failure
from django_switchback.rules.findings.findings import step_finding
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.steps import RequiredRows, failed_steps, rows_required_by_step
from django_switchback.rules.wording import exception_with_hint, in_operation, operation_name

ALWAYS_SLUG = "forward-fails"
WITH_DATA_SLUG = "forward-fails-with-data"
_LACKING = ("is not available", "in this build", "requires the server to be built")
"""What PostgreSQL says, with SQLSTATE 0A000, of an extension or a library that is not installed."""
OTHER_SERVER = (
    "The server that the rehearsal uses lacks this. Install it there, or name another server, which has what "
    "yours in production has: --database postgresql://..."
)


def _slug(need: RequiredRows) -> str:
    return ALWAYS_SLUG if need.rows == "none" else WITH_DATA_SLUG


def _judge(slug: str) -> Callable[[TargetEvidence], Findings]:
    def judge(target: TargetEvidence) -> Findings:
        """Report forward steps that raise with the kind of rows that the rule is about."""
        steps = (
            (step, rows_required_by_step(target, step))
            for step in failed_steps(target, "forward")
            if step.outcome == "failed"
        )
        return tuple(
            step_finding(target, step, slug, _message(target, step, need), _fix(target, step, need), need)
            for step, need in steps
            if _slug(need) == slug
        )

    return judge


def _message(target: TargetEvidence, step: StepFinished, need: RequiredRows) -> str:
    where = f"{in_operation(target.fact, step.failure)}, {rows_of_failure(target, step, need)}"
    return f"Applying {target.fact.id} raises{where}: {exception_with_hint(step.failure)}"


def _fix(target: TargetEvidence, step: StepFinished, need: RequiredRows) -> str:
    named = operation_name(target.fact, step.failure.operation if step.failure else None)
    operation = named or f"the operations of {target.fact.id}"
    if _is_lacking(step.failure):
        return OTHER_SERVER
    if need.rows == "none":
        return correct(operation, target, step)
    match operation.partition(" ")[0]:
        case "AddField":
            return f"Let {operation} be null or give it a default, and fill it before a constraint needs it."
        case "AlterField":
            return f"Before {operation}, convert the existing rows to values that it accepts."
        case "RunPython" | "RunSQL":
            return f"Correct {operation} for such rows, or convert, merge or delete them before it."
    return f"Before {operation}, convert, merge or delete the existing rows that it does not accept."


def _is_lacking(failure: Failure | None) -> bool:
    """Return whether the installation of the server lacks what the migration asks for."""
    return (
        failure is not None
        and failure.sqlstate == "0A000"
        and any(map(failure.message.__contains__, _LACKING))
    )


def judge_database(database: DatabaseEvidence) -> Findings:
    """Report a failed migration of an empty database that no step of a target reports already."""
    scratch = database.scratch
    if scratch is None or (scratch.failure is None and scratch.failed is None):
        return ()
    is_reported = any(
        target.fact.id == scratch.failed and any(failed_steps(target, "forward"))
        for target in database.targets
    )
    return () if is_reported else (_scratch_finding(scratch, database.manage),)


def _scratch_finding(scratch: ScratchFinished, manage: str) -> Finding:
    where = f"at {scratch.failed}" if scratch.failed else "after the last migration"
    return Finding(
        rule=ALWAYS_SLUG,
        severity="error",
        message=f"Migrating an empty database to head raises {where}: {exception_with_hint(scratch.failure)}",
        phase="scratch",
        fix=OTHER_SERVER
        if _is_lacking(scratch.failure)
        else (
            f"Correct {scratch.failed or 'the post_migrate receivers'}: until then no new database can be "
            f"set up, "
            "and later migrations are not rehearsed."
        ),
        phases=("scratch",),
        exhibits=(scratch,),
        reproduce=f"{manage} migrate",
    )


ALWAYS = Rule(
    slug=ALWAYS_SLUG,
    group="forward",
    severity="error",
    condition="Applying the migration raises on empty tables.",
    effect="No new database can be set up; if it raises with rows too, the release cannot be deployed.",
    remedy=("Correct the operation. If it is for one database engine only, check `connection.vendor` first."),
    judge=_judge(ALWAYS_SLUG),
    judge_database=judge_database,
)

WITH_DATA = Rule(
    slug=WITH_DATA_SLUG,
    group="forward",
    severity="error",
    condition=(
        "Applying the migration raises only if the tables hold rows. A warning if only edge rows (extreme "
        "and duplicate values that the schema allows) cause it."
    ),
    effect="The deployment passes on an empty test database and fails in production.",
    remedy="Before the schema change, convert the rows to values that the new schema accepts: fill, convert, "
    "make unique.",
    judge=_judge(WITH_DATA_SLUG),
)
