"""Promises of checks/backup.py: what a backup came to, from evidence alone."""

from __future__ import annotations

import msgspec
import pytest

from django_switchback.checks.backup import judge
from django_switchback.checks.interface import CheckResult
from django_switchback.evidence import (
    AnyRecord,
    BackupCompared,
    BackupStep,
    Comparison,
    DatabaseBroken,
    Difference,
    RowDifference,
    ScratchFinished,
)

from .logs import END, ONE, TWO, backed_up, failure, rolled_back, started

BEGIN = started("backup-verification")
BACK = (*rolled_back(TWO), *rolled_back(ONE))


def judged(*records: AnyRecord) -> CheckResult:
    """Return the result of one database."""
    (result,) = judge((*BEGIN, *records, END))
    return result


def test_a_backup_that_brings_everything_back() -> None:
    """Equal and rolled back: passed, and what was there is said."""
    result = judged(*backed_up(), *BACK)
    assert (result.outcome, result.problems) == ("passed", ())
    assert result.summary == "3 tables with 9 rows restored equal; 2 migrations rolled back on the copy"


@pytest.mark.parametrize(
    ("comparison", "problem"),
    [
        (
            Comparison(schema=(Difference("table", "blog_post", "missing"),)),
            "in the restored copy table blog_post is missing",
        ),
        (
            Comparison(rows=(RowDifference("blog_post", changed=2, columns=("title",)),)),
            "changed in the restored copy: 2 rows of blog_post (title)",
        ),
        (
            Comparison(rows=(RowDifference("blog_post", added=1),)),
            "the restored copy has in addition 1 row of blog_post",
        ),
    ],
)
def test_any_difference_fails(comparison: Comparison, problem: str) -> None:
    """What the restored copy has otherwise than the original is a problem each."""
    result = judged(*backed_up(comparison), *BACK)
    assert (result.outcome, result.problems) == ("failed", (problem,))


def test_a_backup_of_nothing_proves_nothing() -> None:
    """Without any row the backup is not verified."""
    assert judged(*backed_up(rows=0), *BACK).outcome == "failed"


def test_what_a_reader_should_know_of_a_pass() -> None:
    """A table that was empty and a migration that could not be applied are noted."""
    dumped, *steps, compared = backed_up()
    assert isinstance(dumped, ScratchFinished)
    assert isinstance(compared, BackupCompared)
    stopped = msgspec.structs.replace(dumped, failed=TWO)
    thin = msgspec.structs.replace(compared, empty={"blog_tag": "no value would do"})
    assert judged(stopped, *steps, thin, *BACK).notes == (
        "blog.0002_tags could not be applied: the backup contains the migrations before it",
        "no rows in blog_tag: no value would do",
    )


def test_the_copy_alone_refuses() -> None:
    """A rollback that fails on the copy and not on the original is the backup's fault."""
    result = judged(
        *backed_up(), *rolled_back(TWO, "failed", failure=failure()), *rolled_back(TWO, trial=True)
    )
    assert result.outcome == "failed"
    (problem,) = result.problems
    assert problem.endswith("raises IrreversibleError: no way back, and does not on the original")


def test_the_original_refuses_as_well() -> None:
    """A rollback that fails alike on both is another check's matter; one that fails otherwise is not."""
    raised = rolled_back(TWO, "failed", failure=failure())
    alike = judged(*backed_up(), *raised, *rolled_back(TWO, "failed", failure=failure(), trial=True))
    assert (alike.outcome, len(alike.notes)) == ("passed", 1)
    other = failure("OperationalError")
    assert judged(*backed_up(), *raised, *rolled_back(TWO, "failed", failure=other, trial=True)).problems


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ((), "no evidence of migrating an empty database"),
        (backed_up()[:1], "no evidence of a dump"),
        (backed_up()[:2], "no evidence of a restored copy"),
        (backed_up()[:3], "no evidence of a comparison"),
        ((*backed_up(), *BACK, DatabaseBroken("sqlite", "the disk is full")), "the disk is full"),
    ],
)
def test_what_did_not_run_never_passes(records: tuple[AnyRecord, ...], reason: str) -> None:
    """Each piece of evidence that is missing makes it a check that did not run."""
    result = judged(*records)
    assert result.outcome == "not run"
    assert reason in result.problems


def test_a_server_that_failed_costs_its_own_databases() -> None:
    """The check of one database is not spoilt by the server of another, which did not run."""
    lost = DatabaseBroken("postgresql-15", "the server failed", "postgresql")
    sqlite, postgresql = judge((*BEGIN, *backed_up(), *BACK, lost, END))
    assert (sqlite.database, sqlite.outcome) == ("sqlite", "passed")
    assert (postgresql.database, postgresql.outcome) == ("postgresql-15", "not run")
    assert "the server failed" in postgresql.problems


def test_no_rollback_is_no_pass() -> None:
    """A copy that nothing was rolled back on, or not to a recorded end, is a problem."""
    assert judged(*backed_up()).problems == ("nothing was rolled back on the restored copy",)
    control = rolled_back(TWO, trial=True)
    assert judged(*backed_up(), *control).problems == ("nothing was rolled back on the restored copy",)
    assert judged(*backed_up(), *BACK[:-1]).problems == (
        "rolling back blog.0001_initial on the restored copy started but has no recorded end",
    )


def test_an_unfinished_run() -> None:
    """A log without its end, or without any database, is a check that did not run."""
    assert judge((*BEGIN, *backed_up(), *BACK))[0].outcome == "not run"
    assert judge((BEGIN[0], END))[0].outcome == "not run"
    assert judge(())[0].outcome == "not run"


def test_a_dump_that_fails_says_why() -> None:
    """What the program said stands in the problem."""
    result = judged(
        ScratchFinished("sqlite", 0.5, 2), BackupStep("sqlite", "dump", "pg_dump", 0.1, 0, failure("X"))
    )
    assert (result.outcome, result.problems) == ("failed", ("the dump failed: no way back",))
