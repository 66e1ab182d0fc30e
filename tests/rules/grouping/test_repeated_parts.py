"""Of a part that was repeated only the repeat counts, and what killed its worker always does."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_switchback.evidence import (
    AnyRecord,
    ConnectionLost,
    Outcome,
    PartRecord,
    StepFinished,
    StepStarted,
)
from django_switchback.rules.grouping.repeated_parts import without_discarded
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, FIRST, RAISED, TARGET, from_nothing, log, sound, started, step
from rules.proof.test_proof import BAD, passing, proof, verdict, without

LOST = ConnectionLost(DATABASE, "first", "AdminShutdown: terminating connection")


def of_part(part: str, records: tuple[AnyRecord, ...]) -> tuple[AnyRecord, ...]:
    """Return ``records`` as the worker of ``part`` writes them."""
    return tuple(
        msgspec.structs.replace(record, part=part)
        if isinstance(record, PartRecord | StepStarted | StepFinished)
        else record
        for record in records
    )


@given(passing(), st.sampled_from([(), (TARGET,)]))
def test_a_discarded_try_proves_nothing(
    records: tuple[AnyRecord, ...], migrations: tuple[()] | tuple[object]
) -> None:
    """Evidence that passes does not if it is of a try that was broken off and never repeated."""
    lost = msgspec.structs.replace(LOST, migrations=migrations)
    assert verdict(of_part("first", records)).verdict == "passed"
    assert verdict((*of_part("first", records), lost)).verdict == "error"


@given(passing(), st.data())
def test_a_repeat_has_to_prove_everything_itself(records: tuple[AnyRecord, ...], data: st.DataObject) -> None:
    """A repeat passes by its own records alone: the first try stands in for none of them."""
    first = (*of_part("first", records), LOST)
    repeat = of_part("first-repeat", records)
    assert verdict((*first, *repeat)).verdict == "passed"
    assert {getattr(record, "part", "") for record in proof((*first, *repeat)).records} == {"first-repeat"}
    missing = data.draw(st.sampled_from(proof(repeat).records))
    assert verdict((*first, *without(repeat, missing))).verdict != "passed"


@given(passing(), st.sampled_from(BAD), st.data())
def test_a_fault_that_comes_back_is_no_pass(
    records: tuple[AnyRecord, ...], outcome: Outcome, data: st.DataObject
) -> None:
    """A step that ends badly in the repeat too is told, whatever the first try was discarded for."""
    repeat = of_part("first-repeat", records)
    steps = [record for record in proof(repeat).records if isinstance(record, StepFinished)]
    item = data.draw(st.sampled_from(steps))
    bad = msgspec.structs.replace(item, outcome=outcome, failure=RAISED)
    first = (*of_part("first", records), LOST)
    assert verdict((*first, *without(repeat, item), bad)).verdict != "passed"


@pytest.mark.parametrize(("outcome", "expected"), [("failed", True), ("died", False), ("timed-out", False)])
def test_what_ended_its_worker_is_never_discarded(outcome: Outcome, expected: bool) -> None:
    """A failed step of the first try may be the lost connection's, not a dead worker."""
    bad = of_part("first", (step("rollback", outcome=outcome, failure=RAISED),))
    repeat = of_part("first-repeat", sound())
    assert (verdict((*bad, LOST, *repeat)).verdict == "passed") is expected


def test_other_parts_and_migrations_are_kept() -> None:
    """Only the cycles that are repeated are discarded, and the step to them that lost the connection."""
    lost = msgspec.structs.replace(LOST, migrations=(TARGET,), during=FIRST)
    passing_by = from_nothing(failure=RAISED, trial=True, migration=FIRST, part="first")
    kept = (
        from_nothing(part="scratch"),
        step("forward", part="first", migration=FIRST),
        step("rollback", part="first", database="sqlite"),
    )
    dropped = (passing_by, step("forward", part="first"), step("rollback", part="first"))
    assert without_discarded((*kept, *dropped, lost)) == (*kept, lost)


def test_logs_of_several_runs_are_kept_apart() -> None:
    """In merged logs, a part that one run repeated discards nothing of another run."""
    earlier = (started(), *of_part("first", sound()))
    assert without_discarded((*earlier, started(), LOST)) == (*earlier, started(), LOST)


def test_a_repeat_is_told() -> None:
    """The report says what was repeated, and why."""
    report = judge(log(*of_part("first", sound()), LOST, *of_part("first-repeat", sound())))
    [notice] = report.notices
    assert "was repeated from its beginning" in notice
    assert LOST.reason in notice
