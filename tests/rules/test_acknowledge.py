"""Acknowledgements: read, applied, and found out when they are stale."""

from __future__ import annotations

import pytest

from django_switchback.evidence import AnyRecord
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

IRREVERSIBLE = stopping(step(failure=REFUSED), classified("none"), step(phase="unwind", failure=REFUSED))


def report(records: tuple[AnyRecord, ...], docstring: str = "", **settings: dict[str, str]) -> Report:
    """Judge ``records`` with acknowledgements in the target's docstring and in the settings."""
    acknowledged = {name.replace("__", "."): rules for name, rules in settings.items()}
    head = (started(acknowledged=acknowledged), project(fact(FIRST), fact(docstring=docstring)))
    return judge((*head, *records[2:]))


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
