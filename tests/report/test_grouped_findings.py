"""Findings of one cause on several databases are one entry, whatever each database says of it."""

from __future__ import annotations

import msgspec
import pytest
from rules.builders import CHANGED, RAISED, classified, compared, confirmed, log, step, steps, stopping

from django_switchback.evidence import Failure
from django_switchback.report.formats import github, gitlab, html, markdown, sarif, terminal
from django_switchback.report.grouped_findings import OtherMessage, grouped_findings
from django_switchback.rules.fingerprints import cause
from django_switchback.rules.interface import Finding
from django_switchback.verdict.interface import MigrationReport, Report
from django_switchback.verdict.run_verdict import judge

LOST = "rollback-loses-data"


def on_two_databases(there: tuple[Finding, ...], report: Report | None = None) -> Report:
    """Return a report whose one migration has the findings ``there`` on SQLite."""
    one = report or judge(log(*steps(), compared(rows=(CHANGED,)), compared("reapplied")))
    (entry,) = one.migrations
    other: MigrationReport = msgspec.structs.replace(entry, database="sqlite", findings=there)
    databases = (*one.databases, msgspec.structs.replace(one.databases[0], name="sqlite", engine="sqlite"))
    return msgspec.structs.replace(one, databases=databases, migrations=(entry, other))


def lost(rows: int) -> Finding:
    """Return what is said where ``rows`` rows are changed."""
    changed = msgspec.structs.replace(CHANGED, changed=rows)
    report = judge(log(*steps(), compared(rows=(changed,)), compared("reapplied")))
    (found,) = (finding for finding in report.migrations[0].findings if finding.rule == LOST)
    return found


def entries(report: Report) -> list[tuple[tuple[str, ...], tuple[OtherMessage, ...]]]:
    """Return databases and other messages of each entry about lost data."""
    return [
        (shared.databases, shared.others)
        for subject in grouped_findings(report, notes=False)
        for shared in subject.shared
        if shared.finding.rule == LOST
    ]


def test_one_cause_is_one_entry() -> None:
    """Other figures on another database are told below the first ones, in one entry."""
    there = lost(7)
    assert entries(on_two_databases((there,))) == [
        (("postgresql-18", "sqlite"), (OtherMessage(there.message, ("sqlite",)),))
    ]
    assert entries(on_two_databases((lost(2),))) == [(("postgresql-18", "sqlite"), ())]


def test_several_of_one_cause_are_not_paired() -> None:
    """Two findings of one cause on a database have equal ones on another as companions, and no others."""
    report = on_two_databases((lost(2), lost(7)))
    assert entries(report) == [(("postgresql-18", "sqlite"), ()), (("sqlite",), ())]


def test_another_severity_is_another_entry() -> None:
    """A warning on one database is no error on another."""
    warning = msgspec.structs.replace(lost(2), severity="warning")
    assert [databases for databases, _ in entries(on_two_databases((warning,)))] == [
        ("postgresql-18",),
        ("sqlite",),
    ]


@pytest.mark.parametrize(
    "text",
    [
        lambda report: terminal.render(report, width=200, color=False),
        markdown.render,
        html.render,
        github.render,
        gitlab.render,
        sarif.render,
    ],
    ids=["terminal", "markdown", "html", "github", "gitlab", "sarif"],
)
def test_every_format_tells_both(text: object) -> None:
    """No figure is lost: each format shows the first message, and the other one with its database."""
    assert callable(text)
    shown = str(text(on_two_databases((lost(7),))))
    assert "changes 2 rows of" in shown
    assert "On sqlite: Rolling back" in shown
    assert "changes 7 rows of" in shown


def test_errors_of_one_fault_on_two_engines() -> None:
    """A missing table is an OperationalError here and a ProgrammingError there: one cause."""

    def of(failure: Failure) -> str:
        report = judge(stopping(step(failure=failure), classified("none"), confirmed()))
        (entry,) = report.migrations
        return cause(entry.findings[0], entry.id)

    missing = [
        msgspec.structs.replace(RAISED, type=f"django.db.utils.{name}")
        for name in ("OperationalError", "ProgrammingError", "IntegrityError")
    ]
    first, second, another = map(of, missing)
    assert first == second != another
