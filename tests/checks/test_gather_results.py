"""Promises of checks/gather_results.py: files count by content; a missing or broken one never passes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from django_switchback import evidence
from django_switchback.checks.gather_results import ExpectedResult, ProjectTests, gather
from django_switchback.checks.interface import CheckResult
from django_switchback.checks.result_tables import worst
from django_switchback.evidence import AnyRecord, Comparison, Difference

from .logs import END, ONE, TWO, backed_up, rolled_back, started, step

GOOD = (*started("backup-verification"), *backed_up(), *rolled_back(TWO), *rolled_back(ONE), END)
LOST = Comparison(schema=(Difference("table", "blog_post", "missing"),))
BAD = (*started("backup-verification"), *backed_up(LOST), *rolled_back(TWO), *rolled_back(ONE), END)
BACKUP = ExpectedResult("backup-verification", "sqlite")


def leave_result(folder: Path, status: int | None) -> None:
    """Leave a result of the project's own tests."""
    ran = ProjectTests(command="python manage.py test", status=status, seconds=1.5, report="tests.txt")
    (folder / "tests.json").write_bytes(msgspec.json.encode(ran))


def only(folder: Path, expected: ExpectedResult, records: tuple[AnyRecord, ...]) -> CheckResult:
    """Return the one result of a folder that holds one log."""
    evidence.write(folder / "some.jsonl", records)
    (result,) = gather(folder, (expected,))
    return result


def test_a_log_is_judged_by_what_it_says_it_is(tmp_path: Path) -> None:
    """The log itself says which check it is of, whatever the file is called."""
    result = only(tmp_path, BACKUP, GOOD)
    assert (result.check, result.database, result.outcome) == ("backup-verification", "sqlite", "passed")
    assert result.report == str(tmp_path / "some.jsonl")


@pytest.mark.parametrize(
    ("records", "outcome"), [(GOOD, "passed"), (BAD, "failed"), (GOOD[:-1], "not run"), ((), "not run")]
)
def test_outcomes(tmp_path: Path, records: tuple[AnyRecord, ...], outcome: str) -> None:
    """Passed, failed, and a log that breaks off or is empty."""
    evidence.write(tmp_path / "backup-verification-sqlite.jsonl", records)
    assert worst(gather(tmp_path, (BACKUP,))) == outcome


def test_a_missing_check_did_not_run(tmp_path: Path) -> None:
    """What is expected and left nothing is in the table, with what it said before it gave up."""
    (tmp_path / "backup-verification-sqlite.txt").write_text("noise\nswitchback: no room on the disk\n")
    (result,) = gather(tmp_path, (BACKUP,))
    assert result.outcome == "not run"
    assert result.problems[1:] == ("switchback: no room on the disk",)


def test_a_log_that_breaks_off_has_its_last_words(tmp_path: Path) -> None:
    """What the check said before it gave up stands with the reason; what it printed is the report."""
    said = tmp_path / "some.txt"
    said.write_text("noise\nswitchback: the server is gone\n")
    result = only(tmp_path, BACKUP, GOOD[:-1])
    assert result.problems == ("the run did not finish", "switchback: the server is gone")
    assert result.report == str(said)
    (tmp_path / "some.jsonl").unlink()
    assert only(tmp_path, BACKUP, GOOD).problems == ()


def test_an_unreadable_log_did_not_run(tmp_path: Path) -> None:
    """A damaged log is a check that did not run, beside the good one."""
    evidence.write(tmp_path / "good.jsonl", GOOD)
    (tmp_path / "backup-verification-x.jsonl").write_text("{")
    results = gather(tmp_path, (BACKUP,))
    assert sorted(result.outcome for result in results) == ["not run", "passed"]


@pytest.mark.parametrize(("status", "outcome"), [(0, "passed"), (1, "failed"), (None, "not run")])
def test_tests(tmp_path: Path, status: int | None, outcome: str) -> None:
    """The project's own tests count by their exit status; without one they did not run."""
    leave_result(tmp_path, status)
    (result,) = gather(tmp_path, (ExpectedResult("tests"),))
    assert (result.outcome, result.seconds) == (outcome, 1.5)


def test_a_damaged_result_of_tests(tmp_path: Path) -> None:
    """A result file that cannot be read is no pass."""
    (tmp_path / "tests.json").write_text('{"command": "x"}')
    assert {result.outcome for result in gather(tmp_path, (ExpectedResult("tests"),))} == {"not run"}


def test_results_of_jobs_in_folders_of_their_own(tmp_path: Path) -> None:
    """CI puts each job's files into a folder: all of them are found, in the order of the table."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    evidence.write(tmp_path / "a" / "x.jsonl", GOOD)
    leave_result(tmp_path / "b", 0)
    results = gather(tmp_path, (ExpectedResult("tests"), BACKUP))
    assert [(result.check, result.outcome) for result in results] == [
        ("tests", "passed"),
        ("backup-verification", "passed"),
    ]


def test_only_what_is_wanted_counts(tmp_path: Path) -> None:
    """A log of a check that nobody asked for is left out."""
    evidence.write(tmp_path / "x.jsonl", BAD)
    leave_result(tmp_path, 0)
    assert [result.check for result in gather(tmp_path, (ExpectedResult("tests"),))] == ["tests"]


def test_shards_are_judged_together(tmp_path: Path) -> None:
    """Two logs of one check and database, each of some targets, are one result."""
    times = [(*step(migration, "forward"), *step(migration, "rollback")) for migration in (ONE, TWO)]
    for number, steps in enumerate(times):
        evidence.write(tmp_path / f"{number}.jsonl", (*started("performance"), *steps, END))
    (result,) = gather(tmp_path, (ExpectedResult("performance", "sqlite"),))
    assert result.outcome == "passed"


@pytest.mark.parametrize(
    ("kind", "name", "met"),
    [
        ("postgresql", "postgresql-18", True),
        ("postgresql", "sqlite", False),
        ("postgresql-15", "postgresql-18", False),
        ("sqlite", "sqlite/other", True),
    ],
)
def test_which_database_meets_an_expectation(kind: str, name: str, met: bool) -> None:
    """``postgresql`` is met by any version, and an alias by its server."""
    result = CheckResult(check="migrations", database=name, outcome="passed", summary="")
    assert ExpectedResult("migrations", kind).met_by(result) == met
    assert not ExpectedResult("performance", kind).met_by(result)
