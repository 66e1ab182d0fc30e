"""The fewest rows go with the finding that they are about, and with no other."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from django_switchback.evidence import AnyRecord, Direction, Reduced, SeededRow
from django_switchback.rules.interface import Finding
from django_switchback.verdict import judge
from rules.builders import (
    ADDED,
    CHANGED,
    DATABASE,
    LOST,
    RAISED,
    TARGET,
    classified,
    compared,
    confirmed,
    spoilt,
    step,
    stopping,
)

ROW = SeededRow("blog_post", "before", ("id", "title"), {"id": "1", "title": "One", "text": ""})


def reduced(
    about: Literal["step", "restored", "reapplied"],
    direction: Direction,
    change: Literal["values", "left"] | None = None,
    **changes: Any,
) -> Reduced:
    """Make the record of the smallest rows of one trouble."""
    values: dict[str, Any] = {"on_board": 60, "rows": (ROW,), "test": "def test(): ...\n", "trials": 5}
    return Reduced(
        database=DATABASE,
        migration=TARGET,
        phase="cycle",
        direction=direction,
        about=about,
        change=change,
        **(values | {"seconds": 0.5, "complete": True} | changes),
    )


def findings(*records: AnyRecord) -> dict[str, Finding]:
    """Return the findings about the target, by rule."""
    return {finding.rule: finding for entry in judge(records).migrations for finding in entry.findings}


def smallest(finding: Finding) -> object:
    """Return what the finding says of the smallest rows."""
    return finding.evidence.get("smallest")


SAID = {
    "rows": [
        {
            "table": "blog_post",
            "written": "before",
            "columns": ["id", "title"],
            "values": {"id": "1", "title": "One", "text": ""},
        }
    ],
    "on_board": 60,
    "trials": 5,
    "complete": True,
    "test": "def test(): ...\n",
}


def test_a_step_that_raised() -> None:
    """The rows with which a rollback raises are evidence of its finding."""
    log = stopping(step(failure=RAISED), classified("typical"), confirmed(), reduced("step", "rollback"))
    found = findings(*log)["rollback-fails-with-data"]
    assert _plain(smallest(found)) == SAID


def _plain(value: Any) -> Any:
    """Return ``value`` as JSON would hold it."""
    if isinstance(value, dict):
        return {key: _plain(held) for key, held in value.items()}
    return [_plain(held) for held in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    "other", [reduced("step", "forward"), reduced("restored", "rollback", "values"), None], ids=str
)
def test_another_trouble(other: Reduced | None) -> None:
    """Rows of another step, or of a comparison, are not taken for those of the step that raised."""
    more = () if other is None else (other,)
    log = stopping(step(failure=RAISED), classified("typical"), confirmed(), *more)
    assert smallest(findings(*log)["rollback-fails-with-data"]) is None


def test_lost_and_left() -> None:
    """Of one comparison, lost values and rows that are left have each their own rows."""
    left = reduced("restored", "rollback", "left", on_board=61)
    lost = reduced("restored", "rollback", "values")
    found = findings(*spoilt(compared(rows=(LOST, CHANGED, ADDED)), left, lost))
    told = {rule: smallest(finding) for rule, finding in found.items()}
    assert _plain(told) == {"rollback-loses-data": SAID, "rollback-leaves-data": SAID | {"on_board": 61}}


def test_the_second_way_forward() -> None:
    """What differs after applying again has the rows of that."""
    found = findings(
        *spoilt(compared("reapplied", rows=(CHANGED,)), reduced("reapplied", "reapply", "values"))
    )
    assert _plain(smallest(found["reapply-differs"])) == SAID
