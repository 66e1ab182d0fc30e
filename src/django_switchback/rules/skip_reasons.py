"""Why a target was not rehearsed, or not with rows that could matter: what did not run never passes."""

from __future__ import annotations

from django_switchback.evidence import StepFinished
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.steps import effective_direction


def skip_reason(target: TargetEvidence) -> str | None:
    """Return why the target was not rehearsed (or with nothing that could matter on board), if so."""
    reasons = [record.reason for record in target.not_run if not record.error]
    reasons += map(_replaced, _for_replaced(target))
    if reasons:
        return "; ".join(dict.fromkeys(reasons))
    covered = target.covered
    if covered is None or not covered.touched or not all(table in covered.empty for table in covered.touched):
        return None
    why = "; ".join(f"{table}: {covered.empty[table]}" for table in covered.touched)
    wanted = ", as the project wants it" if is_wanted_by_scenario(target) else ""
    return f"no rows in any table that it touches{wanted} ({why})"


def _for_replaced(target: TargetEvidence) -> tuple[StepFinished, ...]:
    """Return the steps that failed for the sake of a setting that a rehearsal replaces."""
    return tuple(step for step in target.steps if step.failure is not None and step.failure.replaced)


def _replaced(step: StepFinished) -> str:
    setting = step.failure.replaced if step.failure is not None else ""
    return f"its {effective_direction(step)} fails for the sake of {setting}, which a rehearsal replaces"


def is_wanted_by_scenario(target: TargetEvidence) -> bool:
    """Whether it is skipped only since the project itself wants the tables empty, and says why."""
    covered = target.covered
    return (
        covered is not None
        and all(record.error for record in target.not_run)
        and not _for_replaced(target)
        and all(table in covered.chosen for table in covered.touched)
    )


def error_reason(target: TargetEvidence) -> str | None:
    """Return why it could not be rehearsed for a reason that is not its own, if so."""
    reasons = [record.reason for record in target.not_run if record.error]
    return "; ".join(dict.fromkeys(reasons)) or None
