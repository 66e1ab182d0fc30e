"""Acknowledgements: read, applied, and found out when they are stale."""

from __future__ import annotations

import html
import tomllib

import msgspec
import pytest

from django_switchback.evidence import AcknowledgementLimits, AnyRecord
from django_switchback.report.formats import html as html_report
from django_switchback.report.formats import markdown, terminal
from django_switchback.report.grouped_findings import settings_line
from django_switchback.rules.acknowledge import Acknowledgement, parse_docstring
from django_switchback.verdict.interface import Report, exit_status
from django_switchback.verdict.run_verdict import judge
from rules.builders import (
    FIRST,
    REFUSED,
    RENAMED,
    TARGET,
    classified,
    compared,
    database,
    fact,
    project,
    sound,
    spoilt,
    started,
    step,
    stopping,
)

CONTENT = "c0ffee"
DAY = "2026-11-29"
IRREVERSIBLE = stopping(step(failure=REFUSED), classified("none"), step(phase="unwind", failure=REFUSED))


def report(records: tuple[AnyRecord, ...], docstring: str = "", **settings: dict[str, str]) -> Report:
    """Judge ``records`` with acknowledgements in the target's docstring and in the settings."""
    acknowledged = {name.replace("__", "."): rules for name, rules in settings.items()}
    head = (started(acknowledged=acknowledged), project(fact(FIRST), fact(docstring=docstring)))
    return judge((*head, *records[2:]))


def limited(records: tuple[AnyRecord, ...], content: str = "", until: str = "", day: str = DAY) -> Report:
    """Judge ``records`` of a ``day`` with an acknowledgement in the settings that has limits."""
    name = str(TARGET)
    run = started(
        started=f"{day}T12:00:00+00:00",
        acknowledged={name: {"irreversible": "by backup"}},
        acknowledgement_limits={name: {"irreversible": AcknowledgementLimits(content, until)}},
    )
    begun = msgspec.structs.replace(database(), contents={name: CONTENT})
    return judge((run, project(fact(FIRST), fact()), begun, *records[3:]))


@pytest.mark.parametrize(
    "limits", [("", ""), (CONTENT, ""), ("", DAY), ("", "2027-01-31"), (CONTENT, "2027-01-31")]
)
def test_an_acknowledgement_holds_within_its_limits(limits: tuple[str, str]) -> None:
    """It covers the content that it names, up to and including its last day."""
    found = limited(IRREVERSIBLE, *limits)
    assert rules(found) == [("irreversible", True)]
    assert exit_status(found) == 0


@pytest.mark.parametrize(
    ("limits", "said", "line"),
    [
        (("0ld", ""), "changed since: its content was 0ld and is c0ffee", f', content = "{CONTENT}"'),
        (("0ld", "2027-01-31"), "its content was 0ld and is c0ffee", f', content = "{CONTENT}"'),
        ((CONTENT, "2026-11-28"), "only until 2026-11-28", f', content = "{CONTENT}"'),
        (("", "2026-11-28"), "only until 2026-11-28", ""),
    ],
)
def test_an_acknowledgement_asks_again_beyond_its_limits(
    limits: tuple[str, str], said: str, line: str
) -> None:
    """The finding counts again, and a warning says why and shows the line to write."""
    found = limited(IRREVERSIBLE, *limits)
    assert rules(found) == [("irreversible", False), ("stale-acknowledgement", False)]
    assert exit_status(found) == 1
    stale = found.migrations[0].findings[1]
    assert said in stale.message
    assert stale.severity == "warning"
    written = f'"{TARGET}".irreversible = {{ reason = "by backup"{line} }}'
    assert settings_line(stale, found.migrations[0]) == written
    assert written in terminal.render(found, width=80, color=False)
    assert written in markdown.render(found)


def test_an_acknowledgement_of_nothing_is_stale_whatever_its_limits() -> None:
    """One that would match nothing is to be removed, not to be written again."""
    (finding,) = limited(spoilt(), "0ld", "2026-11-28").migrations[0].findings
    assert "the rule no longer fires" in finding.message


def test_the_line_to_acknowledge_is_ready_to_paste() -> None:
    """``--verbose`` shows it for what is not acknowledged, and the settings read it as it is."""
    found = limited(IRREVERSIBLE, "0ld")
    (line,) = [
        text.strip()
        for text in terminal.render(found, width=80, color=False, verbose=True).splitlines()
        if 'reason = "..."' in text
    ]
    entry = tomllib.loads(f"[acknowledge]\n{line}\n")["acknowledge"]
    assert entry == {str(TARGET): {"irreversible": {"reason": "...", "content": CONTENT}}}
    assert line not in terminal.render(found, width=80, color=False)
    assert line in html.unescape(html_report.render(found))


