"""Format the phrases that all report formats share."""

from __future__ import annotations

from collections import Counter

from django_switchback.rules.interface import Finding
from django_switchback.rules.wording import count
from django_switchback.verdict.interface import Report


def format_seconds(number: float) -> str:
    """Return a duration in seconds with at least three digits."""
    return f"{number:.3f} s" if number < 10 else f"{number:.1f} s"


def all_findings(report: Report) -> tuple[Finding, ...]:
    """Return the findings of all databases and migrations."""
    of_databases = tuple(finding for database in report.databases for finding in database.findings)
    return of_databases + tuple(finding for entry in report.migrations for finding in entry.findings)


def info_findings(report: Report) -> tuple[Finding, ...]:
    """Return the findings of severity info."""
    return tuple(finding for finding in all_findings(report) if finding.severity == "info")


def count_findings(report: Report) -> str:
    """Return the counts of findings, such as ``3 errors, 2 notes, 1 acknowledged, 5 known``."""
    findings = all_findings(report)
    words = [
        count(number, noun)
        for severity, noun in (("error", "error"), ("warning", "warning"), ("info", "note"))
        for number in [sum(1 for finding in findings if finding.severity == severity and not finding.excused)]
        if number
    ]
    acknowledged = sum(1 for finding in findings if finding.acknowledged)
    known = sum(1 for finding in findings if finding.baseline == "known")
    words += [f"{acknowledged} acknowledged"] if acknowledged else []
    words += [f"{known} known"] if known else []
    return ", ".join(words) or "no findings"


def count_verdicts(report: Report) -> str:
    """Return the counts of verdicts, such as ``110 migrations: 104 passed, 4 failed, 2 skipped``."""
    found = Counter(
        "in part" if entry.elsewhere and entry.verdict == "skipped" else entry.verdict
        for entry in report.migrations
    )
    words = [
        f"{found[word]} {word}" for word in ("passed", "failed", "skipped", "error", "in part") if found[word]
    ]
    what = count(len(report.migrations), "migration")
    return f"{what}: {', '.join(words)}" if words else "no migration was a target"
