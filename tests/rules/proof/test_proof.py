"""A pass is proven from evidence: without any one record that the proof lists there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Confirmed,
    Covered,
    Difference,
    Direction,
    NewCodeTried,
    OldCodeInDeployWindow,
    OldCodeTried,
    OperationsRan,
    Outcome,
    ScenarioRan,
    StepFinished,
    StepStarted,
    UnwindBlocked,
)
from django_switchback.rules.grouping.grouping import group_by_database
from django_switchback.rules.proof.proof import MissingEvidence, Proven, prove
from django_switchback.verdict.interface import MigrationReport
from django_switchback.verdict.run_verdict import judge
from django_switchback.verdict.target_verdicts import NOT_A_TARGET
from rules.builders import (
    CHANGED,
    DATABASE,
    FIRST,
    RAISED,
    TARGET,
    classified,
    compared,
    confirmed,
    covered,
    from_nothing,
    log,
    new_code,
    old_code,
    scenario,
    step,
)
from rules.proof.optional_records import OPTIONAL

MOMENTS = ("before", "after", "restored", "reapplied")
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
COPIES = classified("edge", phase="unwind")
BAD: tuple[Outcome, ...] = tuple(arg for arg in get_args(Outcome) if arg != "ok")


def course(tables: tuple[str, ...], scenarios: dict[str, int], **changes: Any) -> tuple[AnyRecord, ...]:
    """Make the records of a cycle in which everything went well."""
    steps = tuple(step(direction, **changes) for direction in DIRECTIONS)
    moments = (compared("restored", **changes), compared("reapplied", **changes))
    old = tuple(attempt for table in tables for attempt in old_code(table, **changes))
    new = tuple(attempt for table in tables for attempt in new_code(table, **changes))
    functions = tuple(
        msgspec.structs.replace(scenario(moment), line=line, **changes)  # type: ignore[arg-type]  # of any field
        for moment, number in scenarios.items()
        for line in range(number)
    )
    told = covered(touched=tables, new_code=tables, scenarios=scenarios, **changes)
    return (*steps, *functions, told, *moments, *new, *old)


def unwound(**changes: Any) -> tuple[AnyRecord, ...]:
    """Make the records of an unwind in which everything went well."""
    return (
        step("rollback", "unwind", **changes),
        step("reapply", "unwind", **changes),
        compared("reapplied", phase="unwind", **changes),
    )


@st.composite
def passing(draw: st.DrawFn) -> tuple[AnyRecord, ...]:
    """Draw the evidence on a target that passes: with scenarios, a repeated cycle or a blocked unwind."""
    tables = tuple(draw(st.lists(st.sampled_from(["blog_post", "blog_tag", "shop"]), unique=True)))
    scenarios = draw(st.dictionaries(st.sampled_from(MOMENTS), st.integers(1, 3)))
    cycle: tuple[AnyRecord, ...] = course(tables, scenarios)
    trouble = draw(st.sampled_from(["nothing", "forward", "rollback", "restored"]))
    if trouble == "forward":
        cycle = (step("forward", failure=RAISED), classified("edge", "forward"), covered(touched=()))
    elif trouble == "rollback":
        cycle = (step("forward"), step("rollback", failure=RAISED), classified("edge"), covered(touched=()))
    elif trouble == "restored":
        cycle += (compared("restored", rows=(CHANGED,)), classified("edge", about="restored"))
    if trouble != "nothing":
        cycle += course(tables, scenarios, without_edge=True)
    by_copies = (step("rollback", "unwind", failure=RAISED), COPIES, *unwound(without_edge=True))
    end: tuple[AnyRecord, ...] = draw(
        st.sampled_from(
            [
                # The copies are to blame where they are in the cycle as well.
                by_copies if trouble == "rollback" else unwound(),
                unwound(),
                (UnwindBlocked(DATABASE, TARGET, FIRST),),
                (*unwound()[:1], UnwindBlocked(DATABASE, TARGET, FIRST, "forward")),
            ]
        )
    )
    noise: list[AnyRecord] = draw(
        st.lists(
            st.sampled_from(
                [
                    step(rows="none", trial=True),
                    step("forward", "scratch", rows="none", trial=True),
                    compared("restored", trial=True),
                    Confirmed(DATABASE, TARGET, "cycle", "forward", "migrate", True, 1),
                ]
            )
        )
    )
    return tuple(draw(st.permutations((from_nothing(), *cycle, *end, *noise))))


def verdict(records: tuple[AnyRecord, ...]) -> MigrationReport:
    """Return what is said of the target."""
    (entry,) = judge(log(*records)).migrations
    return entry


def proof(records: tuple[AnyRecord, ...]) -> Proven:
    """Return the proof that the target passes."""
    (found,) = group_by_database(log(*records))
    (target,) = found.targets
    proven = prove(target)
    assert isinstance(proven, Proven)
    return proven


def without(records: tuple[AnyRecord, ...], lost: AnyRecord) -> tuple[AnyRecord, ...]:
    """Return ``records`` without the one that ``lost`` is."""
    at = records.index(lost)
    return records[:at] + records[at + 1 :]


@given(passing(), st.data())
def test_without_any_record_of_the_proof_there_is_no_pass(
    records: tuple[AnyRecord, ...], data: st.DataObject
) -> None:
    """Evidence that passes does not once any one record that its proof lists is taken out."""
    assert verdict(records).verdict == "passed"
    lost = data.draw(st.sampled_from(proof(records).records))
    assert verdict(without(records, lost)).verdict != "passed"


@given(passing(), st.sampled_from(BAD), st.booleans(), st.data())
def test_with_any_outcome_turned_bad_there_is_no_pass(
    records: tuple[AnyRecord, ...], outcome: Outcome, here_only: bool, data: st.DataObject
) -> None:
    """Evidence that passes does not once any one step of its proof ends badly, whatever plain Django does."""
    steps = [record for record in proof(records).records if isinstance(record, StepFinished)]
    item = data.draw(st.sampled_from(steps))
    bad = msgspec.structs.replace(item, outcome=outcome, failure=RAISED)
    only_here = confirmed(reproduced=False, direction=item.direction, phase=item.phase)
    told = (msgspec.structs.replace(only_here, without_edge=item.without_edge),) if here_only else ()
    assert verdict((*without(records, item), bad, *told)).verdict != "passed"


@given(passing(), st.booleans(), st.data())
def test_a_repeat_proves_nothing_of_what_was_not_seen_again(
    records: tuple[AnyRecord, ...], recorded: bool, data: st.DataObject
) -> None:
    """Evidence that passes by a repeat does not once that takes edge rows by no trial that showed it."""
    blamed = [record for record in records if isinstance(record, Classified) and record.fewest == "edge"]
    assume(blamed)
    item = data.draw(st.sampled_from(blamed))
    unseen = (msgspec.structs.replace(item, fewest=None),) if recorded else ()
    assert verdict((*without(records, item), *unseen)).verdict != "passed"


@pytest.mark.parametrize("direction", ["rollback", "reapply"])
def test_an_unwind_that_goes_well_the_second_time_is_no_proof(direction: Direction) -> None:
    """A step of the unwind that copies are blamed for, and not in the cycle, leaves the verdict open."""
    failed = step(direction, "unwind", failure=RAISED)
    blamed = classified("edge", direction, phase="unwind")
    records = (from_nothing(), *course((), {}), *unwound(without_edge=True), failed, blamed)
    assert verdict(records).verdict != "passed"


@given(passing())
def test_a_step_without_an_end_is_no_pass(records: tuple[AnyRecord, ...]) -> None:
    """A step that was begun once more than it ended leaves the verdict open."""
    begun = [StepStarted(DATABASE, "1", TARGET, "cycle", "forward")] * 9
    assert verdict((*records, *begun)).verdict == "error"


def test_what_the_proof_lists() -> None:
    """A sound target with scenarios rests on every step, comparison, statement and function."""
    records = (from_nothing(), *course(("blog_post",), dict.fromkeys(MOMENTS, 1)), *unwound())
    kinds = sorted(type(record).__name__ for record in proof(records).records)
    expected = {"StepFinished": 6, "Compared": 3, "Covered": 1, "OldCodeTried": 4, "ScenarioRan": 4}
    expected["NewCodeTried"] = 4
    assert {kind: kinds.count(kind) for kind in kinds} == expected


def test_the_proof_names_each_record_type() -> None:
    """Each type of the evidence union is asked for by the proof, or the table says why a pass needs none."""
    records = (from_nothing(), *course(("blog_post",), dict.fromkeys(MOMENTS, 1)), *unwound())
    blocked = (UnwindBlocked(DATABASE, TARGET, FIRST),)
    asked = {type(record) for record in (*proof(records).records, *proof((*records[:-3], *blocked)).records)}
    asked.add(OperationsRan)  # test_changed_no_row.py: where there are data operations
    asked.add(OldCodeInDeployWindow)  # test_old_code_breaks.py: where the old release was tried
    assert asked | OPTIONAL.keys() == set(get_args(AnyRecord))
    assert not asked & OPTIONAL.keys()
    assert all(len(why) > 20 for why in OPTIONAL.values())


def changed(kind: type, **changes: Any) -> Callable[[AnyRecord], AnyRecord]:
    """Return what changes the records of one kind."""
    return lambda record: msgspec.structs.replace(record, **changes) if isinstance(record, kind) else record


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed(Covered, touched=("blog_post", "blog_tag")), "the old release's insert on blog_tag"),
        (changed(Covered, scenarios={"after": 2}), "2 scenarios for 'after'"),
        (changed(OldCodeTried, without_edge=True), "the old release's insert on blog_post"),
        (changed(Covered, new_code=("blog_tag",)), "the new release's insert on blog_tag"),
        (changed(NewCodeTried, without_edge=True), "the new release's insert on blog_post"),
        (changed(ScenarioRan, without_edge=True), "1 scenario for 'after'"),
    ],
)
def test_what_was_to_be_done_is_asked_for(change: Callable[[AnyRecord], AnyRecord], why: str) -> None:
    """Tables that the target touches and functions that there are each take their own record."""
    records = (from_nothing(), *course(("blog_post",), {"after": 1}), *unwound())
    entry = verdict(tuple(map(change, records)))
    assert entry.verdict == "error"
    assert why in str(entry.reason)


def test_a_target_that_failed_where_it_was_passed_is_no_pass() -> None:
    """One migration cannot both have passed and be what could not be applied on the way to another one."""
    records = (from_nothing(), *course(("blog_post",), {}), *unwound())
    passing_by = from_nothing(failure=RAISED, trial=True)
    seen_only_here = confirmed(reproduced=False, direction="forward", phase="scratch")
    entry = verdict((*records, passing_by, seen_only_here))
    assert entry.verdict == "error"
    assert "could not be applied in preparation for another target" in str(entry.reason)


def test_what_is_no_target_passes_by_no_finding_that_is_a_warning() -> None:
    """A dependent whose rollback failed in the unwind, only here, is an error and no pass."""
    records = (from_nothing(), *course((), {}), UnwindBlocked(DATABASE, TARGET, FIRST))
    failed = step("rollback", "unwind", failure=RAISED, migration=FIRST)
    seen_only_here = msgspec.structs.replace(confirmed(reproduced=False, phase="unwind"), migration=FIRST)
    report = judge(log(*records, failed, seen_only_here))
    verdicts = {str(migration.id): migration.verdict for migration in report.migrations}
    assert verdicts == {str(TARGET): "passed", str(FIRST): "error"}


def test_what_is_no_target_is_named_so_where_it_passes() -> None:
    """A dependent is in the report by a note alone: it passes with a reason, since it has no cycle."""
    renamed = Difference("index", "a", "renamed", "blog_post", None, "a", "b")
    other = compared("reapplied", (renamed,), phase="unwind", migration=FIRST)
    report = judge(log(from_nothing(), *course((), {}), *unwound(), other))
    reasons = {str(entry.id): (entry.verdict, entry.reason) for entry in report.migrations}
    assert reasons == {str(TARGET): ("passed", None), str(FIRST): ("passed", NOT_A_TARGET)}


def test_why_it_is_lacking() -> None:
    """The reason names the phase, the step and what it raised."""
    records = (from_nothing(failure=RAISED), *course((), {}))
    (found,) = group_by_database(log(*records, confirmed(False, "forward", "scratch")))
    lacking = prove(found.targets[0])
    assert lacking == MissingEvidence(
        'migrating an empty database failed (django.db.utils.IntegrityError: column "slug" holds null '
        "values) but not with plain manage.py migrate: no evidence that it works; no evidence of "
        "the unwind's rollback, the unwind's reapply, the comparison after applying again from head"
    )
