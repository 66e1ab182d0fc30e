"""Promises of checks/performance.py: times against budgets, from evidence alone."""

from __future__ import annotations

import pytest

from django_switchback.checks.interface import CheckResult
from django_switchback.checks.performance import judge, timings
from django_switchback.evidence import AnyRecord, MigrationName, NotRun

from .logs import END, ONE, TWO, covered, failure, started, step

STEPS = (
    *step(ONE, "forward", 0.2),
    *step(ONE, "rollback", 0.9),
    *step(ONE, "reapply", 50.0),
    covered(ONE, 12),
    *step(TWO, "forward", 0.4),
    *step(TWO, "rollback", 0.1),
    covered(TWO, 20),
)


def judged(*records: AnyRecord, budgets: dict[str, float] | None = None) -> CheckResult:
    """Return the result of one database."""
    (result,) = judge((*started("performance", budgets=budgets or {}), *records, END))
    return result


def test_the_slowest_comes_first() -> None:
    """The table holds the forward and the rollback step of each target, the slowest first."""
    taken = timings((*started("performance"), *STEPS, END))
    assert [(str(timing.migration), timing.direction, timing.seconds, timing.rows) for timing in taken] == [
        ("blog.0001_initial", "rollback", 0.9, 12),
        ("blog.0002_tags", "forward", 0.4, 20),
        ("blog.0001_initial", "forward", 0.2, 12),
        ("blog.0002_tags", "rollback", 0.1, 20),
    ]


def test_within_the_budgets() -> None:
    """What keeps within passes, and says how many rows there were."""
    result = judged(*STEPS)
    assert (result.outcome, result.problems) == ("passed", ())
    assert result.summary == (
        "4 steps with 12 to 20 rows in the tables took 1.600 s, the slowest 0.900 s "
        "(blog.0001_initial rollback)"
    )


@pytest.mark.parametrize(
    ("budgets", "problems"),
    [
        (
            {"migration": 0.5},
            ("blog.0001_initial rollback took 0.900 s, 0.400 s over its budget (0.5 s)",),
        ),
        (
            {"migration": 0.5, "blog.0001_initial": 1.0},
            (),
        ),
        (
            {"blog.0002_tags": 0.3},
            ("blog.0002_tags forward took 0.400 s, 0.100 s over its budget (0.3 s)",),
        ),
        ({"total": 1.5}, ("all steps together took 1.600 s, 0.100 s over the budget (1.5 s)",)),
        ({"total": 1.7}, ()),
        (
            {"blog.0003_gone": 1.0},
            ("there is a budget for blog.0003_gone: the project has no such migration",),
        ),
    ],
)
def test_over_budget(budgets: dict[str, float], problems: tuple[str, ...]) -> None:
    """Over budget fails and says by how much; a migration's own budget comes before that of all."""
    result = judged(*STEPS, budgets=budgets)
    assert result.problems == problems
    assert result.outcome == ("failed" if problems else "passed")


def test_what_failed_has_no_time() -> None:
    """A step that raised is a note here; one that was stopped for its time is over budget."""
    raised = step(TWO, "rollback", 9.0, "failed", failure=failure())
    result = judged(*STEPS[:-3], *raised, covered(TWO, 20))
    assert (result.outcome, len(result.notes)) == ("passed", 1)
    stopped = step(TWO, "rollback", 60.0, "timed-out", failure=failure())
    assert judged(*STEPS[:-3], *stopped).problems == (
        "blog.0002_tags rollback was stopped after 60.000 s, 55.000 s over its budget (5 s)",
    )


def test_the_way_forward_without_edge_rows_is_timed() -> None:
    """Where edge rows made the first way forward fail, the second one is held against the budget."""
    raised = step(TWO, "forward", 9.0, "failed", failure=failure())
    again = (*step(TWO, "forward", 0.4, rows="typical"), *step(TWO, "rollback", 0.1))
    assert judged(*STEPS[:7], *raised, *again, covered(TWO, 20)) == judged(*STEPS)


def test_trials_are_not_timed() -> None:
    """The classifying repeats of a step count for no timing."""
    assert judged(*STEPS, *step(TWO, "rollback", 9.0, trial=True)).outcome == "passed"


def test_only_cycles_of_targets_are_timed() -> None:
    """Neither the way from nothing, nor the unwind, nor a migration that is no target has a budget."""
    other = MigrationName("blog", "0003_other")
    more = (*step(ONE, "forward", 90.0, phase="scratch"), *step(TWO, "rollback", 90.0, phase="unwind"))
    assert judged(*STEPS, *more, *step(other, "forward", 90.0)) == judged(*STEPS)


def test_what_was_not_timed_never_passes() -> None:
    """A target without times, no time at all and an unfinished run are checks that did not run."""
    assert judged(*STEPS[:7]).problems == (
        "blog.0002_tags forward was not timed",
        "blog.0002_tags rollback was not timed",
    )
    assert judged(*STEPS[:7]).outcome == "not run"
    assert judged(*STEPS[:7], NotRun("sqlite", TWO, "it needs one that failed")).outcome == "passed"
    assert judged().outcome == "not run"
    reason = "it needs one that failed"
    untimed = judged(NotRun("sqlite", ONE, reason), NotRun("sqlite", TWO, reason))
    assert (untimed.outcome, untimed.problems) == ("not run", ("no step was timed",))
    assert judge((*started("performance"), *STEPS))[0].outcome == "not run"
