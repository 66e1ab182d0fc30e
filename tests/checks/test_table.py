"""Promises of checks/table.py: one table, one closing line, and no text of the project that acts."""

from __future__ import annotations

import pytest

from django_switchback.checks.interface import Outcome, Result
from django_switchback.checks.table import closing, markdown, render


def result(
    outcome: Outcome = "passed",
    check: str = "migrations",
    database: str = "sqlite",
    problem: str = "irreversible: no way back",
) -> Result:
    """Return a result."""
    return Result(
        check=check,
        database=database,
        outcome=outcome,
        said="2 migrations",
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


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        (("passed",), "The check passed"),
        (("passed", "passed"), "All 2 checks passed"),
        (("passed", "not run"), "FAILED: 2 checks: 1 passed, 1 not run"),
        ((), "FAILED: 0 checks: nothing was run"),
    ],
)
def test_the_closing_line(outcomes: tuple[Outcome, ...], line: str) -> None:
    """What did not run is no pass, and neither is nothing at all."""
    assert closing(tuple(map(result, outcomes))) == line


def test_hostile_text_does_nothing() -> None:
    """Escapes, workflow commands and markup in what a project says are shown and not obeyed."""
    hostile = (result("failed", problem="::error::x \x1b[31m <img> | @you"),)
    text, marked = render(hostile, width=80, color=False), markdown(hostile)
    assert "\x1b" not in text + marked
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "<img>" not in marked
    assert "@you" not in marked
