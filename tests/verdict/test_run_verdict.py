"""The verdict: what passes, what fails, and above all what must never count as passed."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from rules.builders import (
    CHANGED,
    DATABASE,
    FIRST,
    RAISED,
    REFUSED,
    REPEATED,
    TARGET,
    classified,
    compared,
    covered,
    database,
    log,
    project,
    sound,
    spoilt,
    started,
    step,
    stopping,
)

from django_switchback.evidence import (
    AnyRecord,
    Compared,
    Covered,
    DatabaseBroken,
    NotRun,
    ProjectRefused,
    RunFinished,
    RunStarted,
    ScratchFinished,
    StepFinished,
    StepStarted,
    SystemChecked,
    UnwindBlocked,
    decode,
    encode,
)
from django_switchback.verdict.interface import exit_status
from django_switchback.verdict.run_verdict import judge

IRREVERSIBLE = stopping(step(failure=REFUSED), classified("none"))
DEPLOY = SystemChecked(DATABASE, "security.W004", 30, "No HSTS.", "", deploy=True)


def without(lost: Callable[[AnyRecord], bool]) -> tuple[AnyRecord, ...]:
    """Make the log of a sound target with some records lost."""
    return tuple(record for record in log(*sound()) if not lost(record))


def lost_step(phase: str, direction: str) -> Callable[[AnyRecord], bool]:
    """Return what tells a step of the target's."""
    return lambda record: (
        isinstance(record, StepFinished) and (record.phase, record.direction) == (phase, direction)
    )


def lost_moment(moment: str) -> Callable[[AnyRecord], bool]:
    """Return what tells a comparison of the cycle's."""
    return lambda record: isinstance(record, Compared) and (record.phase, record.moment) == ("cycle", moment)


def lost_kind(kind: type) -> Callable[[AnyRecord], bool]:
    """Return what tells records of one kind."""
    return lambda record: isinstance(record, kind)


BEGUN = StepStarted(DATABASE, "1", TARGET, "unwind", "rollback", "edge")

TABLE: tuple[tuple[str, tuple[AnyRecord, ...], str, str | None, int], ...] = (
    ("sound", log(*sound()), "passed", None, 0),
    ("an error", IRREVERSIBLE, "failed", None, 1),
    (
        "a warning",
        spoilt(compared(rows=(CHANGED,)), classified("edge", about="restored"), *REPEATED),
        "passed",
        None,
        0,
    ),
    (
        "not run",
        log(NotRun(DATABASE, TARGET, "it needs blog.0001_initial, which could not be applied")),
        "skipped",
        "it needs blog.0001_initial, which could not be applied",
        1,
    ),
    ("not run, our fault", log(NotRun(DATABASE, TARGET, "no room", error=True)), "error", "no room", 3),
    (
        "not run, our fault, though something failed",
        stopping(step(failure=REFUSED), NotRun(DATABASE, TARGET, "no room", error=True)),
        "error",
        "no room",
        3,
    ),
    (
        "touched tables are empty",
        log(*sound()[:-1], covered(seeded=11, empty={"blog_post": "no value for geo"})),
        "skipped",
        "no rows in any table that it touches (blog_post: no value for geo)",
        1,
    ),
    (
        "touched tables are empty by choice",
        log(
            *sound()[:-1],
            covered(seeded=11, empty={"blog_post": "a trigger writes it"}, chosen=("blog_post",)),
        ),
        "skipped",
        (
            "no rows in any table that it touches, as the project's scenarios ask (blog_post: a trigger "
            "writes it)"
        ),
        0,
    ),
    (
        "not run, beside tables that are empty by choice",
        log(
            covered(seeded=11, empty={"blog_post": "a trigger writes it"}, chosen=("blog_post",)),
            NotRun(DATABASE, TARGET, "it needs blog.0001_initial, which could not be applied"),
        ),
        "skipped",
        "it needs blog.0001_initial, which could not be applied",
        1,
    ),
    (
        "another table is empty",
        log(*sound()[:-1], covered(seeded=11, empty={"blog_tag": "no value for geo"})),
        "passed",
        None,
        0,
    ),
    ("no table touched", log(*sound()[:-1], covered(touched=())), "passed", None, 0),
    (
        "unwind blocked by another",
        (
            *without(lambda record: isinstance(record, StepFinished) and record.phase == "unwind"),
            UnwindBlocked(DATABASE, TARGET, FIRST),
        ),
        "passed",
        "not unwound from head: blog.0001_initial could not be rolled back",
        0,
    ),
    (
        "nothing at all",
        log(),
        "error",
        (
            "no evidence of migrating an empty database; no evidence of which tables had rows, the "
            "cycle's forward, "
            "the cycle's rollback, the cycle's reapply, the comparison after rolling back, "
            "the comparison after applying again; no evidence of the unwind's rollback, "
            "the unwind's reapply, the comparison after applying again from head"
        ),
        3,
    ),
    (
        "no rollback",
        without(lost_step("cycle", "rollback")),
        "error",
        "no evidence of the cycle's rollback",
        3,
    ),
    ("no reapply", without(lost_step("cycle", "reapply")), "error", "no evidence of the cycle's reapply", 3),
    (
        "no unwind",
        without(lost_step("unwind", "rollback")),
        "error",
        "no evidence of the unwind's rollback",
        3,
    ),
    (
        "not compared",
        without(lost_moment("restored")),
        "error",
        "no evidence of the comparison after rolling back",
        3,
    ),
    (
        "not compared again",
        without(lost_moment("reapplied")),
        "error",
        "no evidence of the comparison after applying again",
        3,
    ),
    ("no coverage", without(lost_kind(Covered)), "error", "no evidence of which tables had rows", 3),
    (
        "a step without an end",
        log(*sound(), *([BEGUN] * 2)),
        "error",
        "no evidence: the rollback of the unwind started but has no recorded end",
        3,
    ),
    (
        "a trial is no cycle",
        log(
            *(
                msgspec.structs.replace(record, trial=True)
                if isinstance(record, StepFinished) and record.phase == "cycle"
                else record
                for record in sound()
            )
        ),
        "error",
        "no evidence of the cycle's forward, the cycle's rollback, the cycle's reapply",
        3,
    ),
)


