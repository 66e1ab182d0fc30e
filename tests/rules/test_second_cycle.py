"""A target that edge rows keep from being applied is judged by a second cycle without them."""

from __future__ import annotations

import msgspec
import pytest

from django_switchback.evidence import AnyRecord, Direction, Failure, Outcome, Rows
from django_switchback.rules.exhibits import OtherPhase, RowsPresent
from django_switchback.rules.interface import of_type
from django_switchback.verdict.interface import Report
from django_switchback.verdict.run_verdict import judge
from rules.builders import (
    CHANGED,
    DOWN_AND_UP,
    LEFT_INDEX,
    LOST,
    MOMENTS,
    RAISED,
    REPEATED,
    UNWOUND,
    again,
    classified,
    compared,
    confirmed,
    covered,
    from_nothing,
    kept_back,
    log,
    old_code,
    repeated,
    scenario,
    step,
)

ROWS: tuple[Rows, Rows] = ("typical", "new")
MESS = compared("after-failure", schema=(LEFT_INDEX,))
CLEAN = compared("after-failure")


def report(*records: AnyRecord) -> Report:
    """Return the report on a log of one database around ``records``."""
    return judge(log(*records))


def found(*records: AnyRecord) -> list[tuple[str, str]]:
    """Return the rules that speak, each with how bad it is."""
    return [(finding.rule, finding.severity) for finding in report(*records).migrations[0].findings]


def test_both_ways_forward_are_told() -> None:
    """One warning, a pass, and both steps in the report, told apart by the rows that were present."""
    (migration,) = report(*again(), *MOMENTS).migrations
    assert [(finding.rule, finding.severity) for finding in migration.findings] == [
        ("forward-fails-with-data", "warning")
    ]
    assert migration.verdict == "passed"
    told = [(item.direction, item.rows, item.outcome) for item in migration.steps if item.phase == "cycle"]
    assert told == [
        ("forward", "new", "failed"),
        ("forward", "typical", "ok"),
        ("rollback", "new", "ok"),
        ("reapply", "new", "ok"),
    ]


def test_no_second_cycle_is_no_pass() -> None:
    """That edge rows keep it from being applied does not explain why nobody has rolled it back."""
    (migration,) = report(step("forward", failure=RAISED), classified("edge", "forward")).migrations
    assert migration.verdict == "error"
    assert migration.reason is not None
    assert "the cycle's rollback" in migration.reason
    (typical,) = report(step("forward", failure=RAISED), classified("typical", "forward")).migrations
    assert typical.verdict == "failed"


def test_copies_may_keep_it_out_as_well() -> None:
    """With many rows there may be a third cycle, with few: the second one is no evidence of a rollback."""
    copies = step("forward", failure=RAISED, rows="typical")
    copies = msgspec.structs.replace(copies, without_edge=True)
    (without,) = report(*again(copies)).migrations
    assert without.verdict == "error"
    (migration,) = report(copies, *again(), *MOMENTS).migrations
    assert (migration.verdict, migration.reason) == ("passed", None)


def test_its_rollback_is_judged_as_any() -> None:
    """What its typical rows or new rows keep from being rolled back is an error beside the warning."""
    warning = ("forward-fails-with-data", "warning")
    fails = again(step("rollback", failure=RAISED))
    typical, new = (classified(rows, without_edge=True) for rows in ROWS)
    assert found(*fails, typical) == [("rollback-fails-with-data", "error"), warning]
    assert found(*fails, new) == [("rollback-blocked-by-new-rows", "error"), warning]
    gone = Failure("IrreversibleError", "no way back", irreversible=True)
    assert found(*again(step("rollback", failure=gone)), classified("none")) == [
        ("irreversible", "error"),
        warning,
    ]


def test_its_reapply_is_judged_as_any() -> None:
    """A second way forward that fails is told, unless the first one failed with typical rows as well."""
    fails = step("reapply", failure=RAISED)
    restored = compared("restored", without_edge=True)
    known = classified("typical", "reapply", without_edge=True)
    assert found(*again(fails), restored, known) == [
        ("reapply-fails", "error"),
        ("forward-fails-with-data", "warning"),
    ]
    assert found(*again(fails, forward="typical"), restored, known) == [("forward-fails-with-data", "error")]


