"""A rollback that another migration broke is told as blocked by that one, which alone bears the error."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Difference,
    Direction,
    Failure,
    MigrationName,
    Phase,
    RowDifference,
    StepFinished,
    UnwindBlocked,
)
from django_switchback.rules.grouping.grouping import group_by_database
from django_switchback.verdict.interface import MigrationReport
from django_switchback.verdict.run_verdict import judge
from rules.builders import (
    FIRST,
    TARGET,
    classified,
    compared,
    covered,
    database,
    fact,
    log,
    project,
    started,
    step,
)

LATER = MigrationName("blog", "0003_email")
LAST = MigrationName("shop", "0001_orders")
NO_VIEW = Failure("ProgrammingError", 'view "blog_contacts" does not exist', "42P01")
LOST_VIEW = Difference("view", "blog_contacts", "missing")
LOST_INDEX = Difference("index", "post_slug", "missing", "blog_post")
MARKED = RowDifference("blog_post", changed=2, columns=("title",))
ALL = (FIRST, TARGET, LATER, LAST)


def of(name: MigrationName, record: AnyRecord) -> Any:
    """Return ``record`` about another migration."""
    return msgspec.structs.replace(record, migration=name)


def rolled_back(
    name: MigrationName, phase: Phase, failure: Failure | None = None, **more: Any
) -> StepFinished:
    """Return the rollback of a migration."""
    made: StepFinished = of(name, step("rollback", phase, failure, **more))
    return made


def judged(*records: AnyRecord) -> dict[MigrationName, MigrationReport]:
    """Return the reports on four migrations, whose cycles went well but for ``records``."""
    return {entry.id: entry for entry in judge(evidence(*records)).migrations}


def evidence(*records: AnyRecord) -> tuple[AnyRecord, ...]:
    """Return the log of four migrations, whose cycles went well but for ``records``."""
    directions: tuple[Direction, ...] = ("forward", "rollback", "reapply")
    usual = [of(name, step(direction)) for name in ALL for direction in directions]
    begin = (started(), project(*map(fact, ALL)), database(targets=ALL))
    seen = [of(name, covered()) for name in ALL]
    return log(*usual, *seen, *records, begin=begin)


def errors(report: MigrationReport) -> list[str]:
    """Return the rules that find errors."""
    return [finding.rule for finding in report.findings if finding.severity == "error"]


def unwound(failure: Failure, fewest: Classified) -> tuple[AnyRecord, ...]:
    """Return an unwind that comes as far as the target."""
    return (
        rolled_back(LAST, "unwind", rows="typical"),
        rolled_back(LATER, "unwind", rows="typical"),
        rolled_back(TARGET, "unwind", failure, rows="typical"),
        fewest,
        UnwindBlocked(database="postgresql-18", migration=FIRST, by=TARGET),
    )


ON_EMPTY_TABLES = classified("none", phase="unwind")
WITH_ROWS = classified("typical", phase="unwind")


@pytest.mark.parametrize("guilty", [LATER, LAST])
def test_what_is_blocked_is_told_by_the_name_of_what_blocked_it(guilty: MigrationName) -> None:
    """So is what depends on it, whether that one is one step away or two, of this app or another."""
    reports = judged(of(guilty, compared(schema=(LOST_VIEW,))), *unwound(NO_VIEW, ON_EMPTY_TABLES))
    assert errors(reports[TARGET]) == []
    assert [reports[name].blocked_by for name in ALL[:2]] == [guilty, guilty]
    assert errors(reports[guilty]) == ["rollback-leaves-schema"]


def test_what_several_comparisons_show_is_told_once() -> None:
    """A cycle is compared with all rows, and again with fewer."""
    lost = of(LATER, compared(schema=(LOST_VIEW,)))
    [found] = group_by_database(evidence(lost, lost, *unwound(NO_VIEW, ON_EMPTY_TABLES)))
    blocks = [block for target in found.targets for block in target.unwind_blocks]
    assert {block.unrestored for block in blocks} == {"view blog_contacts is missing"}


def test_the_one_that_the_message_names_is_to_blame() -> None:
    """Not another one that did not restore something else."""
    reports = judged(
        of(LATER, compared(schema=(LOST_INDEX,))),
        of(LAST, compared(schema=(LOST_VIEW,))),
        *unwound(NO_VIEW, ON_EMPTY_TABLES),
    )
    assert reports[TARGET].blocked_by == LAST


def test_rows_that_were_not_restored_block_as_well() -> None:
    """Where the failure needs rows, those of a table that the migration touches."""
    puzzled = Failure("ValueError", "what is this?")
    reports = judged(of(LATER, compared(rows=(MARKED,))), *unwound(puzzled, WITH_ROWS))
    assert reports[TARGET].blocked_by == LATER
    assert errors(reports[TARGET]) == []


def test_rows_of_migrations_are_there_on_empty_tables() -> None:
    """A reverse that looks for the row that it inserted does not find it after another one lost it."""
    gone, lost = Failure("DoesNotExist", "no such post"), RowDifference("blog_post", lost=1)
    reports = judged(of(LATER, compared(rows=(lost,))), *unwound(gone, ON_EMPTY_TABLES))
    assert reports[TARGET].blocked_by == LATER
    assert errors(reports[TARGET]) == []


@pytest.mark.parametrize(
    "records",
    [
        unwound(NO_VIEW, ON_EMPTY_TABLES),
        (
            of(LATER, compared(rows=(RowDifference("shop_order", lost=1),))),
            *unwound(NO_VIEW, ON_EMPTY_TABLES),
        ),
        (of(LATER, compared(schema=(LOST_INDEX,))), *unwound(Failure("ValueError", "?"), WITH_ROWS)),
        (of(FIRST, compared(schema=(LOST_VIEW,))), *unwound(NO_VIEW, ON_EMPTY_TABLES)),
        (
            of(LATER, compared(schema=(LOST_VIEW,))),
            rolled_back(TARGET, "cycle", NO_VIEW),
            *unwound(NO_VIEW, ON_EMPTY_TABLES),
        ),
        (
            of(LATER, compared(schema=(Difference("constraint", "a", "renamed", "t", None, "a", "b"),))),
            *unwound(NO_VIEW, ON_EMPTY_TABLES),
        ),
    ],
    ids=["all-restored", "other-table", "other-kind", "rolled-back-later", "fails-by-itself", "harmless"],
)
def test_what_nobody_else_explains_is_its_own(records: tuple[AnyRecord, ...]) -> None:
    """The error stays where it is, and names no other migration."""
    report = judged(*records)[TARGET]
    assert report.blocked_by is None
    assert errors(report)
