"""Render the report as one HTML page, to be mailed or kept: no network, with or without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from django_switchback.evidence import MigrationName
from django_switchback.report.answers import SEVERITY_NAMES, repetition
from django_switchback.report.formats.html_elements import (
    badge,
    breakable_name,
    commands_elements,
    element,
    finding_element,
)
from django_switchback.report.formats.html_steps import entry_element
from django_switchback.report.grouped_findings import GroupedFinding, grouped_findings, in_one_entry
from django_switchback.report.phrases import all_findings, count_findings, count_verdicts, format_seconds
from django_switchback.verdict.interface import DatabaseReport, MigrationReport, Report, Verdict

SENTENCES = {
    "passed": "This release can be rolled back.",
    "failed": "This release cannot be rolled back as it stands.",
    "error": "The run did not finish: it proves nothing.",
}
"""The verdict in a sentence."""
WORST_FIRST: tuple[Verdict, ...] = ("error", "failed", "skipped", "passed")
LETTERS = {"passed": "✓", "failed": "✗", "skipped": "○", "error": "!"}
"""Marks of the strip, for those who do not see its colours."""
WHOLE = "The project as a whole"


class Subject(NamedTuple):
    """A migration, or the project as a whole, with what the page shows of it on all databases."""

    anchor: str
    name: str
    app: str
    verdict: Verdict
    entries: tuple[MigrationReport, ...]
    findings: tuple[GroupedFinding, ...]


def render(report: Report) -> str:
    """Return the page; every text of the project is escaped, and no script but the page's own may run."""
    style, script = (_asset(name) for name in ("report.css", "report.js"))
    subjects = tuple(_subjects(report))
    page = element(
        "html",
        _head(report, style, script),
        element(
            "body",
            element("a", "Skip to the migrations", href="#list", class_="skip"),
            _summary(report, subjects),
            element("main", _filters(report, subjects), _list(subjects), _details(subjects)),
            _footer(report),
            _raw("script", script),
        ),
        lang="en",
    )
    return f"<!doctype html>\n{Xml.tostring(page, encoding='unicode', method='html')}\n"


def _asset(name: str) -> str:
    return (
        resources.files("django_switchback.report.formats").joinpath("page", name).read_text(encoding="utf-8")
    )


def _raw(tag: str, text: str) -> Xml.Element:
    """Return an element whose text, of this package, is not escaped: a style or a script."""
    made = Xml.Element(tag)
    made.text = text
    return made


