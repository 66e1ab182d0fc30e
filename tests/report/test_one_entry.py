"""Reports for people tell in one entry what several rules say of the same statement."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from rules.builders import log
from rules.deploy_window.test_locks import FEW, LOCK, MANY, READ, SHARE, measured

from django_switchback.evidence import Direction, WorkMeasured
from django_switchback.report.formats import html, markdown, terminal
from django_switchback.report.formats import json as json_report
from django_switchback.report.grouped_findings import GroupedFinding, grouped_findings, in_one_entry
from django_switchback.verdict.run_verdict import judge

REWRITE = LOCK | READ | {"rewritten": ("t",)}
OTHER = {"sql": "CREATE INDEX other ON t (a)", "locks": {"t": SHARE}} | READ


WAYS: tuple[Direction, ...] = ("forward", "rollback")


def found(*records: WorkMeasured) -> tuple[GroupedFinding, ...]:
    """Return the findings on the target, before they are told in one entry."""
    [subject] = grouped_findings(judge(log(*records)), notes=False)
    return subject.shared


def told(*records: WorkMeasured) -> list[str]:
    """Return the rules of each entry."""
    return [shared.rules for shared in in_one_entry(found(*records))]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([LOCK | READ], ["blocking-lock, grows-with-rows"]),
        ([REWRITE], ["blocking-lock, table-rewrite, grows-with-rows"]),
        ([LOCK | READ, OTHER], ["blocking-lock", "grows-with-rows"]),
    ],
)
def test_one_statement_is_one_entry(statements: list[dict[str, Any]], expected: list[str]) -> None:
    """One statement has one entry, which names its rules; a finding that says more keeps one of its own."""
    assert told(*(measured(rows, *statements) for rows in (FEW, MANY))) == expected


def test_both_directions_are_one_entry() -> None:
    """What holds for both directions is one entry; one that says more of the rollback keeps its own."""
    both = [measured(rows, REWRITE, direction=way) for way in WAYS for rows in (FEW, MANY)]
    assert told(*both) == ["blocking-lock, table-rewrite, grows-with-rows"]
    more = [measured(rows, REWRITE, OTHER, direction="rollback") for rows in (FEW, MANY)]
    assert told(*both[:2], *more) == ["blocking-lock", "table-rewrite", "grows-with-rows"]


@pytest.mark.parametrize(
    "change",
    [{"severity": "error"}, {"fix": "Another way."}, {"acknowledged": True}, {"baseline": "known"}],
)
def test_what_is_answered_or_judged_otherwise_has_its_own_entry(change: dict[str, Any]) -> None:
    """Nothing hides behind a finding with another severity, fix or answer."""
    lock, growth = found(*(measured(rows, LOCK | READ) for rows in (FEW, MANY)))
    changed = growth._replace(finding=msgspec.structs.replace(growth.finding, **change))
    assert [shared.rules for shared in in_one_entry((lock, changed))] == ["blocking-lock", "grows-with-rows"]


def test_every_line_that_acknowledges_a_rule_of_the_entry_is_kept() -> None:
    """Each stands on a line of its own."""
    [entry] = in_one_entry(found(*(measured(rows, LOCK | READ) for rows in (FEW, MANY))))
    lock, growth = entry.settings_lines
    assert "blocking-lock" in lock
    assert "grows-with-rows" in growth
    assert "\n" not in lock + growth


def test_formats() -> None:
    """Each format for people tells it once, and JSON has both findings."""
    report = judge(log(*(measured(rows, LOCK | READ) for rows in (FEW, MANY))))
    assert html.render(report).count("grows with the rows: it") == 0
    assert "`blocking-lock`, `grows-with-rows`" in markdown.render(report)
    assert "blocking-lock, grows-with-rows" in terminal.render(report, width=200, color=False, verbose=True)
    [entry] = json.loads(json_report.render(report))["migrations"]
    assert [finding["rule"] for finding in entry["findings"]] == ["blocking-lock", "grows-with-rows"]
