"""What fails on empty tables only is told apart from what fails whatever rows there are."""

from __future__ import annotations

import msgspec
import pytest

from django_switchback.evidence import AnyRecord, Direction, Failure, StepFinished
from django_switchback.rules.interface import Finding
from django_switchback.verdict.run_verdict import judge
from rules.builders import (
    FIRST,
    RAISED,
    classified,
    covered,
    fact,
    from_nothing,
    log,
    operation,
    project,
    step,
    stopping,
)

HINTED = Failure(
    "ProgrammingError",
    "function slug(text) does not exist\nLINE 1: SELECT slug(\nDETAIL:  No function of  that name.\n"
    "HINT:  You might need to add explicit type casts.\nCONTEXT:  PL/pgSQL",
)


def only_error(*records: AnyRecord) -> Finding:
    """Return the one error of a log."""
    report = judge(records)
    [finding] = [finding for finding in report.migrations[0].findings if finding.severity == "error"]
    return finding


def alone(failing: StepFinished) -> tuple[AnyRecord, ...]:
    """Return a log of which ``failing`` alone speaks of its direction."""
    return log(msgspec.structs.replace(failing, trial=False), covered())


def test_rows_prevent_it() -> None:
    """Migrating an empty database raises, and the cycle, which has rows, does not."""
    found = only_error(*log(from_nothing(failure=RAISED), step("forward"), step("rollback"), covered()))
    assert found.rule == "forward-fails"
    assert "on empty tables only (with rows in them it works)" in found.message
    assert "with rows it works" in found.fix
    assert "whatever" not in found.fix


@pytest.mark.parametrize(
    ("message", "lacking"),
    [
        ('extension "postgis" is not available', True),
        ("ICU is not supported in this build", True),
        ("cannot alter type of a column used by a view", False),
    ],
)
def test_what_the_server_lacks(message: str, *, lacking: bool) -> None:
    """It is the server that has to be another one, not the migration."""
    failure = Failure("NotSupportedError", message, "0A000")
    found = only_error(*stopping(step("forward", failure=failure), classified("none", "forward")))
    assert ("--database postgresql://" in found.fix) == lacking


@pytest.mark.parametrize("direction", ["forward", "rollback", "reapply"])
def test_rows_do_not_prevent_it(direction: Direction) -> None:
    """The step raised with rows, and a trial without rows did too."""
    found = only_error(*stopping(step(direction, failure=RAISED), classified("none", direction)))
    assert "even on empty tables" in found.message


def test_rows_prevent_it_in_a_trial_without_signals() -> None:
    """A trial with rows that passes without signals says nothing beside the step that failed with them."""
    failing, trial = step("reapply", failure=RAISED), step("reapply", rows="typical")
    trials = [msgspec.structs.replace(trial, trial=True), step("reapply", failure=RAISED, rows="none")]
    found = only_error(*stopping(failing, *trials, classified("none", "reapply")))
    assert found.rule == "reapply-fails"
    assert ", even on empty tables: " in found.message


@pytest.mark.parametrize(
    ("failing", "rule"),
    [
        (from_nothing(failure=RAISED), "forward-fails"),
        (step("rollback", failure=RAISED, rows="none"), "rollback-fails"),
    ],
)
def test_rows_were_not_tried(failing: StepFinished, rule: str) -> None:
    """Nothing is said of rows where no step with rows was taken."""
    found = only_error(*alone(failing))
    assert found.rule == rule
    assert ", on empty tables: " in found.message
    assert "whatever" not in found.fix
    assert "with rows" not in found.fix


def test_what_the_database_says_beside_its_message() -> None:
    """The finding shows PostgreSQL's DETAIL and HINT, and no other lines."""
    found = only_error(*stopping(step(failure=HINTED), classified("none")))
    assert found.message.endswith(
        "function slug(text) does not exist (DETAIL: No function of that name.)"
        " (HINT: You might need to add explicit type casts.)"
    )
    row = Failure("IntegrityError", "null value\nDETAIL:  Failing row contains (1, null).")
    assert only_error(*stopping(step(failure=row), classified("none"))).message.endswith("null value")


@pytest.mark.parametrize(("kind", "has_default"), [("AddField", True), ("AddConstraint", False)])
def test_default_for_rows(kind: str, has_default: bool) -> None:
    """A default is advised only for an operation that takes one."""
    failure = msgspec.structs.replace(RAISED, operation="Raw Python operation")
    records = stopping(step("forward", failure=failure), classified("typical", "forward"))
    named = fact(operations=(operation(kind),))
    found = only_error(records[0], project(fact(FIRST), named), *records[2:])
    assert found.rule == "forward-fails-with-data"
    assert ("default" in found.fix) == has_default
