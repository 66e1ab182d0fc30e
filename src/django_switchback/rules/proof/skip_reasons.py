"""Reasons why a target is skipped or an error: it was not rehearsed, or only with empty tables."""

from __future__ import annotations

from django_switchback.evidence import StepFinished
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.selection.steps import effective_direction


def skip_reason(target: TargetEvidence) -> str | None:
    """Return why the target was not rehearsed, or only without rows in the tables that it touches, if so."""
    reasons = [record.reason for record in target.not_run if not record.error]
    reasons += map(_replaced_setting_reason, _steps_failed_by_replaced_setting(target))
    if reasons:
        return "; ".join(dict.fromkeys(reasons))
    covered = target.covered
    if covered is None or not covered.touched or not all(table in covered.empty for table in covered.touched):
        return None
    why = "; ".join(f"{table}: {covered.empty[table]}" for table in covered.touched)
    choice = ", as the project's scenarios ask" if is_wanted_by_scenario(target) else ""
    return f"no rows in any table that it touches{choice} ({why})"


def _steps_failed_by_replaced_setting(target: TargetEvidence) -> tuple[StepFinished, ...]:
    """Return the steps that failed because of a setting that a rehearsal replaces."""
    return tuple(step for step in target.steps if step.failure is not None and step.failure.replaced)


def _replaced_setting_reason(step: StepFinished) -> str:
    setting = step.failure.replaced if step.failure is not None else ""
    return f"its {effective_direction(step)} fails because of {setting}, which a rehearsal replaces"


def is_wanted_by_scenario(target: TargetEvidence) -> bool:
    """Whether the target is skipped only because the project's scenarios leave its tables empty."""
    covered = target.covered
    return (
        covered is not None
        and all(record.error for record in target.not_run)
        and not _steps_failed_by_replaced_setting(target)
        and all(table in covered.chosen for table in covered.touched)
    )


def error_reason(target: TargetEvidence) -> str | None:
    """Return the reason, outside the migration, why the target could not be rehearsed, if any."""
    reasons = [record.reason for record in target.not_run if record.error]
    return "; ".join(dict.fromkeys(reasons)) or None