def test_a_mess_belongs_to_the_cycle_that_made_it() -> None:
    """What the first cycle's way forward left is not laid at the door of the second one's rollback."""
    fails = (*again(step("rollback", failure=RAISED)), classified("none"))
    second = msgspec.structs.replace(CLEAN, without_edge=True)
    assert ("rollback-not-atomic", "error") not in found(*fails, MESS, second)
    second = msgspec.structs.replace(MESS, without_edge=True)
    assert ("rollback-not-atomic", "error") in found(*fails, CLEAN, second)


def test_a_scenario_that_fails_in_both_is_told_once() -> None:
    """A function that is called before each cycle and raises is one that fails, not two."""
    failed = scenario("before", Failure("AssertionError", "assert post.slug"))
    (item,) = (
        finding
        for finding in report(*again(), *MOMENTS, failed, failed).migrations[0].findings
        if finding.rule == "scenario-fails"
    )
    assert item.exhibits == (failed,)


@pytest.mark.parametrize(("outcome", "rule"), [("timed-out", "timed-out"), ("died", "worker-died")])
def test_a_second_way_forward_that_does_not_end_is_told(outcome: Outcome, rule: str) -> None:
    """It is an error beside the warning, whatever the first one was."""
    assert found(*again(step("forward", outcome=outcome, rows="typical"))) == [
        ("forward-fails-with-data", "warning"),
        (rule, "error"),
    ]


def test_a_second_way_forward_that_fails_otherwise_is_told() -> None:
    """Typical rows bring it out, even if a third cycle with few of them does not."""
    raised = Failure("MultipleObjectsReturned", "two")
    otherwise = step("forward", failure=raised, rows="typical", without_edge=True)
    assert found(otherwise, *again(), *MOMENTS) == [("forward-fails-with-data", "error")]


FAILS = {"rollback": "rollback-fails-with-data", "reapply": "reapply-fails"}


@pytest.mark.parametrize(("direction", "rule"), FAILS.items())
def test_edge_rows_on_the_way_back_are_a_warning(direction: Direction, rule: str) -> None:
    """A cycle that edge rows alone end on the way back, or going forward again, passes by its repeat."""
    (migration,) = report(*kept_back(direction), *MOMENTS).migrations
    assert [(finding.rule, finding.severity) for finding in migration.findings] == [(rule, "warning")]
    assert (migration.verdict, migration.reason) == ("passed", None)
    failed, sound = (item for item in migration.steps if (item.phase, item.direction) == ("cycle", direction))
    assert (failed.outcome, failed.without_edge) == ("failed", False)
    assert (sound.outcome, sound.without_edge) == ("ok", True)


@pytest.mark.parametrize("direction", FAILS)
@pytest.mark.parametrize("lacking", ["forward", "rollback", "reapply", "restored", "reapplied"])
def test_no_whole_repeat_is_no_pass(direction: Direction, lacking: str) -> None:
    """Each step and each comparison of the repeat is asked for: those with edge rows stand for none."""
    records = tuple(
        record
        for record in (*kept_back(direction), *MOMENTS)
        if not (
            getattr(record, "without_edge", False)
            and lacking in {getattr(record, "direction", None), getattr(record, "moment", None)}
        )
    )
    (migration,) = report(*records).migrations
    assert migration.verdict == "error"
    assert "without edge rows" in (migration.reason or "")


def test_edge_rows_hide_no_loss() -> None:
    """What typical rows lose in the repeat is an error beside the warning, with rows of its own."""
    lost = compared("restored", rows=(CHANGED,), without_edge=True)
    known = classified("typical", "rollback", "restored", without_edge=True)
    (migration,) = report(*kept_back("rollback"), lost, MOMENTS[1], known).migrations
    assert [(finding.rule, finding.severity) for finding in migration.findings] == [
        ("rollback-fails-with-data", "warning"),
        ("rollback-loses-data", "error"),
    ]
    assert migration.verdict == "failed"
    assert migration.findings[1].exhibits[0] == RowsPresent("new", "typical")


