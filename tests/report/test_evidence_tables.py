"""Tables of evidence: how much of a cell is shown, and which rows."""

from __future__ import annotations

from typing import Literal

import pytest
from rules.builders import DATABASE, TARGET

from django_switchback.evidence import MinimalRowsFound, SeededRow, SystemChecked
from django_switchback.report.evidence_tables import (
    MAX_LINES,
    MAX_ROWS_OF_A_TEST,
    MAX_WRAPPED_CHARACTERS,
    minimal_test,
    tabulate,
)
from django_switchback.rules.interface import Finding

MESSAGE = "You do not have a middleware that this site needs in its settings, which is a long sentence."


def test_cells_are_cut_in_text_and_wrapped_on_a_page() -> None:
    """A sentence of a check is whole in HTML, and 48 characters of it elsewhere."""
    checked = SystemChecked(database=DATABASE, id="x.W1", level=30, message=MESSAGE, hint="", deploy=True)
    finding = Finding("system-check", "warning", "m", "scratch", fix="f", exhibits=(checked, checked))
    [text], [page] = tabulate(finding), tabulate(finding, MAX_WRAPPED_CHARACTERS)
    assert MESSAGE in page.lines[0]
    assert f"{MESSAGE[:47]}…" in text.lines[0]


@pytest.mark.parametrize(
    ("table", "written", "first"),
    [
        ("t", "after", "t, written after it"),
        ("blog_post", "before", "blog_post"),
    ],
)
def test_of_many_rows_those_are_shown_that_matter(
    table: str, written: Literal["before", "after"], first: str
) -> None:
    """A search that was ended by its time limit shows the last row if that is it, and no test of all rows."""
    others = [
        SeededRow("other", "before", ("id",), {"id": str(number)}) for number in range(MAX_ROWS_OF_A_TEST)
    ]
    rows = (*others, SeededRow(table, written, ("id",), {"id": "7"}))
    minimal = MinimalRowsFound(
        database=DATABASE,
        migration=TARGET,
        phase="cycle",
        direction="rollback",
        about="step",
        on_board=99,
        rows=rows,
        test="def test_it(): ...",
        trials=3,
        seconds=1.0,
        complete=False,
    )
    finding = Finding("r", "error", "m", "cycle", fix="f", exhibits=(minimal,), tables=("blog_post",))
    [shown] = tabulate(finding)
    assert shown.lines[0] == (first, "id", "7")
    assert minimal_test(finding) is None


def test_of_many_values_those_of_the_last_rows_come_first() -> None:
    """What fails is in the rows that refer to others, not in the mandatory columns of those."""
    user = SeededRow("auth_user", "before", tuple(f"column{number}" for number in range(MAX_LINES)), {})
    link = SeededRow("shop_link", "before", ("id", "user_id"), {"id": "1", "user_id": "1"})
    minimal = MinimalRowsFound(
        database=DATABASE,
        migration=TARGET,
        phase="cycle",
        direction="forward",
        about="step",
        on_board=99,
        rows=(user, link),
        test="",
        trials=3,
        seconds=1.0,
        complete=True,
    )
    [shown] = tabulate(Finding("r", "error", "m", "cycle", fix="f", exhibits=(minimal,)))
    assert shown.lines[0] == ("shop_link", "id", "1")
    assert shown.lines[2][0] == "auth_user"
