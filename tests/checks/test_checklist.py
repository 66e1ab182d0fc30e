"""Promises of the checklist: evidence answers what it can, a fault fails its item, the rest is a person's."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import msgspec
import pytest

from django_switchback import evidence
from django_switchback.checks.checklist import CHECKLIST_ITEMS, Answer, ChecklistSubject
from django_switchback.checks.checklist_page import NotRehearsed, answers, checklist_subject, render_checklist
from django_switchback.cli import main
from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Compared,
    Comparison,
    Covered,
    DatabaseStarted,
    Direction,
    Failure,
    MigrationFact,
    MigrationName,
    OldCodeTried,
    Operation,
    Outcome,
    Phase,
    ProjectDescribed,
    RowDifference,
    RunFinished,
    RunStarted,
    ScratchFinished,
    Statement,
    StepFinished,
    StepStarted,
)

ONE = MigrationName("blog", "0001_initial")
SEED_000 = """\
Migration has both forwards and backwards operations
Data transformations are reversible
No data loss in rollback (backup to temporary table if needed)
PostgreSQL-specific features guarded with vendor checks
Run forward migration on test database
Create test data
Run rollback successfully
Re-apply migration successfully
Verify data integrity maintained
Tested on PostgreSQL (production database)
Tested on SQLite (development database)
Migration can run with zero downtime (if required)
Large data migrations use batching (RunPython)
Rollback plan documented in migration file docstring
Migration purpose documented in docstring
Risks documented (if any)
Rollback procedure documented
Data backup recommended (if destructive)
"""
DOCSTRING = "Slugs.\n\nRisks: it walks over every post.\n\nRollback: empties them.\n\nBackup: none needed."
ADD = Operation("AddField", "+ Add field slug to post", reversible=True)
CODE = Operation("RunPython", "~ Raw Python operation", reversible=True)
REMOVE = Operation("RemoveField", "- Remove field slug from post", reversible=True, destructive=True)


def records(
    *databases: str,
    docstring: str = DOCSTRING,
    operations: tuple[Operation, ...] = (ADD,),
    restored: Comparison | None = None,
    raised: Failure | None = None,
    empty: dict[str, str] | None = None,
) -> tuple[AnyRecord, ...]:
    """Return the log of a rehearsal of one migration, sound unless told otherwise."""
    fact = MigrationFact(ONE, "blog/migrations/0001.py", True, docstring=docstring, operations=operations)
    made: list[AnyRecord] = [RunStarted("a1", 0, "2026-11-01T00:00:00+00:00", "demo", "s", "0.1.0")]
    for database in databases:
        engine: Literal["sqlite", "postgresql"] = "sqlite" if database == "sqlite" else "postgresql"
        made += [
            ProjectDescribed("default", ("default",), engine, "5.2", "3.11", (fact,)),
            DatabaseStarted(database, engine, "default", "1", (ONE,)),
            ScratchFinished(database, 0.5, 1),
        ]
        steps: tuple[tuple[Phase, Direction, Failure | None], ...] = (
            ("scratch", "forward", None),
            ("cycle", "forward", None),
            ("cycle", "rollback", raised),
            ("cycle", "reapply", None),
            ("unwind", "rollback", raised),
            ("unwind", "reapply", None),
        )
        for phase, direction, failure in steps:
            outcome: Outcome = "failed" if failure else "ok"
            made += [
                StepStarted(database, "p", ONE, phase, direction, "new"),
                StepFinished(database, "p", ONE, phase, direction, "new", outcome, 0.1, failure=failure),
            ]
        made += [
            Compared(database, ONE, "cycle", "restored", "new", restored or Comparison()),
            Compared(database, ONE, "cycle", "reapplied", "new", Comparison()),
            Compared(database, ONE, "unwind", "reapplied", "typical", Comparison()),
            *(OldCodeTried(database, ONE, "blog_post", statement) for statement in get_args(Statement)),
            Covered(database, ONE, 3, 3, empty=empty or {}, touched=("blog_post",), rows=18),
        ]
    return (*made, RunFinished(1.0))


def repeated(record: AnyRecord) -> AnyRecord:
    """Return what belongs to the cycle of a target as that of its repeat without edge rows."""
    match record:
        case StepStarted(phase="cycle") | StepFinished(phase="cycle") | Compared(phase="cycle"):
            return msgspec.structs.replace(record, without_edge=True)
        case Covered() | OldCodeTried():
            return msgspec.structs.replace(record, without_edge=True)
        case _:
            return record


def kept_by_edge_rows() -> tuple[AnyRecord, ...]:
    """Return the log of a migration that edge rows alone keep from being applied."""
    *sound, end = map(repeated, records("sqlite"))
    failed = StepFinished(
        "sqlite", "p", ONE, "cycle", "forward", "new", "failed", 0.1, failure=Failure("IntegrityError", "no")
    )
    started = StepStarted("sqlite", "p", ONE, "cycle", "forward", "new")
    return (*sound, started, failed, Classified("sqlite", ONE, "cycle", "forward", "step", "edge"), end)


REFUSED = Failure("IntegrityError", "no")
BOTH = ("sqlite", "postgresql-18")


def answer(text: str, found: tuple[AnyRecord, ...]) -> Answer:
    """Return what became of the item whose text begins so."""
    told = [
        given for item, given in answers(checklist_subject(found, "blog.0001")) if item.text.startswith(text)
    ]
    assert len(told) == 1
    return told[0]


def test_the_items_are_those_of_the_seed() -> None:
    """Every item that was asked for is there, in its order."""
    assert "".join(f"{item.text}\n" for item in CHECKLIST_ITEMS) == SEED_000


def test_a_sound_migration() -> None:
    """All that evidence can say is checked; only downtime is left to a person."""
    states = [given.state for _, given in answers(checklist_subject(records(*BOTH), "blog.0001"))]
    assert (states.count("checked"), states.count("person"), states.count("failed")) == (17, 1, 0)
    text = render_checklist(checklist_subject(records(*BOTH), "blog.0001"))
    assert "\n- [x] Create test data (rows in the tables: 18 on sqlite, 18 on postgresql-18)\n" in text


def test_edge_rows_alone_are_for_a_person() -> None:
    """What only edge rows keep from being applied fails no item: a person knows if there are such."""
    assert answer("Run forward", kept_by_edge_rows()).state == "person"
    assert answer("Run rollback", kept_by_edge_rows()).state == "checked"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "No data loss",
            records(*BOTH, restored=Comparison(rows=(RowDifference("blog_post", lost=1),))),
        ),
        (
            "Verify data integrity",
            records(*BOTH, restored=Comparison(rows=(RowDifference("blog_post", lost=1),))),
        ),
        ("Run rollback", records(*BOTH, raised=REFUSED)),
        ("Tested on PostgreSQL", records("sqlite")),
        ("Tested on SQLite", records("postgresql-18")),
        ("Create test data", records(*BOTH, empty={"blog_post": "no value would do"})),
        ("Rollback plan", records(*BOTH, docstring="Slugs.")),
        ("Rollback procedure", records(*BOTH, docstring="Slugs.")),
        ("Migration purpose", records(*BOTH, docstring="")),
        ("Risks documented", records(*BOTH, docstring="Slugs.", operations=(REMOVE,))),
        ("Data backup", records(*BOTH, docstring="Slugs.", operations=(REMOVE,))),
        (
            "Migration has both",
            records(*BOTH, raised=Failure("IrreversibleError", "no way back", irreversible=True)),
        ),
    ],
)
def test_a_fault_fails_its_item(text: str, found: tuple[AnyRecord, ...]) -> None:
    """Each item can fail, and is not failed in the sound migration above."""
    assert answer(text, found).state == "failed", answer(text, found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Migration can run with zero", records(*BOTH)),
        ("Large data migrations", records(*BOTH, operations=(CODE,))),
        ("PostgreSQL-specific", records("sqlite")),
        ("Risks documented", records(*BOTH, docstring="Slugs.")),
        (
            "No data loss",
            records(
                *BOTH,
                docstring=f"{DOCSTRING}\n\nswitchback: acknowledge rollback-loses-data: privacy",
                restored=Comparison(rows=(RowDifference("blog_post", lost=1),)),
            ),
        ),
    ],
)
def test_what_is_left_to_a_person(text: str, found: tuple[AnyRecord, ...]) -> None:
    """What evidence cannot say, or somebody has acknowledged, is for a person to judge."""
    assert answer(text, found).state == "person", answer(text, found)


def test_a_migration_without_evidence() -> None:
    """Nothing is answered about a migration that was not rehearsed."""
    with pytest.raises(NotRehearsed):
        checklist_subject(records(*BOTH), "blog.0009")


def test_one_engine_that_fails() -> None:
    """A migration that fails on one engine alone lacks a guard."""
    sound = records("sqlite")
    broken = records("postgresql-18", raised=REFUSED)
    assert answer("PostgreSQL-specific", (*sound, *broken)).state == "failed"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``checklist`` fills the list in from logs; its status says whether an item failed."""
    evidence.write(tmp_path / "good", records(*BOTH))
    evidence.write(tmp_path / "bad", records("sqlite"))
    assert main(["checklist", "--migration", "blog.0001", str(tmp_path / "good")]) == 0
    assert capsys.readouterr().out.startswith("## Migration checklist: blog.0001\\_initial\n")
    assert main(["checklist", "--migration", "blog.0001", str(tmp_path / "bad")]) == 1
    assert main(["checklist", str(tmp_path / "good")]) == 2
    assert main(["checklist", "--migration", "blog.0002", str(tmp_path / "good")]) == 2


def test_hostile_text_does_nothing() -> None:
    """What a docstring says is shown and not obeyed."""
    text = render_checklist(
        checklist_subject(records(*BOTH, docstring="<img src=x> @you\n\nRollback: | x"), "blog.0001")
    )
    assert "<img" not in text
    assert "@you" not in text


def test_a_subject_without_reports() -> None:
    """A migration that no database was tried on is no pass."""
    nobody = ChecklistSubject(MigrationFact(ONE, "", True), (), (), {})
    assert {item.answer(nobody).state for item in CHECKLIST_ITEMS if item.group == "Testing"} == {"failed"}
