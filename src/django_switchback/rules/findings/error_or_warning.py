"""Decides whether a finding that rows reproduce is an error or a warning, by how well it is reproduced.

Rules about code and locks name a severity of their own; ``severity_overrides.py`` applies what the project
sets.
"""

from __future__ import annotations

from django_switchback.evidence import Confirmed
from django_switchback.rules.interface import Severity
from django_switchback.rules.selection.steps import RequiredRows


def default_severity(need: RequiredRows, confirmed: Confirmed | None = None) -> Severity:
    """Return the severity: a warning if only edge rows, only the rehearsal or only one run reproduces it."""
    seen_only_here = confirmed is not None and not confirmed.reproduced
    return (
        "warning"
        if seen_only_here or not need.reproducible or (need.is_minimal and need.rows == "edge")
        else "error"
    )
