"""For each rule, cases that it alone must speak of, near misses that leave it silent, and clean twins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from django_switchback.rules.registry import RULES
from gallery_tests.cases import CASES, DUPLICATES, EXTREMES, Case
from gallery_tests.rehearsal import DATABASES, Report, rehearsed

pytestmark = pytest.mark.timeout(900)

LATER = {"belongs-to-the-server", "not-cleaned-up", "stale-acknowledgement"}
"""Rules that speak of something else than a migration, or on a server given by URL alone."""

BY_ROWS = {
    "forward_fails_with_data",
    "rollback_fails_with_data",
    "rollback_blocked_by_new_rows",
    "rollback_loses_data",
    "reapply_differs",
}
"""Rules of which rows bring out every case; what a migration puts in by itself it leaves without any, too."""
FEWEST = 3
ROWLESS = {
    "timed_out.near_miss": {"changed-no-row"},
    "worker_died.near_miss": {"changed-no-row", "touched-elsewhere"},
    "old_code_fails_after_rollback.unsafe_renumbered_postgresql": {"changed-no-row"},
}
"""Cases whose code changes no row, with the warnings about the rehearsal itself that belong to them."""
GUARDED = {"changed_no_row.near_miss_guard", "forward_fails.near_miss"}
"""Cases that do nothing where the vendor is not PostgreSQL."""
STUCK = {
    "data": Case("forward_fails_with_data", "unsafe_not_null"),
    "rows": Case("reapply_fails", "unsafe_content_type"),
}
"""The first case of a group that cannot be applied again from head, once it was rolled back."""


def findings(report: Report, database: str, case: Case) -> Iterator[dict[str, Any]]:
    """Yield the errors and warnings that are about ``case``, or about its whole project."""
    for entry in report["databases"]:
        if entry["name"] == database:
            yield from (one for one in entry["findings"] if one["evidence"].get("app", case.app) == case.app)
    for entry in report["migrations"]:
        if (entry["database"], entry["app"]) == (database, case.app):
            yield from entry["findings"]


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, database: str, shared: Path) -> None:
    """A case trips its own rule and no other; a near miss and a clean twin trip none."""
    report = rehearsed(case.group, shared)
    found = [finding for finding in findings(report, database, case) if finding["severity"] != "info"]
    expected = case.expected(database.partition("-")[0]) | ROWLESS.get(str(case), set())
    assert {one["rule"] for one in found} == expected, found
    assert [one for one in found if one["severity"] != case.severity(one["rule"])] == []
    assert [one for one in found if one["confirmed"] is False] == []


@pytest.mark.parametrize("case", [case for case in CASES if not case.unsafe], ids=str)
def test_safe_cases_are_rehearsed(case: Case, shared: Path) -> None:
    """Silence is no skip: each safe case was taken through every step, and passed, on each database.

    Beside an unsafe case that cannot be applied again from head, what comes after it there is not compared.
    """
    report = rehearsed(case.group, shared)
    verdicts = {
        one["database"]: (one["verdict"], one["reason"])
        for one in report["migrations"]
        if one["app"] == case.app
    }
    expected: list[tuple[str, str | None]] = [("passed", None)]
    if str(case) in GUARDED | ROWLESS.keys():
        expected.append(("passed", "does nothing on sqlite"))
    if str(case) in ROWLESS:
        expected.append(("passed", "does nothing on postgresql"))
    if case.group in STUCK:
        by = f"{STUCK[case.group].app}.0002_target could not be applied again"
        expected.append(("passed", f"not compared when applied again from head: {by}"))
    assert verdicts.keys() == set(DATABASES)
    assert all(verdict in expected for verdict in verdicts.values()), verdicts


@pytest.mark.parametrize("case", [case for case in CASES if str(case) in DUPLICATES], ids=str)
def test_edge_rows_alone_hide_no_way_back(case: Case, shared: Path) -> None:
    """What edge rows alone keep from being applied is applied without them, rolled back and judged."""
    report = rehearsed(case.group, shared)
    own = [one for one in report["migrations"] if one["app"] == case.app]
    assert {one["database"] for one in own} == set(DATABASES)
    for one in own:
        cycle = [step for step in one["steps"] if step["phase"] == "cycle"]
        told = {(step["direction"], step["rows"]): step["outcome"] for step in cycle}
        assert (told["forward", "new"], told["forward", "typical"]) == ("failed", "ok")
        sound = told == told | {("rollback", "new"): "ok", ("reapply", "new"): "ok"}
        assert one["verdict"] == ("passed" if sound else "failed")
        assert sound is (len(case.expected(one["database"].partition("-")[0])) == 1)


@pytest.mark.parametrize("case", [case for case in CASES if str(case) in EXTREMES], ids=str)
def test_extremes_hide_nothing_on_the_way_back(case: Case, shared: Path) -> None:
    """What extremes alone stop is taken through its cycle without them, which alone can prove a pass."""
    own = [one for one in rehearsed(case.group, shared)["migrations"] if one["app"] == case.app]
    assert {one["database"] for one in own} == set(DATABASES)
    for one in own:
        cycle = [step for step in one["steps"] if step["phase"] == "cycle"]
        assert [step["outcome"] for step in cycle if not step["without_edge"]][-1] == "failed"
        assert [step["outcome"] for step in cycle if step["without_edge"]] == ["ok", "ok", "ok"]
        errors = [found["rule"] for found in one["findings"] if found["severity"] == "error"]
        assert one["verdict"] == ("failed" if errors else "passed")
        assert errors == (["rollback-loses-data"] if case.rule == "rollback_loses_data" else [])


@pytest.mark.parametrize("case", [case for case in CASES if case.unsafe and case.rule in BY_ROWS], ids=str)
def test_rows_bring_it_out(case: Case, shared: Path) -> None:
    """None of these is found on empty tables."""
    report = rehearsed(case.group, shared)
    needed = {
        finding["evidence"]["rows_needed"]
        for database in DATABASES
        for finding in findings(report, database, case)
        if finding["rule"] == case.rule.replace("_", "-")
    }
    assert needed
    assert "none" not in needed


@pytest.mark.parametrize("rule", sorted({*BY_ROWS, "rollback_leaves_data", "scenario_fails"}))
def test_rows_bring_out_different_cases(rule: str) -> None:
    """Of each rule that rows bring out there are at least three unsafe cases, and a near miss."""
    kinds = [case.unsafe for case in CASES if case.rule == rule]
    assert kinds.count(True) >= FEWEST
    assert kinds.count(False) > 1


def test_every_rule_has_its_cases() -> None:
    """Each rule about migrations has an unsafe case, a near miss and a clean twin."""
    kinds = {rule.slug: {"unsafe", "near", "clean"} for rule in RULES if rule.slug not in LATER}
    shown: dict[str, set[str]] = {}
    for case in CASES:
        shown.setdefault(case.rule.replace("_", "-"), set()).add(case.name.partition("_")[0])
    assert shown == kinds
