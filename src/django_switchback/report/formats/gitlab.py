"""Render the findings as a GitLab code quality report, shown in merge requests.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django_switchback.report.answers import answer_lines
from django_switchback.report.located_findings import Location, located_findings, located_reasons
from django_switchback.untrusted_text import single_line
from django_switchback.verdict.interface import Report

SEVERITIES = {"error": "critical", "warning": "minor", "info": "info"}
"""GitLab's severities by those of the rules."""


def render(report: Report) -> str:
    """Return a JSON array with an entry a finding, notes included; what is excused is ``info``."""
    return json.dumps([*_findings(report), *_reasons(report)], indent=2) + "\n"


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    for entry in located_findings(report):
        finding = entry.shared.finding
        answers = "".join(f" {line}." for line in answer_lines(entry.shared))
        where = f"{entry.subject} ({', '.join(entry.shared.databases)})"
        yield _issue(
            finding.rule,
            f"{where}: {finding.message}{answers} Fix: {finding.fix}",
            "info" if finding.excused else SEVERITIES[finding.severity],
            entry.fingerprint,
            entry.location,
        )


def _reasons(report: Report) -> Iterator[dict[str, Any]]:
    for located in located_reasons(report):
        reason = located.reason
        yield _issue(
            reason.verdict,
            f"{reason.id} ({', '.join(reason.databases)}): {reason.reason}",
            {"error": "critical", "skipped": "minor"}.get(reason.verdict, "info"),
            f"{reason.verdict} {reason.id} {reason.databases}",
            located.location,
        )


def _issue(rule: str, text: str, severity: str, fingerprint: str, location: Location) -> dict[str, Any]:
    return {
        "check_name": rule,
        "description": single_line(text),
        "severity": severity,
        "fingerprint": single_line(fingerprint),
        "location": {"path": location.path, "lines": {"begin": location.line}},
    }
