"""Convert the rehearsal's verdict into a result of the suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django_switchback.checks.interface import CheckOutcome, CheckResult, seconds_of
from django_switchback.evidence import AnyRecord
from django_switchback.report.phrases import count_findings, count_verdicts
from django_switchback.rules.interface import Finding, is_at_least
from django_switchback.verdict import run_verdict
from django_switchback.verdict.interface import Report

CHECK = "migrations"
OUTCOMES: dict[str, CheckOutcome] = {"passed": "passed", "failed": "failed", "error": "not run"}


def judge(records: tuple[AnyRecord, ...]) -> tuple[CheckResult, ...]:
    """Return the result of the rehearsal over all databases of these records."""
    report = run_verdict.judge(records)
    return (
        CheckResult(
            check=CHECK,
            database=", ".join(database.name for database in report.databases),
            outcome=OUTCOMES[report.verdict],
            summary=f"{count_verdicts(report)}; {count_findings(report)}",
            problems=tuple(dict.fromkeys((*report.reasons, *_problems(report)))),
            seconds=seconds_of(records),
        ),
    )


def _problems(report: Report) -> Iterator[str]:
    for database in report.databases:
        yield from (f"{finding.rule}: {finding.message}" for finding in _failing(database.findings, report))
    for entry in report.migrations:
        if entry.verdict == "skipped" and entry.baseline != "known":
            yield f"{entry.id} was skipped: {entry.reason}"
        elif entry.verdict == "error":
            yield f"{entry.id} has no verdict: {entry.reason}"
        yield from (f"{finding.rule}: {finding.message}" for finding in _failing(entry.findings, report))


def _failing(findings: Iterable[Finding], report: Report) -> Iterator[Finding]:
    return (
        finding
        for finding in findings
        if is_at_least(finding.severity, report.fail_on) and not finding.excused
    )
