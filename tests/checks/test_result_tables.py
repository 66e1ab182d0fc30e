"""Promises of checks/result_tables.py: one table, one closing line, and no text of the project that acts."""

from __future__ import annotations

import msgspec
import pytest

from django_switchback.checks.interface import CheckOutcome, CheckResult
from django_switchback.checks.performance import StepTiming
from django_switchback.checks.result_tables import closing_line, markdown, render
from django_switchback.evidence import MigrationName, Outcome


def result(
    outcome: CheckOutcome = "passed",
    check: str = "migrations",
    database: str = "sqlite",
    problem: str = "irreversible: no way back",
) -> CheckResult:
    """Return a result."""
    return CheckResult(
        check=check,
        database=database,
        outcome=outcome,
        summary="2 migrations",
        problems=() if outcome == "passed" else (problem,),
        seconds=1.5,
        report="a/very/long/name.txt",
    )


TEXT = """\
check       database  result     time  report
tests       -         passed  1.500 s  a/very/long/name.txt
migrations  sqlite    FAILED  1.500 s  a/very/long/name.txt

tests: 2 migrations
migrations sqlite: 2 migrations
  irreversible: no way back
FAILED: 2 checks: 1 passed, 1 failed
"""


def test_as_text() -> None:
    """A row a check, what each says, the problems of what failed, and one closing line."""
    results = (result(check="tests", database=""), result("failed"))
    assert render(results, width=60, color=False) == TEXT


def timing(seconds: float, ended: Outcome = "ok", rows: int | None = 12) -> StepTiming:
    """Return a rollback of two seconds' budget."""
    return StepTiming(
        database="sqlite",
        migration=MigrationName("blog", "0001_initial"),
        direction="rollback",
        seconds=seconds,
        budget=2.0,
        outcome=ended,
        rows=rows,
    )


TIMES = (timing(3.5), timing(2.0, "failed"), timing(0.25, rows=None))
TIMED = """\
   time  budget  over by  rows  database  migration          step
3.500 s     2 s  1.500 s    12  sqlite    blog.0001_initial  rollback
 failed     2 s        -    12  sqlite    blog.0001_initial  rollback
0.250 s     2 s        -     -  sqlite    blog.0001_initial  rollback

check"""


def test_times_come_first() -> None:
    """A row a step: what it took or how it ended, its budget, by how much it is over; and in Markdown."""
    results = (result("failed"),)
    assert render(results, TIMES, width=80, color=False).startswith(TIMED)
    assert markdown(results, TIMES).endswith(
        "| 3\\.500 s | 2 s | 1\\.500 s | 12 | sqlite | blog.0001\\_initial | rollback |\n"
        "| failed | 2 s | \\- | 12 | sqlite | blog.0001\\_initial | rollback |\n"
        "| 0\\.250 s | 2 s | \\- | \\- | sqlite | blog.0001\\_initial | rollback |\n"
    )


def test_the_colors() -> None:
    """What failed, and a time over its budget, is red; what passed is green."""
    text = render((result("failed"), result()), TIMES, width=80, color=True)
    rows = [line for line in text.splitlines() if "sqlite" in line]
    assert ["\x1b[1;31m" in row for row in rows[:4]] == [True, False, False, True]
    assert "\x1b[32mpassed" in rows[4]


def test_many_problems_and_notes() -> None:
    """Ten problems are shown, and where the others are; a pass has its notes."""
    many = msgspec.structs.replace(result("failed"), problems=tuple(f"problem {n}" for n in range(12)))
    noted = msgspec.structs.replace(result(), notes=("no rows in blog_tag",))
    text = render((many, noted), width=80, color=False)
    assert "  problem 9\n  and 2 more, in a/very/long/name.txt\n" in text
    assert "problem 10" not in text
    assert "  note: no rows in blog_tag\n" in text


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        (("passed",), "The check passed"),
        (("passed", "passed"), "All 2 checks passed"),
        (("passed", "not run"), "FAILED: 2 checks: 1 passed, 1 not run"),
        ((), "FAILED: 0 checks: nothing was run"),
    ],
)
def test_the_closing_line(outcomes: tuple[CheckOutcome, ...], line: str) -> None:
    """What did not run is no pass, and neither is nothing at all."""
    assert closing_line(tuple(map(result, outcomes))) == line


def test_hostile_text_does_nothing() -> None:
    """Escapes, workflow commands and markup in what a project says are shown and not obeyed."""
    hostile = (result("failed", problem="::error::x \x1b[31m <img> | @you"),)
    text, marked = render(hostile, width=80, color=False), markdown(hostile)
    assert "\x1b" not in text + marked
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "<img>" not in marked
    assert "@you" not in marked
