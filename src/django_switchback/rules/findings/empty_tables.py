"""Tells failures on empty tables only from those that rows do not prevent, and words both."""

from __future__ import annotations

from typing import Literal

from django_switchback.evidence import StepFinished
from django_switchback.rules.findings.findings import rows_phrase
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.selection.steps import RequiredRows, is_same_step


def rows_of_failure(target: TargetEvidence, step: StepFinished, need: RequiredRows) -> str:
    """Return a phrase on the rows with which ``step`` fails."""
    if need != RequiredRows("none", is_minimal=True):
        return rows_phrase(need)
    match _with_rows(target, step):
        case "passed":
            return "on empty tables only (with rows in them it works)"
        case "failed":
            return "even on empty tables"
        case "untried":
            return "on empty tables"


def correct(what: str, target: TargetEvidence, step: StepFinished) -> str:
    """Return the fix for ``what``, which fails on empty tables."""
    match _with_rows(target, step):
        case "passed":
            return f"Let {what} accept empty tables, such as those of a new database: with rows it works."
        case "failed":
            return f"Correct {what}: it fails whatever rows the tables hold."
        case "untried":
            return f"Correct {what}: it fails on empty tables."


def _with_rows(target: TargetEvidence, step: StepFinished) -> Literal["passed", "failed", "untried"]:
    """Return what became of the same step with rows present; ``untried`` unless all of them agree.

    Trials leave out the signals of ``migrate``, so that one that passes does not show that the step does.
    """
    steps = [other for other in target.steps if other.rows != "none" and is_same_step(other, step)]
    passed = any(other.outcome == "ok" and not other.trial for other in steps)
    failed = any(other.outcome != "ok" for other in steps)
    if passed == failed:
        return "untried"
    return "passed" if passed else "failed"
