"""The fewest rows go with the finding that they are about, and with no other."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from django_switchback.evidence import AnyRecord, Direction, MinimalRowsFound, SeededRow
from django_switchback.rules.interface import Finding, of_type
from django_switchback.verdict.run_verdict import judge
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


def minimal_rows(
    about: Literal["step", "restored", "reapplied"],
    direction: Direction,
    change: Literal["values", "left"] | None = None,
    **changes: Any,
) -> MinimalRowsFound:
    """Make the record of the smallest rows of one trouble."""
    values: dict[str, Any] = {"on_board": 60, "rows": (ROW,), "test": "def test(): ...\n", "trials": 5}
    return MinimalRowsFound(
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


def shown(finding: Finding) -> tuple[MinimalRowsFound, ...]:
    """Return the records of minimal rows that the finding shows."""
    return of_type(finding.exhibits, MinimalRowsFound)


def test_a_step_that_raised() -> None:
    """The rows with which a rollback raises are evidence of its finding."""
    rows = minimal_rows("step", "rollback")
    log = stopping(step(failure=RAISED), classified("typical"), confirmed(), rows)
    assert shown(findings(*log)["rollback-fails-with-data"]) == (rows,)


@pytest.mark.parametrize(
    "other", [minimal_rows("step", "forward"), minimal_rows("restored", "rollback", "values"), None], ids=str
)
def test_another_trouble(other: MinimalRowsFound | None) -> None:
    """Rows of another step, or of a comparison, are not taken for those of the step that raised."""
    more = () if other is None else (other,)
    log = stopping(step(failure=RAISED), classified("typical"), confirmed(), *more)
    assert shown(findings(*log)["rollback-fails-with-data"]) == ()


def test_lost_and_left() -> None:
    """Of one comparison, lost values and rows that are left have each their own rows."""
    left = minimal_rows("restored", "rollback", "left", on_board=61)
    lost = minimal_rows("restored", "rollback", "values")
    found = findings(*spoilt(compared(rows=(LOST, CHANGED, ADDED)), left, lost))
    told = {rule: shown(finding) for rule, finding in found.items()}
    assert told == {"rollback-loses-data": (lost,), "rollback-leaves-data": (left,)}


def test_the_second_way_forward() -> None:
    """What differs after applying again has the rows of that."""
    rows = minimal_rows("reapplied", "reapply", "values")
    found = findings(*spoilt(compared("reapplied", rows=(CHANGED,)), rows))
    assert shown(found["reapply-differs"]) == (rows,)


@pytest.mark.parametrize(
    ("written", "rule"), [("before", "fails-with-data"), ("after", "blocked-by-new-rows")]
)
def test_old_rows_alone(written: Literal["before", "after"], rule: str) -> None:
    """Where the minimal rows are all old ones, none of the new release are said to be needed."""
    row = msgspec.structs.replace(ROW, written=written)
    log = stopping(
        step(failure=RAISED),
        classified("new"),
        confirmed(),
        minimal_rows("step", "rollback", rows=(ROW, row)),
    )
    assert set(findings(*log)) == {f"rollback-{rule}"}


def test_old_rows_that_are_left() -> None:
    """Lost values that old rows show say nothing of rows that are left only after new ones."""
    new = msgspec.structs.replace(ROW, written="after")
    records = (
        compared(rows=(LOST, ADDED)),
        classified("new", about="restored"),
        minimal_rows("restored", "rollback", "values"),
        minimal_rows("restored", "rollback", "left", rows=(new,)),
    )
    assert set(findings(*spoilt(*records))) == {"rollback-loses-data"}
