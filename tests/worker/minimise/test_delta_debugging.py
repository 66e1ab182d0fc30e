"""The search for the fewest things, over trials that are made up."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from django_switchback.worker.minimise.delta_debugging import OutOfTime, minimise

Row = tuple[str, int]
ROWS: list[Row] = [(f"table_{table}", number) for table in range(20) for number in range(10)]


def asking(*wanted: Row) -> Callable[[frozenset[Row]], bool]:
    """Return a trial that shows it wherever all of ``wanted`` are there."""
    return lambda rows: rows.issuperset(wanted)


def test_one_of_two_hundred() -> None:
    """One row among 200 in 20 tables is found wherever it stands, in few trials."""
    for row in ROWS:
        found = minimise(ROWS, asking(row))
        assert found is not None
        assert (found.kept, found.complete) == ((row,), True)
        assert found.trials <= 20


def test_two_that_do_it_together() -> None:
    """Two rows of different tables are both kept and nothing beside them."""
    pair = ("table_3", 4), ("table_17", 9)
    found = minimise(ROWS, asking(*pair))
    assert found is not None
    assert (found.kept, found.complete) == (pair, True)
    assert found.trials <= 36


def test_what_is_known_is_not_tried() -> None:
    """It takes some, as is known: where the first does it, one trial says so."""
    tried: list[frozenset[Row]] = []

    def shows(rows: frozenset[Row]) -> bool:
        tried.append(rows)
        return ROWS[0] in rows

    found = minimise(ROWS, shows, empty_set_passes=True)
    assert found is not None
    assert (found.kept, found.trials, tried) == ((ROWS[0],), 1, [frozenset(ROWS[:1])])


def test_the_suspected_are_tried_alone() -> None:
    """Where the first is the one, two trials say so: without any row and with it alone."""
    found = minimise(ROWS, asking(ROWS[0]))
    assert found is not None
    assert (found.kept, found.trials) == ((ROWS[0],), 2)


def test_what_a_row_needs_stays_with_it() -> None:
    """A row is never tried without those that it refers to, and they are part of the answer."""
    needs = {("table_9", 1): [("table_5", 0)], ("table_5", 0): [("table_0", 7)]}
    tried: list[frozenset[Row]] = []

    def shows(rows: frozenset[Row]) -> bool:
        tried.append(rows)
        return ("table_9", 1) in rows

    found = minimise(ROWS, shows, needs)
    assert found is not None
    assert found.kept == (("table_0", 7), ("table_5", 0), ("table_9", 1))
    assert all(
        needed in rows
        for rows in tried
        for row, all_needed in needs.items()
        if row in rows
        for needed in all_needed
    )


def test_rows_that_need_each_other() -> None:
    """A circle of references is kept or left as one."""
    needs = {ROWS[0]: [ROWS[1]], ROWS[1]: [ROWS[0]]}
    found = minimise(ROWS, asking(ROWS[1]), needs)
    assert found is not None
    assert (found.kept, found.complete) == ((ROWS[0], ROWS[1]), True)


def test_nothing_is_needed() -> None:
    """What shows without any of them needs none."""
    found = minimise(ROWS, lambda rows: True)
    assert found is not None
    assert (found.kept, found.trials, found.complete) == ((), 1, True)


def test_not_seen_with_all_of_them() -> None:
    """What does not show with all of them is not reduced."""
    assert minimise(ROWS, lambda rows: False) is None


def test_time_runs_out() -> None:
    """What was found by then is told as not complete; nothing is told where nothing was found."""
    left = 9

    def shows(rows: frozenset[Row]) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            raise OutOfTime
        return len(rows) >= 60

    found = minimise(ROWS, shows)
    assert found is not None
    assert not found.complete
    assert 60 <= len(found.kept) < 200
    left = 2
    assert minimise(ROWS, shows) is None


@given(st.sets(st.sampled_from(ROWS), max_size=4))
def test_whichever_rows_it_takes(wanted: set[Row]) -> None:
    """Whichever rows it takes, they and no others are found, and no trial is made twice."""
    tried: list[frozenset[Row]] = []

    def shows(rows: frozenset[Row]) -> bool:
        tried.append(rows)
        return rows >= wanted

    found = minimise(ROWS, shows)
    assert found is not None
    assert set(found.kept) == wanted
    assert len(tried) == len(set(tried)) == found.trials
