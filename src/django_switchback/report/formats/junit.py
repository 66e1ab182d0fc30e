"""Render the report as JUnit XML: a test suite for each database, a test case for each migration.

Written with the standard library, because only four elements of the format are used.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as Xml

from django_switchback.report.answers import reproduction, severity_sentence, severity_words
from django_switchback.rules.interface import Finding, Findings, is_at_least
from django_switchback.untrusted_text import single_line
from django_switchback.verdict.interface import DatabaseReport, MigrationReport, Report, Verdict


def render(report: Report) -> str:
    """Return the report as XML: an unfinished migration is an error, a skipped migration is never passed."""
    root = Xml.Element("testsuites", name="Switchback", time=_seconds(report.run.seconds))
    for database in report.databases:
        entries = tuple(migration for migration in report.migrations if migration.database == database.name)
        root.append(_suite(report, database, entries))
    if report.reasons:
        root.append(_run(report.reasons))
    for suite in (root, *root):
        _count(suite)
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _suite(report: Report, database: DatabaseReport, entries: tuple[MigrationReport, ...]) -> Xml.Element:
    suite = Xml.Element("testsuite", name=single_line(database.name), time=_seconds(report.run.seconds))
    if report.notices:
        properties = Xml.SubElement(suite, "properties")
        for notice in report.notices:
            Xml.SubElement(properties, "property", name="notice", value=single_line(notice))
    scratch = database.scratch
    whole = _case(suite, database.name, "the project as a whole", scratch.seconds)
    _add_results(whole, scratch.verdict, database.reason, database.findings, report)
    for entry in entries:
        case = _case(suite, f"{database.name}.{entry.id.app}", entry.id.name, _total(entry))
        if entry.path:
            case.set("file", single_line(entry.path))
        _add_results(case, entry.verdict, entry.reason, entry.findings, report)
    return suite


def _run(reasons: Iterable[str]) -> Xml.Element:
    suite = Xml.Element("testsuite", name="run", time=_seconds(0))
    case = _case(suite, "run", "finished", 0)
    for reason in reasons:
        Xml.SubElement(case, "error", message=single_line(reason))
    return suite


def _case(suite: Xml.Element, classname: str, name: str, seconds: float) -> Xml.Element:
    attributes = {"classname": single_line(classname), "name": single_line(name), "time": _seconds(seconds)}
    return Xml.SubElement(suite, "testcase", attributes)


def _add_results(
    case: Xml.Element, verdict: Verdict, reason: str | None, findings: Findings, report: Report
) -> None:
    failing = [
        finding
        for finding in findings
        if is_at_least(finding.severity, report.fail_on) and not finding.excused
    ]
    for finding in failing:
        failure = Xml.SubElement(case, "failure", type=finding.rule, message=single_line(finding.message))
        failure.text = _body(finding)
    if verdict == "error":
        Xml.SubElement(case, "error", message=single_line(reason or "no evidence"))
    if verdict == "skipped":
        Xml.SubElement(case, "skipped", message=single_line(reason or ""))
    others = [_line(finding) for finding in findings if finding not in failing]
    if others:
        Xml.SubElement(case, "system-out").text = "\n".join(others)


def _body(finding: Finding) -> str:
    parts = (*severity_sentence(finding), f"Fix: {finding.fix}", *reproduction(finding))
    return "\n".join(map(single_line, parts))


def _line(finding: Finding) -> str:
    return single_line(
        " ".join(
            (f"{severity_words(finding)}: {finding.rule}: {finding.message}", *severity_sentence(finding))
        )
    )


def _total(entry: MigrationReport) -> float:
    return sum(step.seconds for step in entry.steps)


def _seconds(number: float) -> str:
    return f"{number:.3f}"


def _count(suite: Xml.Element) -> None:
    """Set the counts of a suite; each test case counts once, by its worst result."""
    cases = list(suite.iter("testcase"))
    failed = [case for case in cases if case.find("failure") is not None]
    broken = [case for case in cases if case not in failed and case.find("error") is not None]
    skipped = [case for case in cases if case not in failed and case.find("skipped") is not None]
    for name, group in (("tests", cases), ("failures", failed), ("errors", broken), ("skipped", skipped)):
        suite.set(name, str(len(group)))
