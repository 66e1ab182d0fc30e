"""Findings built from a step that stopped or from two moments that differ."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Compared, Confirmed, Direction, Rows, StepFinished
from django_switchback.rules import manage_commands, minimal_rows
from django_switchback.rules.interface import Evidence, Finding, Severity, TargetEvidence
from django_switchback.rules.steps import RequiredRows, confirmation, effective_direction

OUTPUT = 4000
"""Characters of what manage.py printed that the evidence keeps, from the end."""

ROWS_PHRASES: dict[Rows, str] = {
    "none": "even on empty tables",
    "typical": "with rows in the tables",
    "edge": "with edge rows (extremes and duplicates that the schema allows) in the tables",
    "new": "once the new release has written rows",
}


def severity(need: RequiredRows, confirmed: Confirmed | None = None) -> Severity:
    """Return how bad it is: a warning where only edge rows, or only we, or only once, have seen it."""
    seen_only_here = confirmed is not None and not confirmed.reproduced
    return "warning" if seen_only_here or not need.again or (need.known and need.rows == "edge") else "error"


def replaced_for(step: StepFinished) -> str | None:
    """Return a sentence where the step failed for the sake of a setting that a rehearsal replaces."""
    if step.failure is None or not step.failure.replaced:
        return None
    return f"The rehearsal replaces {step.failure.replaced}: the project's own may not fail there."


def keep_it(step: StepFinished) -> str:
    """Return how to rehearse the step with the project's own setting."""
    setting = step.failure.replaced if step.failure is not None else ""
    family = next((name for start, name in _FAMILIES.items() if setting.startswith(start)), "storage")
    return (
        f'Where {setting} may be used in a rehearsal, leave it as it is: keep = ["{family}"] in '
        "[tool.switchback] of pyproject.toml; else ask first whether the backend can do it."
    )


_FAMILIES = {"CACHES": "caches", "EMAIL_BACKEND": "mail", "MAILERS": "mail"}
"""What ``keep`` calls a setting, by how the setting begins; all others are of storage."""


def rows_phrase(need: RequiredRows) -> str:
    """Return with which rows it happens, as words."""
    if not need.again:
        return "once, not seen again when repeated"
    if not need.known:
        return "on empty tables" if need.rows == "none" else "with rows in the tables"
    return ROWS_PHRASES[need.rows]


def step_finding(
    target: TargetEvidence, step: StepFinished, rule: str, message: str, fix: str, need: RequiredRows
) -> Finding:
    """Return the finding about a step that stopped."""
    confirmed = confirmation(target, step)
    if confirmed is not None and not confirmed.reproduced:
        message += " Plain manage.py migrate does not fail there: seen only here."
    direction = effective_direction(step)
    replaced = replaced_for(step)
    if replaced is not None:
        message, fix = f"{message} {replaced}", keep_it(step)
    return Finding(
        rule=rule,
        severity=severity(need, confirmed) if replaced is None else "warning",
        message=message,
        phase=step.phase,
        fix=fix,
        confirmed=None if confirmed is None else confirmed.reproduced,
        evidence=_evidence(step, need, confirmed)
        | minimal_rows.minimal_rows_of_step(target, step, direction),
        reproduce=manage_commands.reproduce_command(target, step.phase, step.direction),
        setup=manage_commands.setup_command(target, step.phase, direction),
    )


def _evidence(step: StepFinished, need: RequiredRows, confirmed: Confirmed | None) -> Evidence:
    found: Evidence = {
        "phases": [step.phase],
        "direction": effective_direction(step),
        "outcome": step.outcome,
        "seconds": step.seconds,
        "rows_on_board": step.rows,
        "rows_needed": need.rows if need.known else None,
    }
    if step.failure is not None:
        found["exception"] = msgspec.to_builtins(step.failure)
    if confirmed is not None:
        found["plain_django"] = {"status": confirmed.status, "output": confirmed.output[-OUTPUT:]}
    return found


def direction_before(comparison: Compared) -> Direction:
    """Return the step that a comparison comes after."""
    return "reapply" if comparison.moment == "reapplied" else "rollback"


def comparison_finding(
    target: TargetEvidence,
    comparison: Compared,
    rule: str,
    message: str,
    fix: str,
    found: Evidence,
    need: RequiredRows,
) -> Finding:
    """Return the finding about two moments that differ; ``found`` is the evidence proper."""
    direction = direction_before(comparison)
    board: Evidence = {"phases": [comparison.phase], "rows_on_board": comparison.rows_on_board}
    board["rows_needed"] = need.rows if need.known else None
    return Finding(
        rule=rule,
        severity=severity(need),
        message=message,
        phase=comparison.phase,
        fix=fix,
        evidence=board | found,
        reproduce=manage_commands.reproduce_command(target, comparison.phase, direction),
        setup=manage_commands.setup_command(target, comparison.phase, direction),
    )
