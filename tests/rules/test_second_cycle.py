"""A target that edge rows keep from being applied is judged by a second cycle without them."""

from __future__ import annotations

import pytest

from django_switchback.evidence import AnyRecord, Failure, Outcome
from django_switchback.verdict import Report, judge
from rules.builders import LEFT_INDEX, RAISED, again, classified, compared, log, scenario, step

MOMENTS = (compared("restored"), compared("reapplied"))
MESS = compared("after-failure", schema=(LEFT_INDEX,))
CLEAN = compared("after-failure")


def report(*records: AnyRecord) -> Report:
    """Return the report on a log of one database around ``records``."""
    return judge(log(*records))


def found(*records: AnyRecord) -> list[tuple[str, str]]:
    """Return the rules that speak, each with how bad it is."""
    return [(one.rule, one.severity) for one in report(*records).migrations[0].findings]


def test_both_ways_forward_are_told() -> None:
    """One warning, a pass, and both steps in the report, told apart by the rows that were on board."""
    (migration,) = report(*again(), *MOMENTS).migrations
    assert [(one.rule, one.severity) for one in migration.findings] == [
        ("forward-fails-with-data", "warning")
    ]
    assert migration.verdict == "passed"
    told = [(one.direction, one.rows, one.outcome) for one in migration.steps if one.phase == "cycle"]
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
    (without,) = report(*again(copies)).migrations
    assert without.verdict == "error"
    (migration,) = report(copies, *again(), *MOMENTS).migrations
    assert (migration.verdict, migration.reason) == ("passed", None)


def test_its_rollback_is_judged_as_any() -> None:
    """What its typical rows or new rows keep from being rolled back is an error beside the warning."""
    warning = ("forward-fails-with-data", "warning")
    fails = again(step("rollback", failure=RAISED))
    assert found(*fails, classified("typical")) == [("rollback-fails-with-data", "error"), warning]
    assert found(*fails, classified("new")) == [("rollback-blocked-by-new-rows", "error"), warning]
    gone = Failure("IrreversibleError", "no way back", irreversible=True)
    assert found(*again(step("rollback", failure=gone)), classified("none")) == [
        ("irreversible", "error"),
        warning,
    ]


def test_its_reapply_is_judged_as_any() -> None:
    """A second way forward that fails is told, unless the first one failed with typical rows as well."""
    fails = step("reapply", failure=RAISED)
    restored = compared("restored")
    assert found(*again(fails), restored, classified("typical", "reapply")) == [
        ("reapply-fails", "error"),
        ("forward-fails-with-data", "warning"),
    ]
    assert found(*again(fails, forward="typical"), restored, classified("typical", "reapply")) == [
        ("forward-fails-with-data", "error")
    ]


def test_a_mess_belongs_to_the_cycle_that_made_it() -> None:
    """What the first cycle's way forward left is not laid at the door of the second one's rollback."""
    fails = (*again(step("rollback", failure=RAISED)), classified("none"))
    assert ("rollback-not-atomic", "error") not in found(*fails, MESS, CLEAN)
    assert ("rollback-not-atomic", "error") in found(*fails, CLEAN, MESS)


def test_a_scenario_that_fails_in_both_is_told_once() -> None:
    """A function that is called before each cycle and raises is one that fails, not two."""
    failed = scenario("before", Failure("AssertionError", "assert post.slug"))
    (one,) = (
        finding
        for finding in report(*again(), *MOMENTS, failed, failed).migrations[0].findings
        if finding.rule == "scenario-fails"
    )
    assert len(one.evidence["scenarios"]) == 1


@pytest.mark.parametrize(("outcome", "rule"), [("timed-out", "timed-out"), ("died", "worker-died")])
def test_a_second_way_forward_that_does_not_end_is_told(outcome: Outcome, rule: str) -> None:
    """It is an error beside the warning, whatever the first one was."""
    assert found(*again(step("forward", outcome=outcome, rows="typical"))) == [
        ("forward-fails-with-data", "warning"),
        (rule, "error"),
    ]


def test_a_second_way_forward_that_fails_otherwise_is_told() -> None:
    """Typical rows bring it out, even if a third cycle with few of them does not."""
    otherwise = step("forward", failure=Failure("MultipleObjectsReturned", "two"), rows="typical")
    assert found(otherwise, *again(), *MOMENTS) == [("forward-fails-with-data", "error")]
