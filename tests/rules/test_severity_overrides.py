"""Severities of the settings: what they change, never unseen, and never an error below a warning."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from django_switchback.evidence import AnyRecord, Difference, SeveritySetting
from django_switchback.report.formats import github, gitlab, html, junit, markdown, sarif, terminal
from django_switchback.report.formats import json as json_report
from django_switchback.rules.interface import Severity
from django_switchback.rules.severity_overrides import tables_of
from django_switchback.verdict.interface import Report, exit_status
from django_switchback.verdict.run_verdict import judge
from rules.builders import (
    FIRST,
    LEFT_INDEX,
    REFUSED,
    RENAMED,
    classified,
    compared,
    fact,
    log,
    project,
    spoilt,
    started,
    step,
    stopping,
)
from rules.deploy_window.test_locks import measured

IRREVERSIBLE = stopping(step(failure=REFUSED), classified("none"), step(phase="unwind", failure=REFUSED))
LEAVES = "rollback-leaves-schema"
LEFT = spoilt(compared(schema=(LEFT_INDEX,)))
TAG_INDEX = Difference("index", "tag_name", "extra", "blog_tag")
LEFT_TWO = spoilt(compared(schema=(LEFT_INDEX, TAG_INDEX)))
RENAMES = spoilt(compared(schema=(RENAMED,)))


def setting(severity: Severity, rule: str = LEAVES, **scope: str) -> SeveritySetting:
    """Make an entry of the settings."""
    return SeveritySetting(rule, severity, f"reason for {severity}", **scope)


def report(records: tuple[AnyRecord, ...], *settings: SeveritySetting, **run: Any) -> Report:
    """Judge ``records`` with severities of the settings."""
    return judge((started(severities=settings, **run), project(fact(FIRST), fact()), *records[2:]))


def severities(found: Report) -> list[str]:
    """Return the severities of the findings about the target."""
    return [finding.severity for finding in found.migrations[0].findings]


@pytest.mark.parametrize(
    ("records", "settings", "expected"),
    [
        (LEFT, (), "error"),
        (LEFT, (setting("warning"),), "warning"),
        (LEFT, (setting("info"),), "warning"),
        (LEFT, (setting("error"),), "error"),
        (LEFT, (setting("warning", "irreversible"),), "error"),
        (LEFT, (setting("warning", app="blog"),), "warning"),
        (LEFT, (setting("warning", app="shop"),), "error"),
        (LEFT, (setting("warning", table="blog_post"),), "warning"),
        (LEFT, (setting("warning", table="blog_tag"),), "error"),
        (LEFT, (setting("warning"), setting("error", app="blog")), "error"),
        (LEFT, (setting("error", app="blog"), setting("warning")), "error"),
        (LEFT, (setting("warning", table="blog_post"), setting("error", app="blog")), "warning"),
        (LEFT, (setting("error"), setting("warning")), "warning"),
        (LEFT_TWO, (setting("warning", table="blog_tag"),), "error"),
        (LEFT_TWO, (setting("warning", table="blog_tag"), setting("warning", table="blog_post")), "warning"),
        (RENAMES, (), "info"),
        (RENAMES, (setting("warning"),), "warning"),
        (RENAMES, (setting("error", table="blog_post"),), "error"),
    ],
)
def test_the_most_specific_setting_decides(
    records: tuple[AnyRecord, ...], settings: tuple[SeveritySetting, ...], expected: str
) -> None:
    """Table before app before rule, then the last; of several tables the worst; no error below a warning."""
    found = report(records, *settings)
    assert severities(found) == [expected]
    assert exit_status(found) == (1 if expected == "error" else 0)


def test_a_failure_that_is_lowered_passes_and_says_so() -> None:
    """The failed step is no missing evidence: it is answered, and the verdict gives the answer."""
    found = report(IRREVERSIBLE, setting("warning", "irreversible"))
    (entry,) = found.migrations
    assert (entry.verdict, exit_status(found)) == ("passed", 0)
    assert entry.reason == (
        "the cycle's rollback and the unwind's rollback failed, which is lowered to a warning"
    )


def test_what_is_lowered_to_a_warning_fails_where_warnings_do() -> None:
    """``--fail-on warning`` is not softened."""
    assert exit_status(report(LEFT, setting("warning"), fail_on="warning")) == 1
    assert exit_status(report(RENAMES, setting("warning"), fail_on="warning")) == 1


RENDERERS = {
    "terminal": lambda found: terminal.render(found, width=200, color=False),
    "markdown": lambda found: markdown.render(found).replace("\\", ""),
    "html": html.render,
    "junit": junit.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "sarif": sarif.render,
    "json": json_report.render,
}


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize(
    ("records", "changed"), [(LEFT, setting("warning")), (RENAMES, setting("error"))], ids=["lower", "raise"]
)
def test_every_report_gives_the_reason(
    name: str, records: tuple[AnyRecord, ...], changed: SeveritySetting
) -> None:
    """A severity that was changed is shown with why."""
    assert changed.reason in RENDERERS[name](report(records, changed))


def test_a_warning_that_was_lowered_to_a_note_is_shown_without_verbose() -> None:
    """Other notes are only counted; this one is not hidden."""
    drift = msgspec.structs.replace(setting("info", "stale-acknowledgement"))
    docstring = "switchback: acknowledge irreversible: by backup"
    records = (started(severities=(drift,)), project(fact(FIRST), fact(docstring=docstring)))
    found = judge((*records, *spoilt()[2:]))
    assert severities(found) == ["info"]
    shown = terminal.render(found, width=200, color=False)
    assert "note, by default warning  stale-acknowledgement" in shown
    assert "Severity changed in [tool.switchback.severity]: reason for info" in shown
    assert "Severity changed" in markdown.render(found)
    assert "::notice " in github.render(found)


def test_the_json_report_tells_the_default() -> None:
    """Programs read the severity that counts, the one by default and the reason."""
    for settings, expected in (
        ((setting("warning"),), ("warning", "error", "reason for warning")),
        ((setting("error"),), ("error", "error", None)),
        ((), ("error", "error", None)),
    ):
        written = json.loads(json_report.render(report(LEFT, *settings)))
        (finding,) = written["migrations"][0]["findings"]
        told = finding["severity"], finding["default_severity"], finding["severity_reason"]
        assert told == expected


def test_a_setting_that_matches_nothing_is_listed() -> None:
    """So is one with an unknown rule; one for an app that was not rehearsed is not."""
    found = report(
        LEFT,
        setting("warning"),
        setting("warning", "irreversible", app="blog"),
        setting("warning", "irreversable"),
        setting("warning", "irreversible", app="shop"),
    )
    unmatched = "the entry with rule = 'irreversible', app = 'blog' applies to."
    assert found.notices == (
        f"[tool.switchback.severity]: nothing was found that {unmatched}",
        "[tool.switchback.severity] names irreversable, but there is no such rule.",
    )


def test_each_table_of_a_finding_uses_its_setting() -> None:
    """One that decided for a table is no unmatched one, even if another table's is worse."""
    found = report(LEFT_TWO, setting("warning", table="blog_tag"))
    assert found.notices == ()
    assert tables_of(found.migrations[0].findings[0]) == ("blog_post", "blog_tag")


@pytest.mark.parametrize(
    ("table", "expected"), [("t", "info"), ("other", "warning")], ids=["of the lock", "only in the same step"]
)
def test_a_lock_is_about_the_locked_table_alone(table: str, expected: str) -> None:
    """Its evidence is the whole step, which works on other tables too."""
    rewriting = {"locks": {"t": "AccessExclusiveLock"}, "read": {"t": "rows"}}
    works = [measured(rows, rewriting, {"read": {"other": 1}}) for rows in (300, 600)]
    found = report(log(*works), setting("info", "blocking-lock", table=table))
    assert {finding.rule: finding.severity for finding in found.migrations[0].findings}["blocking-lock"] == (
        expected
    )
