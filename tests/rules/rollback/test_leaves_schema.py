"""What is advised where a rollback leaves another schema."""

from __future__ import annotations

import msgspec
import pytest

from django_switchback.evidence import Difference, Operation
from django_switchback.rules.grouping.grouping import group_by_database
from django_switchback.rules.rollback.leaves_schema import judge
from rules.builders import compared, fact, spoilt

INDEX = Difference("index", "post_lower", "missing", "blog_post")
VIEW = Difference("view", "posts", "missing")
ALTERED = Operation("~", "Alter field title on post", reversible=True)
SQL = Operation("s", "Raw SQL operation", reversible=True, data=True)
REBUILT = "Django rebuilds it, and drops what no model declares: create index post_lower again, in the"
IN_THE_REVERSE = "In the reverse of the operation that caused it, create "


@pytest.mark.parametrize(
    ("engine", "operations", "missing", "advice"),
    [
        ("sqlite", (ALTERED,), (INDEX,), [REBUILT]),
        ("sqlite", (ALTERED,), (INDEX, VIEW), [REBUILT, f"{IN_THE_REVERSE}view posts again."]),
        ("sqlite", (ALTERED, SQL), (INDEX,), [f"{IN_THE_REVERSE}index post_lower again."]),
        ("postgresql", (ALTERED,), (INDEX,), [f"{IN_THE_REVERSE}index post_lower again."]),
    ],
)
def test_what_a_rebuild_of_the_table_drops(
    engine: str, operations: tuple[Operation, ...], missing: tuple[Difference, ...], advice: list[str]
) -> None:
    """Where no code of the project can have dropped an index on SQLite, Django's rebuild of the table has."""
    (found,) = group_by_database(spoilt(compared(schema=missing)))
    target = msgspec.structs.replace(found.targets[0], engine=engine, fact=fact(operations=operations))
    (finding,) = judge(target)
    assert [sentence in finding.fix for sentence in advice] == [True] * len(advice)
    assert (REBUILT in finding.fix) == (REBUILT in advice)
