"""Interrupted steps: what is told of those that cannot be run again to their end."""

from __future__ import annotations

from typing import Any

import pytest

from django_switchback.evidence import Comparison, Difference, Direction, InterruptionTried, RowDifference
from django_switchback.rules.interface import Finding
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, RAISED, TARGET, log

RULES = {"forward-not-resumable", "rollback-not-atomic"}
COLUMN = Comparison(schema=(Difference("column", "t.body", "extra", "t"),))
ROWS = Comparison(rows=(RowDifference("t", added=1),))


def found(direction: Direction = "forward", **fields: Any) -> list[Finding]:
    """Return the findings on a step that was interrupted after the first of two operations."""
    record = InterruptionTried(
        database=DATABASE, migration=TARGET, direction=direction, done=1, operations=2, left=COLUMN, **fields
    )
    [target] = [entry for entry in judge(log(record)).migrations if entry.id == TARGET]
    return [finding for finding in target.findings if finding.rule in RULES]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"failure": RAISED}, f'run again, raises in "{RAISED.operation}": {RAISED.type}: {RAISED.message}'),
        (
            {"differences": ROWS},
            "run again, succeeds, but leaves another database than an uninterrupted run: added: 1 row",
        ),
    ],
)
@pytest.mark.parametrize("direction", ["forward", "rollback"])
def test_what_is_left_and_what_migrate_says(direction: Direction, fields: dict[str, Any], said: str) -> None:
    """The finding tells what stands after the interruption, the command, and what it does then."""
    rule = "rollback-not-atomic" if direction == "rollback" else "forward-not-resumable"
    [finding] = found(direction, confirmed=True, **fields)
    assert (finding.rule, finding.severity, finding.confirmed) == (rule, "error", True)
    assert "(1 of 2 operations): column t.body is left over. `python manage.py migrate" in finding.message
    assert said in finding.message
    assert finding.reproduce is not None
    assert finding.setup is not None
    assert f"{finding.reproduce}  # interrupted after " in finding.setup


def test_what_an_operation_had_committed_is_told() -> None:
    """An interruption within an operation names the statement that stays."""
    [finding] = found(committed="UPDATE t SET a = -a", differences=ROWS, confirmed=True)
    assert "had committed UPDATE t SET a = -a: column t.body is left over" in finding.message


def test_a_cut_between_the_statements_of_one_schema_operation_is_a_note() -> None:
    """The rule is about the time between two operations: within one of Django's it is a note."""
    committed = "ALTER TABLE t ADD COLUMN body text DEFAULT '' NOT NULL"
    [error] = found(committed=committed, failure=RAISED, confirmed=True)
    [note] = found(committed=committed, failure=RAISED, in_schema=True)
    assert (error.severity, note.severity) == ("error", "info")
    assert f"had committed {committed}" in note.message


def test_a_step_that_ends_well_is_not_told() -> None:
    """A step that ends as an uninterrupted one is no finding, whatever the interruption has left."""
    assert found() == []


def test_an_unfinished_index_is_an_error_only_if_migrate_says_nothing() -> None:
    """An index that stays invalid is an error; one at which ``migrate`` stops by itself is a note."""
    invalid = Comparison(schema=(Difference("index", "i", "different", "t", "valid", None, "no"),))
    statement = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (title)"
    [error] = found(statement=statement, differences=invalid, confirmed=True)
    assert error.severity == "error"
    assert f"was ended by a lock_timeout, while another session wrote, in {statement}" in error.message
    assert "index i on t has valid no instead of none" in error.message
    [note] = found(statement=statement, failure=RAISED)
    assert note.severity == "info"


def test_what_plain_django_does_not_do_is_a_warning() -> None:
    """A failure that plain ``manage.py migrate`` does not show is no error."""
    [finding] = found(failure=RAISED, confirmed=False)
    assert finding.severity == "warning"
    assert "seen only in the rehearsal" in finding.message


def test_what_was_not_tried_is_a_note() -> None:
    """Interruptions that take too long are told with the reason."""
    [finding] = found(untried="did not finish within 60 s")
    assert finding.severity == "info"
    assert finding.message.endswith("was not interrupted after each operation: did not finish within 60 s")


def test_the_gap_before_the_record_is_told_once() -> None:
    """No migration is blamed for what Django does in every one."""
    records = tuple(
        InterruptionTried(
            database=DATABASE, migration=TARGET, direction=direction, done=1, operations=2, left=COLUMN
        )
        for direction in ("forward", "rollback")
    )
    gaps = [notice for notice in judge(log(*records)).notices if "migrate --fake" in notice]
    assert len(gaps) == 1
    assert not any("--fake" in notice for notice in judge(log()).notices)
