"""Build findings from failed steps and from comparisons with differences."""

from __future__ import annotations

from django_switchback.evidence import Compared, Direction, Rows, StepFinished
from django_switchback.rules import manage_commands
from django_switchback.rules.exhibits import Exhibit, FailedStep, RowsPresent
from django_switchback.rules.findings.error_or_warning import default_severity
from django_switchback.rules.interface import Finding, TargetEvidence
from django_switchback.rules.selection.minimal_rows import direction_before, minimal_rows
from django_switchback.rules.selection.steps import (
    RequiredRows,
    confirmation,
    effective_direction,
)
from django_switchback.rules.wording import outcome_of_plain_migrate

ROWS_PHRASES: dict[Rows, str] = {
    "none": "even on empty tables",
    "typical": "with rows in the tables",
    "edge": "with edge rows (extreme and duplicate values that the schema allows) in the tables",
    "new": "once the new release has written rows",
}


def replaced_setting_sentence(step: StepFinished) -> str | None:
    """Return a sentence on the replaced setting that made the step fail, if one did."""
    if step.failure is None or not step.failure.replaced:
        return None
    return f"The rehearsal replaces {step.failure.replaced}: with the project's own setting it may not fail."


def keep_setting_fix(step: StepFinished) -> str:
    """Return the fix that keeps the project's own setting in a rehearsal."""
    if step.failure is None:
        return ""
    return (
        f"If {step.failure.replaced} may be used in a rehearsal, keep it: {step.failure.kept_setting} in "
        "[tool.switchback] of pyproject.toml. Otherwise let the migration check that the backend supports it."
    )


def rows_phrase(need: RequiredRows) -> str:
    """Return a phrase on the rows that reproduce it."""
    if not need.reproducible:
        return "once, not reproduced when repeated"
    if not need.is_minimal:
        return "on empty tables" if need.rows == "none" else "with rows in the tables"
    return ROWS_PHRASES[need.rows]


AFTER_COMMIT_FIX = (
    "Handle the exception in what runs after the commit: a function given to transaction.on_commit (with "
    "robust=True it is only logged), or a receiver of post_migrate."
)


def _recorded_sentence(direction: Direction) -> str:
    done = "rolled back" if direction == "rollback" else "applied"
    return (
        f"It is recorded as {done} although migrate failed: a second migrate does nothing, and what was to "
        "follow the commit is not done."
    )


def step_finding(
    target: TargetEvidence, step: StepFinished, rule: str, message: str, fix: str, need: RequiredRows
) -> Finding:
    """Return the finding about a failed step."""
    confirmed = confirmation(target, step)
    if confirmed is not None and not confirmed.reproduced:
        outcome = (
            f"Plain {target.plain_migrate} {outcome_of_plain_migrate(confirmed)}: seen only in the rehearsal."
        )
        message = f"{message.rstrip('.')}. {outcome}"
    direction = effective_direction(step)
    if step.recorded:
        message = f"{message.rstrip('.')}. {_recorded_sentence(direction)}"
        fix = AFTER_COMMIT_FIX
    replaced = replaced_setting_sentence(step)
    if replaced is not None:
        message, fix = f"{message} {replaced}", keep_setting_fix(step)
    return Finding(
        rule=rule,
        severity=default_severity(need, confirmed) if replaced is None else "warning",
        message=message,
        phase=step.phase,
        fix=fix,
        confirmed=None if confirmed is None else confirmed.reproduced,
        phases=(step.phase,),
        exhibits=(
            FailedStep(step, need.minimal, need.by_elimination),
            *((confirmed,) if confirmed is not None else ()),
            *minimal_rows(target, step),
        ),
        reproduce=manage_commands.reproduce_command(target, step.phase, step.direction),
        setup=manage_commands.setup_command(target, step.phase, direction),
    )


def comparison_finding(
    target: TargetEvidence,
    comparison: Compared,
    rule: str,
    message: str,
    fix: str,
    exhibits: tuple[Exhibit, ...],
    need: RequiredRows,
) -> Finding:
    """Return the finding about a comparison with differences, with its rows before ``exhibits``."""
    direction = direction_before(comparison)
    return Finding(
        rule=rule,
        severity=default_severity(need),
        message=message,
        phase=comparison.phase,
        fix=fix,
        phases=(comparison.phase,),
        exhibits=(
            RowsPresent(comparison.rows_on_board, need.minimal, need.by_elimination),
            *exhibits,
        ),
        reproduce=manage_commands.reproduce_command(target, comparison.phase, direction),
        setup=manage_commands.setup_command(target, comparison.phase, direction),
    )
