"""Promises of the page on the most complex migrations: which they are, and nothing that a run makes."""

from __future__ import annotations

import msgspec
from checks.test_checklist import BOTH, ONE, records
from retroactive_page import complexity, page, rank

from django_switchback.evidence import (
    MigrationFact,
    MigrationName,
    Operation,
    ProjectDescribed,
    RunFinished,
    StepFinished,
)

ADD = Operation("AddField", "", True)
CODE = Operation("RunPython", "", True)


def fact(name: str, *operations: Operation, atomic: bool = True, first_party: bool = True) -> MigrationFact:
    """Return a migration of these operations."""
    id_ = MigrationName("blog", name)
    return MigrationFact(id_, "", first_party, operations=operations, atomic=atomic)


def test_what_is_complex() -> None:
    """Code counts more than what Django reverses by itself, and most without a transaction."""
    assert [complexity(fact("x", *operations)) for operations in ((ADD,), (ADD, ADD), (CODE,))] == [1, 2, 3]
    assert complexity(fact("x", CODE, atomic=False)) == 5
    own = fact("a", Operation("AddIndexResumably", "", True))
    assert complexity(own) == 3


def test_the_most_complex_come_first() -> None:
    """Only the project's own migrations are ranked, equal ones by name."""
    facts = (fact("b", CODE), fact("c", ADD), fact("a", CODE), fact("d", CODE, CODE, first_party=False))
    project = ProjectDescribed("default", ("default",), "sqlite", "5.2", "3.11", facts)
    assert [migration.id.name for migration in rank(project)] == ["a", "b", "c"]


def test_the_page_holds_no_time() -> None:
    """Two runs that differ in their times alone give the same page."""
    chosen = (MigrationFact(ONE, "", True, docstring="Slugs.", operations=(CODE,)),)
    found = records(*BOTH)
    slower = tuple(
        msgspec.structs.replace(record, seconds=record.seconds * 3)
        if isinstance(record, StepFinished | RunFinished)
        else record
        for record in found
    )
    assert page(chosen, found) == page(chosen, slower)
    assert "passed on 2 databases" in page(chosen, found)
    assert "| sqlite | passed | 6 ok | 3 of 3 | 18 |" in page(chosen, found)
