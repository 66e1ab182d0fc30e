"""The reasons that the checklist gives: they name what is wrong, and nothing that is not."""

from __future__ import annotations

import msgspec
import pytest

from django_switchback.checks.checklist import Answer
from django_switchback.checks.checklist_page import answers, checklist_subject
from django_switchback.evidence import (
    AnyRecord,
    Covered,
    MigrationName,
    NotRun,
    Operation,
    StepFinished,
    StepStarted,
)
from django_switchback.rules.interface import Finding

from .test_checklist import BOTH, ONE, REFUSED, answer, records

ONE_WAY = Operation("RunPython", "~ Raw Python operation", reversible=False)


def without_cycle(direction: str) -> tuple[AnyRecord, ...]:
    """Return a sound log that lost the cycle's steps in this direction."""
    return tuple(
        record
        for record in records(*BOTH)
        if not (
            isinstance(record, StepStarted | StepFinished)
            and (record.phase, record.direction) == ("cycle", direction)
        )
    )


@pytest.mark.parametrize(
    ("text", "found", "reason"),
    [
        ("Run rollback", without_cycle("rollback"), "it was not done on sqlite"),
        ("Re-apply", without_cycle("reapply"), "it was not done on sqlite"),
        ("Run rollback", records(*BOTH, raised=REFUSED), "failed on sqlite"),
        ("Tested on PostgreSQL", records(*BOTH, raised=REFUSED), "failed on postgresql-18"),
        ("Tested on SQLite", records("postgresql-18"), "it was not rehearsed on SQLite"),
        ("PostgreSQL-specific", records(*BOTH, raised=REFUSED), "failed on sqlite"),
        (
            "PostgreSQL-specific",
            (*records("sqlite"), *records("postgresql-18", raised=REFUSED)),
            "it fails on postgresql and not on the other engine",
        ),
        (
            "Create test data",
            tuple(record for record in records(*BOTH) if not isinstance(record, Covered)),
            "no evidence of which tables had rows on sqlite",
        ),
        (
            "Create test data",
            records(*BOTH, empty={"blog_post": "no value would do"}),
            "no rows in blog_post on sqlite",
        ),
        (
            "Data backup",
            records(*BOTH, docstring="Slugs.", operations=(ONE_WAY,)),
            "the docstring has no line that begins with Backup",
        ),
    ],
)
def test_why_it_failed(text: str, found: tuple[AnyRecord, ...], reason: str) -> None:
    """The reason names the database and what is missing there."""
    assert answer(text, found) == Answer("failed", reason)


def test_what_was_skipped_is_not_checked() -> None:
    """Nothing found in a migration that was not rehearsed means nothing."""
    why = "it needs one that failed"
    steps = (StepStarted, StepFinished, Covered)
    found = tuple(record for record in records("sqlite") if not isinstance(record, steps))
    given = answer("Data transformations", (*found[:-1], NotRun("sqlite", ONE, why), found[-1]))
    assert given == Answer("failed", f"skipped on sqlite: {why}")


def test_a_trial_that_failed_fails_nothing() -> None:
    """A step that was tried again with other rows is no step of the rehearsal."""
    tried = StepFinished(
        "sqlite", "p", ONE, "cycle", "rollback", "none", "failed", 0.1, failure=REFUSED, trial=True
    )
    assert answer("Run rollback", (*records(*BOTH), tried)).state == "checked"


def test_a_table_that_the_migration_leaves_alone_may_be_empty() -> None:
    """Only what the migration touches must have rows."""
    assert answer("Create test data", records(*BOTH, empty={"blog_tag": "no value"})).state == "checked"


def test_a_note_fails_nothing() -> None:
    """A finding that is only a note, such as what rolling back must drop, leaves its item checked."""
    sound = checklist_subject(records(*BOTH), str(MigrationName("blog", "0001")))
    note = Finding(rule="rollback-loses-data", severity="info", message="12 rows go", phase="cycle", fix="-")
    noted = msgspec.structs.replace(sound.reports[0], findings=(note,))
    subject = msgspec.structs.replace(sound, reports=(noted, *sound.reports[1:]))
    assert {given.state for item, given in answers(subject) if item.text.startswith("No data loss")} == {
        "checked"
    }
