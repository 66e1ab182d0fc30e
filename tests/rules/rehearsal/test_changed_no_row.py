"""A data operation that changed nothing is no pass; one that sent nothing is, where another one was seen."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from django_switchback.evidence import (
    AnyRecord,
    Direction,
    Failure,
    Operation,
    OperationRan,
    OperationsRan,
    Phase,
)
from django_switchback.verdict.interface import MigrationReport, Report, exit_status
from django_switchback.verdict.run_verdict import judge
from rules.builders import (
    DATABASE,
    FIRST,
    REPEATED,
    TARGET,
    classified,
    database,
    fact,
    log,
    project,
    sound,
    started,
    step,
)

DATA = Operation("RunPython", "Raw Python operation", reversible=True, data=True)
SCHEMA = Operation("AddField", "Add field slug to post", reversible=True)
STEPS: tuple[tuple[Phase, Direction], ...] = (
    ("cycle", "forward"),
    ("cycle", "rollback"),
    ("cycle", "reapply"),
    ("unwind", "rollback"),
    ("unwind", "reapply"),
)
NOTHING = OperationRan(0, statements=1)


def ran(*operations: OperationRan, changed: bool = False) -> tuple[OperationsRan, ...]:
    """Make what data operations did, in every step the same."""
    return tuple(
        OperationsRan(DATABASE, TARGET, phase, direction, changed, operations) for phase, direction in STEPS
    )


def records(
    *more: AnyRecord,
    operations: tuple[Operation, ...] = (DATA,),
    docstring: str = "",
    name: str = DATABASE,
) -> tuple[AnyRecord, ...]:
    """Make the log of a sound target with data operations on one database."""
    vendor = name.partition("-")[0]
    graph = project(fact(FIRST), fact(operations=operations, docstring=docstring), vendor=vendor)
    own = tuple(msgspec.structs.replace(record, database=name) for record in log(*sound(), *more)[3:-1])
    return (started(), graph, database(name), *own, log()[-1])


def entry(report: Report, name: str = DATABASE) -> MigrationReport:
    """Return what is said of the target on one database."""
    return next(migration for migration in report.migrations if migration.database == name)


def rules(found: MigrationReport) -> list[tuple[str, str]]:
    """Return the rules that speak, each with how bad it is."""
    return [(finding.rule, finding.severity) for finding in found.findings]


def test_what_changed_nothing_is_skipped() -> None:
    """Statements that changed neither rows nor schema are a skip, which fails the run and says what to do."""
    report = judge(records(*ran(NOTHING)))
    found = entry(report)
    assert (found.verdict, exit_status(report)) == ("skipped", 1)
    assert str(found.reason).endswith("changed neither a row nor the schema: changed-no-row")
    assert rules(found) == [("changed-no-row", "warning")]
    assert '@before("blog.0002_add_slug")' in found.findings[0].fix


def test_its_acknowledgement_fails_no_run() -> None:
    """With a reason the skip stays one and does not fail the run; another rule's is none of it."""
    report = judge(records(*ran(NOTHING), docstring="switchback: acknowledge changed-no-row: it only looks"))
    assert (entry(report).verdict, exit_status(report)) == ("skipped", 0)
    other = judge(records(*ran(NOTHING), docstring="switchback: acknowledge irreversible: by backup"))
    assert (entry(other).verdict, exit_status(other)) == ("skipped", 1)


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_one_step_that_changed_something_is_enough(step: int) -> None:
    """What changed rows in any step, in the unwind too, is rehearsed."""
    all_steps = list(ran(NOTHING))
    wrote = msgspec.structs.replace(NOTHING, written=2)
    all_steps[step] = msgspec.structs.replace(all_steps[step], changed=True, operations=(wrote,))
    found = entry(judge(records(*all_steps)))
    assert (found.verdict, rules(found)) == ("passed", [])


@pytest.mark.parametrize(
    ("operation", "verdict"),
    [
        (OperationRan(0, 1, unknown=True, sequences=True), "passed"),
        # Rows that were put in and deleted again have drawn numbers, and are none of what is compared.
        (OperationRan(0, 2, written=2, unknown=True, sequences=True), "skipped"),
        (OperationRan(0, 1, unknown=True), "skipped"),
    ],
)
def test_a_sequence_that_is_set_is_a_change(operation: OperationRan, verdict: str) -> None:
    """The position of a sequence is compared, so that an operation that sets it is rehearsed."""
    assert entry(judge(records(*ran(operation)))).verdict == verdict


@pytest.mark.parametrize(
    ("operation", "operations", "verdict"),
    [
        # A statement that writes the same values again is counted and changes nothing.
        (OperationRan(0, 1, written=3), (DATA,), "passed"),
        (OperationRan(0, 1, unknown=True), (DATA, SCHEMA), "passed"),
        (OperationRan(0, 1), (DATA, SCHEMA), "skipped"),
        # Nobody else can have done it: a driver that was used past Django is in no count.
        (OperationRan(0, 1), (DATA,), "passed"),
    ],
)
def test_who_changed_it(operation: OperationRan, operations: tuple[Operation, ...], verdict: str) -> None:
    """Where something changed, it is an operation's by its counts, or since no other can have done it."""
    found = entry(judge(records(*ran(operation, changed=True), operations=operations)))
    assert found.verdict == verdict


def test_a_refusal_is_something_seen() -> None:
    """An operation that raised with edge rows, and changes nothing without them, has met what it is for."""
    refused = Failure("ValueError", "too small", operation=DATA.description)
    first = (step(failure=refused), classified("edge"))
    again = tuple(
        msgspec.structs.replace(item, without_edge=True) for item in ran(NOTHING) if item.phase == "cycle"
    )
    found = entry(judge(records(*first, *REPEATED, *again, *ran(NOTHING))))
    assert (found.verdict, rules(found)) == ("passed", [("rollback-fails-with-data", "warning")])


def test_the_same_values_again_are_no_change() -> None:
    """Rows that were written and are as they were have shown nothing."""
    assert entry(judge(records(*ran(OperationRan(0, 1, written=3))))).verdict == "skipped"


def test_what_sent_nothing_passes_where_another_database_saw_it() -> None:
    """A guard for the vendor passes with its reason, and with a warning where nobody rehearsed it."""
    alone = judge(records(*ran(), name="sqlite"))
    found = entry(alone, "sqlite")
    assert (found.verdict, found.reason, exit_status(alone)) == ("passed", "does nothing on sqlite", 0)
    assert rules(found) == [("changed-no-row", "warning")]
    assert found.findings[0].fix.startswith("Rehearse it on the database that it is for")
    there = records(*ran(OperationRan(0, 1, written=2), changed=True))
    both = judge((*records(*ran(), name="sqlite"), *there))
    found = entry(both, "sqlite")
    assert (found.verdict, found.reason, rules(found)) == ("passed", "does nothing on sqlite", [])
    assert (entry(both).verdict, entry(both).reason) == ("passed", None)
    nothing = judge((*records(*ran(), name="sqlite"), *records(*ran(NOTHING))))
    assert rules(entry(nothing, "sqlite")) == [("changed-no-row", "warning")]


@pytest.mark.parametrize("lost", range(len(STEPS)))
def test_what_was_not_looked_at_is_no_pass(lost: int) -> None:
    """Each step of a migration with data operations takes a record of what those did."""
    all_steps: list[Any] = list(ran(OperationRan(0, 1, written=2), changed=True))
    del all_steps[lost]
    found = entry(judge(records(*all_steps)))
    assert found.verdict == "error"
    assert "what the data operations did" in str(found.reason)