def _head(report: Report, style: str, script: str) -> Xml.Element:
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    return element(
        "head",
        Xml.Element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        Xml.Element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("title", f"Switchback: {report.headline}: {report.run.project}"),
        _raw("style", style),
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _subjects(report: Report) -> Iterator[Subject]:
    """Yield the project if anything is said of it, then every migration in the order of the plan."""
    findings = {subject.id: subject.shared for subject in grouped_findings(report, notes=True)}
    whole = findings.get(None, ())
    if whole or report.reasons:
        yield Subject("project", WHOLE, "", _whole_verdict(report, whole), (), whole)
    entries: dict[MigrationName, list[MigrationReport]] = {}
    for entry in report.migrations:
        entries.setdefault(entry.id, []).append(entry)
    for number, (id_, group) in enumerate(entries.items(), 1):
        verdict = _worst(entry.verdict for entry in group)
        yield Subject(f"m{number}", str(id_), id_.app, verdict, tuple(group), findings.get(id_, ()))


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    return min(verdicts, key=WORST_FIRST.index, default="passed")


def _whole_verdict(report: Report, shared: tuple[GroupedFinding, ...]) -> Verdict:
    """Return the verdict beside what is said of the project as a whole."""
    errors = (entry.finding.severity == "error" and not entry.finding.excused for entry in shared)
    if report.reasons:
        return "error"
    return "failed" if any(errors) else _worst(database.scratch.verdict for database in report.databases)


def _summary(report: Report, subjects: tuple[Subject, ...]) -> Xml.Element:
    header = element(
        "header",
        element("h1", badge(*_badge(report)), " ", _sentence(report)),
        element("p", f"{report.run.project}: {count_verdicts(report)}; {count_findings(report)}."),
    )
    header.extend(element("p", reason, class_="reason") for reason in report.reasons)
    header.extend(element("p", notice, class_="notice") for notice in report.notices)
    anchors = {subject.name: subject.anchor for subject in subjects}
    for database in report.databases:
        entries = tuple(entry for entry in report.migrations if entry.database == database.name)
        header.append(_strip(database, entries, anchors))
    return header


def _badge(report: Report) -> tuple[str, Verdict]:
    """Return the text of the badge, and the verdict that it looks like."""
    return report.headline, "skipped" if report.headline != report.verdict else report.verdict


def _sentence(report: Report) -> str:
    if report.headline != report.verdict:
        return "Nothing in this shard failed; all shards together have a verdict."
    findings = all_findings(report)
    if report.verdict == "passed" and any(finding.baseline == "known" for finding in findings):
        return "This release brings no new finding: what is known already stays as it is."
    if report.verdict == "passed" and any(finding.acknowledged for finding in findings):
        return "This release can be rolled back, except for what was acknowledged."
    return SENTENCES[report.verdict]


def _strip(
    database: DatabaseReport, entries: tuple[MigrationReport, ...], anchors: dict[str, str]
) -> Xml.Element:
    """Return the migrations of one database in the order of the plan, each a link marked by its verdict."""
    marks = (
        element(
            "li",
            element(
                "a",
                LETTERS[entry.verdict],
                href=f"#{anchors[str(entry.id)]}",
                class_=entry.verdict,
                title=f"{entry.id}: {entry.verdict}",
                aria_label=f"{entry.id}: {entry.verdict}",
            ),
        )
        for entry in entries
    )
    title = f"{database.name} ({database.version}): from scratch {database.scratch.verdict}"
    return element(
        "section",
        element("h2", title),
        element("p", database.reason, class_="reason") if database.reason else None,
        element("ol", *marks, class_="strip"),
        aria_label=database.name,
    )


def _filters(report: Report, subjects: tuple[Subject, ...]) -> Xml.Element:
    rules = {entry.finding.rule for subject in subjects for entry in subject.findings}
    choices = {
        "database": [database.name for database in report.databases],
        "app": sorted({subject.app for subject in subjects if subject.app}),
        "rule": sorted(rules),
        "severity": list(SEVERITY_NAMES),
    }
    selects = (
        element(
            "label",
            f"{name.capitalize()} ",
            element(
                "select",
                element("option", "all", value=""),
                *(element("option", SEVERITY_NAMES.get(value, value), value=value) for value in values),
                data_filter=name,
            ),
        )
        for name, values in choices.items()
    )
    passed = element("input", type="checkbox", id="passed")
    return element(
        "form",
        element("label", "Search ", element("input", type="search", id="search")),
        *selects,
        element("label", passed, " hide passed (p)"),
        element("output", f"{len(subjects)} shown", id="shown"),
        class_="filters",
        aria_label="Filter the migrations",
    )


def _list(subjects: tuple[Subject, ...]) -> Xml.Element:
    """Return the migrations, worst first; names may break after an underscore."""
    links = (
        element(
            "li",
            element(
                "a",
                badge(subject.verdict, subject.verdict),
                " ",
                *breakable_name(subject.name),
                href=f"#{subject.anchor}",
            ),
            **_data(subject),
        )
        for subject in sorted(subjects, key=lambda subject: WORST_FIRST.index(subject.verdict))
    )
    return element("nav", element("ol", *links), id="list", aria_label="Migrations")


def _data(subject: Subject) -> dict[str, str]:
    """Return the attributes by which the page's script filters."""
    databases = [entry.database for entry in subject.entries]
    databases += [name for entry in subject.findings for name in entry.databases]
    return {
        "data_app": subject.app,
        "data_verdict": subject.verdict,
        "data_database": " ".join(dict.fromkeys(databases)),
        "data_rule": " ".join(dict.fromkeys(entry.finding.rule for entry in subject.findings)),
        "data_severity": " ".join(dict.fromkeys(entry.finding.severity for entry in subject.findings)),
    }


def _details(subjects: tuple[Subject, ...]) -> Xml.Element:
    articles = (
        element(
            "article",
            element("h2", badge(subject.verdict, subject.verdict), " ", subject.name),
            *map(finding_element, in_one_entry(subject.findings)),
            *commands_elements(repetition(subject.name if subject.app else None, subject.findings)),
            *map(entry_element, subject.entries),
            id=subject.anchor,
            tabindex="-1",
        )
        for subject in subjects
    )
    return element("div", *articles, class_="details")


def _footer(report: Report) -> Xml.Element:
    run = report.run
    return element(
        "footer",
        element(
            "p",
            f"Switchback {run.version}, {run.settings}, seed {run.seed}, {run.started}, "
            f"{format_seconds(run.seconds)}.",
        ),
        element("p", "Keys: j and k go to the next and previous migration, p hides what passed, / searches."),
    )
