"""What another migration's rollback brought about is told of that one alone."""

from __future__ import annotations

from typing import Literal

import pytest

from django_switchback.evidence import Compared, Comparison, Difference, MigrationName, Phase
from django_switchback.rules.grouping.explained_by_others import without_explained_differences
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.manage_commands import setup_command
from rules.builders import LEFT_INDEX, fact

LOST_INDEX = Difference("index", "post_slug", "missing", "blog_post")
LATER = MigrationName("blog", "0003_later")


def target(
    name: MigrationName, found: Difference, phase: Phase, moment: Literal["restored", "reapplied"]
) -> TargetEvidence:
    """Return a target with one comparison."""
    comparison = Compared(
        database="sqlite",
        migration=name,
        phase=phase,
        moment=moment,
        rows_on_board="new",
        comparison=Comparison(schema=(found,)),
    )
    return TargetEvidence(database="sqlite", fact=fact(name), comparisons=(comparison,))


EARLIER = MigrationName("blog", "0002_add_slug")
REPAIRED = target(EARLIER, LEFT_INDEX, "unwind", "reapplied")
LOST = target(LATER, LOST_INDEX, "cycle", "restored")


def test_what_a_later_rollback_lost_may_come_back_on_the_way_up() -> None:
    """An index that the cycle of a later migration loses is no leftover of an earlier one in the unwind."""
    earlier, later = without_explained_differences((REPAIRED, LOST))
    assert earlier.comparisons[0].comparison.schema == ()
    assert later == LOST


@pytest.mark.parametrize(
    "other",
    [
        target(LATER, Difference("index", "other", "missing", "blog_post"), "cycle", "restored"),
        target(LATER, LOST_INDEX, "cycle", "reapplied"),
        target(EARLIER, LOST_INDEX, "cycle", "restored"),
    ],
)
def test_what_nobody_else_explains_is_told(other: TargetEvidence) -> None:
    """Another index, another moment, or the migration's own cycle explain nothing away."""
    assert without_explained_differences((REPAIRED, other))[0] == REPAIRED


def test_the_unwind_begins_at_head() -> None:
    """What is seen on the way up again is shown from head, as it was found."""
    assert str(setup_command(REPAIRED, "unwind", "reapply")).startswith("python manage.py migrate && ")
    assert str(setup_command(REPAIRED, "cycle", "reapply")).startswith(
        "python manage.py migrate blog 0002_add_slug && "
    )
