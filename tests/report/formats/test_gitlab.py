"""GitLab's code quality report: the fields that its documentation requires, with unique fingerprints."""

from __future__ import annotations

import json
from typing import Any

from django_switchback.report.formats.gitlab import render
from django_switchback.verdict.interface import Report
from report.reports import hostile, mixed

SEVERITIES = {"info", "minor", "major", "critical", "blocker"}
"""https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""


def issues(report: Report) -> list[dict[str, Any]]:
    """Return the entries, each with the fields that GitLab requires."""
    entries: list[dict[str, Any]] = json.loads(render(report))
    for entry in entries:
        assert entry.keys() == {"check_name", "description", "severity", "fingerprint", "location"}
        assert entry["severity"] in SEVERITIES
        assert entry["location"]["lines"]["begin"] > 0
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    return entries


def test_the_whole_report() -> None:
    """Errors are critical, warnings and skips minor; what is acknowledged is info, with its reason."""
    told = [(entry["check_name"], entry["severity"], entry["location"]["path"]) for entry in issues(mixed())]
    assert told == [
        ("rollback-leaves-schema", "critical", "blog/migrations/0002_add_slug.py"),
        ("rollback-loses-data", "critical", "blog/migrations/0002_add_slug.py"),
        ("system-check", "minor", "manage.py"),
        ("rollback-loses-data", "info", "blog/migrations/0002_add_slug.py"),
        ("irreversible", "info", "blog/migrations/0003_add_tag.py"),
        ("passed", "info", "blog/migrations/0003_add_tag.py"),
        ("skipped", "minor", "shop/migrations/0001_initial.py"),
    ]
    assert "Acknowledged: by backup, see the runbook" in issues(mixed())[4]["description"]


def test_hostile_text_stays_text() -> None:
    """No invisible character is left in any description."""
    assert len(issues(hostile())) > 2
    assert not set("\x1b\u202e\u2028") & set("".join(entry["description"] for entry in issues(hostile())))