@pytest.mark.parametrize(
    ("records", "verdict", "reason", "status"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_verdict_on_a_target(
    records: tuple[AnyRecord, ...], verdict: str, reason: str | None, status: int
) -> None:
    """Each state of the evidence has its verdict, its reason and its exit status."""
    report = judge(records)
    (entry,) = report.migrations
    assert (entry.verdict, entry.reason, exit_status(report)) == (verdict, reason, status)


@pytest.mark.parametrize(
    ("records", "verdict", "reason"),
    [
        ((), "error", "the log holds no start of a run"),
        (without(lost_kind(RunFinished)), "error", "1 of 1 runs did not finish"),
        (without(lost_kind(RunStarted)), "error", "the log holds no start of a run"),
        (
            without(lost_kind(ScratchFinished)),
            "error",
            "postgresql-18: no evidence of migrating an empty database",
        ),
        (log(*sound(), DatabaseBroken(DATABASE, "server died")), "error", "postgresql-18: server died"),
        ((started(), ProjectRefused("settings raise"), RunFinished(1.0)), "error", "settings raise"),
        ((started(), RunFinished(1.0)), "error", "no database was tested"),
        ((*log(*sound()), started()), "error", "1 of 2 runs did not finish"),
    ],
)
def test_a_run_that_was_not_finished_is_an_error(
    records: tuple[AnyRecord, ...], verdict: str, reason: str
) -> None:
    """Where the run itself broke off the verdict is error, says why, and the status is 3."""
    report = judge(records)
    assert (report.verdict, exit_status(report)) == (verdict, 3)
    assert reason in report.reasons


def test_no_target_is_a_pass_when_migrating_from_nothing_went_well() -> None:
    """A run with nothing to roll back (no migration changed) passes by what it did do."""
    report = judge(log(begin=(started(), project(), database(targets=()))))
    assert (report.verdict, report.migrations) == ("passed", ())


def test_a_failed_start_from_nothing_fails_the_run() -> None:
    """A database that cannot be made from nothing has a failed scratch and fails the run."""
    report = judge((*log(*sound()), ScratchFinished(DATABASE, 1.0, 1, FIRST, RAISED)))
    assert (report.databases[0].scratch.verdict, exit_status(report)) == ("failed", 1)


def test_two_leaves_are_a_failure_and_no_crash() -> None:
    """A project with two leaves, which never got a database, fails with a finding."""
    report = judge((started(), project(conflicts={"blog": ("a", "b")}), RunFinished(1.0)))
    assert (report.verdict, exit_status(report)) == ("failed", 1)


@pytest.mark.parametrize(
    ("records", "failing"),
    [
        (log(*sound(), DEPLOY), True),
        (spoilt(compared(rows=(CHANGED,)), classified("edge", about="restored"), *REPEATED), True),
        (log(*sound()), False),
        (log(*sound(), msgspec.structs.replace(DEPLOY, deploy=False)), False),
    ],
)
def test_fail_on_warning_fails_on_warnings_and_not_on_notes(
    records: tuple[AnyRecord, ...], failing: bool
) -> None:
    """``--fail-on warning`` moves the line by one severity, for targets and for databases."""
    assert exit_status(judge(records)) == 0
    report = judge((started(fail_on="warning"), *records[1:]))
    assert exit_status(report) == int(failing)


def test_a_server_that_failed_costs_its_own_databases() -> None:
    """A target without evidence says why its database broke; what another database proved stays as it is."""
    lost = DatabaseBroken("postgresql-15", "the server failed", "postgresql")
    report = judge((*log(*sound()), lost))
    assert [entry.verdict for entry in report.migrations] == ["passed"]
    assert [(item.name, item.engine, item.reason) for item in report.databases] == [
        (DATABASE, "postgresql", None),
        ("postgresql-15", "postgresql", "the server failed"),
    ]
    assert (report.verdict, report.reasons) == ("error", ("postgresql-15: the server failed",))
    lacking = judge(log(*sound()[:-1], DatabaseBroken(DATABASE, "the server failed", "postgresql")))
    [reason] = [entry.reason or "" for entry in lacking.migrations]
    assert reason.startswith("the server failed; no evidence of ")


def test_error_goes_before_failed() -> None:
    """A run with a failure that was not finished says error: its failures are not all known."""
    report = judge((*IRREVERSIBLE, DatabaseBroken(DATABASE, "server died")))
    assert (report.migrations[0].verdict, report.verdict) == ("failed", "error")


def test_the_report_is_the_same_from_the_file() -> None:
    """A verdict can be had again from the log: the same records, read back, give the same report."""
    records = spoilt(compared(rows=(CHANGED,)), DEPLOY)
    assert judge(tuple(decode(encode(record)) for record in records)) == judge(records)


def test_trials_are_no_steps_of_the_report() -> None:
    """The classifying repeats count for no timing and are not listed."""
    report = judge(log(*sound(), step(rows="none", trial=True)))
    assert len(report.migrations[0].steps) == 6
