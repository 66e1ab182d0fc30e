"""A verbose report ends with what the time was spent on."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import MigrationName, TimeSpent
from django_switchback.report.formats import terminal
from django_switchback.verdict.run_verdict import judge

NEWEST = MigrationName("blog", "0050_newest")
TIMES = (
    TimeSpent(database="sqlite", phase="cycle", activity="steps", seconds=6.0, migration=NEWEST),
    TimeSpent(database="sqlite", phase="cycle", activity="other", seconds=2.0, migration=NEWEST),
    TimeSpent(database="sqlite", phase="unwind", activity="snapshots", seconds=1.5),
    TimeSpent(database="sqlite", phase="unwind", activity="clones", seconds=0.01),
    TimeSpent(database="postgresql-18", phase="unwind", activity="snapshots", seconds=0.5),
)


def lines(*, verbose: bool) -> list[str]:
    """Return the lines of the report about a run with these records, without repeated blanks."""
    text = terminal.render(judge(TIMES), width=100, color=False, verbose=verbose)
    return [" ".join(line.split()) for line in text.splitlines()]


def test_phases_are_told_longest_first_with_their_main_activities() -> None:
    """Records of all workers are added up; what takes next to nothing is not named."""
    told = lines(verbose=True)
    start = told.index("Where the time went (of all workers together)")
    assert told[start + 1 : start + 4] == [
        "cycle 8.000 s 80 % steps 75 %",
        "unwind 2.010 s 20 % snapshots 100 %",
        "Longest targets: blog.0050_newest 8.000 s",
    ]


def test_only_a_verbose_report_tells_it() -> None:
    """Nor does a report without such records."""
    assert not any("time went" in line for line in lines(verbose=False))
    nothing = terminal.render(judge(()), width=100, color=False, verbose=True)
    assert "time went" not in nothing


def test_a_name_is_shown_on_one_line() -> None:
    """The name of a migration cannot add lines to the report."""
    hostile = msgspec.structs.replace(TIMES[0], migration=MigrationName("blog", "0050\n::error::x"))
    text = terminal.render(judge((hostile,)), width=100, color=False, verbose=True)
    assert not any(line.lstrip().startswith("::error") for line in text.splitlines())