def rules(found: Report) -> list[tuple[str, bool]]:
    """Return each finding's rule and whether it is acknowledged."""
    return [(finding.rule, finding.acknowledged) for entry in found.migrations for finding in entry.findings]


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("", ()),
        ("Add slugs; see switchback: acknowledge irreversible: no.", ()),
        ("switchback: acknowledge irreversible: gone", (("irreversible", "gone"),)),
        (
            """Add slugs.

    switchback: acknowledge irreversible: the titles are gone;
        by backup, see the runbook

        not this
    nor this
    """,
            (("irreversible", "the titles are gone; by backup, see the runbook"),),
        ),
        (
            "Two.\n\nswitchback: acknowledge a: one\nswitchback: acknowledge b: two: three",
            (("a", "one"), ("b", "two: three")),
        ),
        ("switchback: acknowledge irreversible", (("irreversible", ""),)),
        ("switchback: acknowledge irreversible:  ", (("irreversible", ""),)),
        ("switchback: acknowledge irreversible:\n    a reason below", (("irreversible", "a reason below"),)),
    ],
)
def test_a_docstring_is_read_line_by_line(docstring: str, expected: tuple[tuple[str, str], ...]) -> None:
    """Only lines of exactly the form count; a reason goes on in what is indented deeper."""
    assert parse_docstring(docstring) == tuple(Acknowledgement(*pair, "docstring") for pair in expected)


def test_an_acknowledged_error_stays_visible_and_does_not_fail_the_run() -> None:
    """The finding is there, marked; the verdict is passed; the reason stands in the report."""
    found = report(IRREVERSIBLE, "switchback: acknowledge irreversible: by backup")
    assert rules(found) == [("irreversible", True)]
    assert (found.migrations[0].verdict, exit_status(found)) == ("passed", 0)
    assert found.migrations[0].acknowledged == (Acknowledgement("irreversible", "by backup", "docstring"),)


def test_the_settings_acknowledge_too() -> None:
    """What ``[tool.switchback.acknowledge]`` says counts as what a docstring says."""
    found = report(IRREVERSIBLE, blog__0002_add_slug={"irreversible": "by backup"})
    assert found.verdict == "passed"
    assert found.migrations[0].acknowledged[0].source == "settings"


def test_another_rule_is_not_acknowledged() -> None:
    """An acknowledgement of one rule covers no other."""
    found = report(IRREVERSIBLE, "switchback: acknowledge rollback-fails: by backup")
    assert rules(found) == [("irreversible", False), ("stale-acknowledgement", False)]
    assert exit_status(found) == 1


@pytest.mark.parametrize(
    ("docstring", "said"),
    [
        ("switchback: acknowledge irreversible: by backup", "the rule no longer fires"),
        ("switchback: acknowledge irreversible", "without a reason"),
        ("switchback: acknowledge irreversable: by backup", "there is no such rule"),
    ],
)
def test_a_stale_acknowledgement_is_a_warning(docstring: str, said: str) -> None:
    """One that matches nothing, has no reason or names no rule is itself reported."""
    found = report(spoilt(), docstring)
    (finding,) = found.migrations[0].findings
    assert (finding.rule, finding.severity) == ("stale-acknowledgement", "warning")
    assert said in finding.message
    assert found.verdict == "passed"


def test_without_a_reason_nothing_is_acknowledged() -> None:
    """An error stays an error where nobody said why it may be."""
    found = report(IRREVERSIBLE, "switchback: acknowledge irreversible")
    assert rules(found) == [("irreversible", False), ("stale-acknowledgement", False)]
    assert exit_status(found) == 1


def test_a_note_needs_no_acknowledgement() -> None:
    """What is only a note is not marked, and an acknowledgement of it is stale."""
    records = spoilt(compared(schema=(RENAMED,)))
    found = report(records, "switchback: acknowledge rollback-leaves-schema: new name")
    assert rules(found) == [("rollback-leaves-schema", False), ("stale-acknowledgement", False)]


def test_settings_for_a_migration_that_is_not_there_are_stale() -> None:
    """A name that no graph holds is reported; one that was only not a target is not."""
    found = report(
        spoilt(), blog__0009_gone={"irreversible": "by backup"}, blog__0001_initial={"irreversible": "x"}
    )
    (finding,) = found.databases[0].findings
    assert finding.rule == "stale-acknowledgement"
    assert "blog.0009_gone" in finding.message


def test_what_another_database_brings_out_is_not_stale() -> None:
    """An acknowledgement that is met on one database is not reported on the others."""
    sqlite = tuple(
        type(record)(
            **{field: getattr(record, field) for field in record.__struct_fields__} | {"database": "sqlite"}
        )
        for record in sound()
    )
    head = (project(fact(FIRST), fact(docstring="switchback: acknowledge irreversible: by backup")),)
    more = (
        project(fact(FIRST), head[0].migrations[1], vendor="sqlite"),
        database("sqlite", (TARGET,)),
        *sqlite,
    )
    found = judge((IRREVERSIBLE[0], *head, *IRREVERSIBLE[2:], *more))
    assert rules(found) == [("irreversible", True)]