def test_a_difference_by_edge_rows_hides_no_other() -> None:
    """Rows that differ with edge rows alone are a warning; those that differ without them are an error."""
    steps = (from_nothing(), step("forward"), step("rollback"), step("reapply"))
    cycle: tuple[AnyRecord, ...] = (*steps, compared("reapplied"), covered(), *old_code(), *DOWN_AND_UP)
    first = (compared("restored", rows=(LOST, CHANGED)), classified("edge", about="restored"))
    (alone,) = report(*cycle, *first).migrations
    assert alone.verdict == "error"
    (sound,) = report(*cycle, *first, *REPEATED).migrations
    assert [(item.rule, item.severity) for item in sound.findings] == [("rollback-loses-data", "warning")]
    assert sound.verdict == "passed"
    second = compared("restored", rows=(CHANGED,), without_edge=True)
    known = classified("new", about="restored", without_edge=True)
    (migration,) = report(*cycle, *first, second, known).migrations
    (finding,) = migration.findings
    assert (finding.rule, finding.severity) == ("rollback-loses-data", "error")
    assert finding.exhibits[0] == RowsPresent("new", "new")
    assert of_type(finding.exhibits, OtherPhase)


def test_new_rows_block_the_repeat_too() -> None:
    """A rollback that fails as it did with edge rows, and by new rows, is an error of its own."""
    again_failed = step("rollback", failure=RAISED)
    known = classified("new", without_edge=True)
    assert found(*kept_back("rollback", again_failed), known) == [
        ("rollback-fails-with-data", "warning"),
        ("rollback-blocked-by-new-rows", "error"),
    ]


def test_each_of_both_is_confirmed_for_itself() -> None:
    """What plain Django did with edge rows says nothing of the step without them."""
    records = (*kept_back("rollback", step("rollback", failure=RAISED)), classified("new", without_edge=True))
    only_here = msgspec.structs.replace(confirmed(reproduced=False), without_edge=True)
    (migration,) = report(*records, confirmed(), only_here).migrations
    assert [finding.confirmed for finding in migration.findings] == [True, False]


def test_typical_rows_at_head_are_no_edge_rows() -> None:
    """What edge rows alone make fail in the cycle and typical ones from head is an error: they have none."""
    rollback, reapply = UNWOUND
    again_fails = msgspec.structs.replace(reapply, outcome="failed", failure=RAISED)
    records = tuple(record for record in kept_back("reapply") if record is not reapply)
    assert found(*records, *MOMENTS, again_fails) == [("reapply-fails", "error")]
    differs = compared("reapplied", rows=(CHANGED,), phase="unwind", rows_on_board="typical")
    cycle = (step("forward"), step("rollback"), step("reapply"), covered(), rollback, reapply)
    moments = (compared("restored"), compared("reapplied", rows=(CHANGED,)))
    edge = classified("edge", "reapply", "reapplied")
    assert found(*cycle, *moments, edge) == [("reapply-differs", "warning")]
    ((finding,),) = (entry.findings for entry in report(*cycle, *moments, edge, differs).migrations)
    assert (finding.rule, finding.severity, finding.phase) == ("reapply-differs", "error", "unwind")


def test_trials_without_edge_rows_are_no_repeat() -> None:
    """A rollback that new rows block is one error, although the trials that showed it had no edge rows."""
    blocked = step(failure=RAISED)
    trial = msgspec.structs.replace(blocked, trial=True, without_edge=True)
    first = (from_nothing(), step("forward"), blocked, confirmed(), trial, classified("new"))
    assert found(*first) == [("rollback-blocked-by-new-rows", "error")]
    # The cycle is then repeated with the rows from before alone.
    typical = (msgspec.structs.replace(item, rows="typical") for item in repeated())
    assert found(*first, *typical) == [("rollback-blocked-by-new-rows", "error")]
