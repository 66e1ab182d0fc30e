"""For each rule, cases that it alone must speak of, near misses that leave it silent, and clean twins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from django_switchback.rules.registry import RULES
from gallery_tests.cases import CASES, Case
from gallery_tests.expected import Expected
from gallery_tests.rehearsal import DATABASES, Report, rehearsed

pytestmark = pytest.mark.timeout(900)

LATER = {"belongs-to-the-server", "edited-migration", "not-cleaned-up"}
"""Rules that speak of something else than a migration, need git, or a server given by URL."""

MIN_CASES = 3
UNDOCUMENTED = "undocumented-risk"
"""Found in most unsafe cases, whose migrations have no docstring: looked at in the rule's own cases alone."""
STUCK = "not compared when applied again from head: "
"""Begins the reason of what comes after an unsafe case that cannot be applied again from head."""

DUPLICATES = [case for case in CASES if "forward-fails-with-data" in case.warnings]
"""Cases that only the edge row with the first row's text keeps from being applied."""
EXTREMES = [
    case
    for case in CASES
    if case.warnings & {"rollback-fails-with-data", "reapply-fails"}
    and all(expected.verdict != "skipped" for expected in case.expected.values())
]
"""Cases that only extremes stop on the way back or going forward again."""
NEEDING_ROWS = sorted({case.rule for case in CASES if case.needs_rows} | {"scenario_fails"})
"""Rules of which rows bring out some case."""


def findings(report: Report, database: str, case: Case) -> Iterator[dict[str, Any]]:
    """Yield the errors and warnings that are about ``case``, or about its whole project."""
    for entry in report["databases"]:
        if entry["name"] == database:
            for finding in entry["findings"]:
                if finding["evidence"].get("app", case.app) == case.app:
                    yield finding
    for entry in report["migrations"]:
        if (entry["database"], entry["app"]) == (database, case.app):
            yield from entry["findings"]


def observed(report: Report, database: str, case: Case) -> Expected:
    """Return what the report says of ``case``, and whether its rule found it on empty tables."""
    found = [
        finding
        for finding in findings(report, database, case)
        if finding["severity"] != "info"
        and not finding["acknowledged"]
        and (finding["rule"] != UNDOCUMENTED or case.slug == UNDOCUMENTED)
    ]
    assert [finding for finding in found if finding["confirmed"] is False] == []
    (entry,) = (
        migration
        for migration in report["migrations"]
        if (migration["database"], migration["app"]) == (database, case.app)
    )
    needed = {finding["evidence"].get("rows_needed") for finding in found if finding["rule"] == case.slug}
    return Expected(
        entry["verdict"],
        errors={finding["rule"] for finding in found if finding["severity"] == "error"},
        warnings={finding["rule"] for finding in found if finding["severity"] == "warning"},
        reason=entry["reason"],
        needs_rows=not needed <= {"none", None},
    )


@pytest.mark.parametrize(
    ("case", "database"),
    [(case, name) for case in CASES for name in DATABASES if name.partition("-")[0] in case.expected],
    ids=str,
)
def test_case(case: Case, database: str, shared: Path) -> None:
    """The verdict and the findings are what the case declares: no other rule finds anything in it.

    Silence is no skip: a safe case passes, so it was taken through every step. Beside an unsafe case that
    cannot be applied again from head, what comes after it there is not compared.
    """
    told = observed(rehearsed(case.group, shared), database, case)
    expected = case.expected[database.partition("-")[0]]
    if told.reason is not None and told.reason.startswith(STUCK) and expected.reason is None:
        by = told.reason.removeprefix(STUCK).partition(".")[0]
        assert by in {other.app for other in CASES if other.unsafe and other.group == case.group}
        told = told._replace(reason=None)
    assert told == expected


@pytest.mark.parametrize("case", DUPLICATES, ids=str)
def test_edge_rows_alone_hide_no_way_back(case: Case, shared: Path) -> None:
    """What edge rows alone keep from being applied is applied without them, rolled back and judged."""
    report = rehearsed(case.group, shared)
    own = [entry for entry in report["migrations"] if entry["app"] == case.app]
    assert {entry["database"] for entry in own} == set(DATABASES)
    for entry in own:
        cycle = [step for step in entry["steps"] if step["phase"] == "cycle"]
        told = {(step["direction"], step["rows"]): step["outcome"] for step in cycle}
        assert (told["forward", "new"], told["forward", "typical"]) == ("failed", "ok")
        sound = told == told | {("rollback", "new"): "ok", ("reapply", "new"): "ok"}
        assert entry["verdict"] == ("passed" if sound else "failed")
        assert sound is (not case.expected[entry["database"].partition("-")[0]].errors)


@pytest.mark.parametrize("case", EXTREMES, ids=str)
def test_extremes_hide_nothing_on_the_way_back(case: Case, shared: Path) -> None:
    """What extremes alone stop is taken through its cycle without them, which alone can prove a pass."""
    own = [entry for entry in rehearsed(case.group, shared)["migrations"] if entry["app"] == case.app]
    assert {entry["database"] for entry in own} == set(DATABASES)
    for entry in own:
        cycle = [step for step in entry["steps"] if step["phase"] == "cycle"]
        assert [step["outcome"] for step in cycle if not step["without_edge"]][-1] == "failed"
        assert [step["outcome"] for step in cycle if step["without_edge"]] == ["ok", "ok", "ok"]
        errors = [found["rule"] for found in entry["findings"] if found["severity"] == "error"]
        assert entry["verdict"] == ("failed" if errors else "passed")
        assert errors == (["rollback-loses-data"] if case.rule == "rollback_loses_data" else [])


@pytest.mark.parametrize("rule", NEEDING_ROWS)
def test_rows_bring_out_different_cases(rule: str) -> None:
    """Of each rule that rows bring out there are at least three unsafe cases, and a near miss."""
    kinds = [case.unsafe for case in CASES if case.rule == rule]
    assert kinds.count(True) >= MIN_CASES
    assert kinds.count(False) > 1


def test_every_rule_has_its_cases() -> None:
    """Each rule about migrations has an unsafe case, a near miss and a clean twin."""
    kinds = {rule.slug: {"unsafe", "near", "clean"} for rule in RULES if rule.slug not in LATER}
    shown: dict[str, set[str]] = {}
    for case in CASES:
        shown.setdefault(case.rule.replace("_", "-"), set()).add(case.name.partition("_")[0])
    assert shown == kinds
