"""The search for the fewest rows with which a trouble shows."""

from __future__ import annotations

import pytest

from django_switchback.evidence import Rows
from django_switchback.worker.minimise.row_kinds import (
    ROW_KINDS,
    ROW_KINDS_WITHOUT_EDGE,
    SymptomKey,
    minimal_row_kinds,
)

ROLLBACK: SymptomKey = ("step", "rollback")
FORWARD: SymptomKey = ("step", "forward")
LOST: SymptomKey = ("restored", "rollback")
ELSEWHERE: SymptomKey = ("reapplied", "reapply")


def search(takes: dict[SymptomKey, Rows]) -> tuple[dict[SymptomKey, Rows], list[Rows]]:
    """Return what is found where each trouble takes these rows at the least, and the trials it took."""
    trials: list[Rows] = []

    def shows(rows: Rows) -> list[SymptomKey]:
        trials.append(rows)
        return [
            trouble for trouble, least in takes.items() if ROW_KINDS.index(least) <= ROW_KINDS.index(rows)
        ]

    return minimal_row_kinds(tuple(takes), shows), trials


@pytest.mark.parametrize("trouble", [ROLLBACK, FORWARD, LOST, ELSEWHERE])
@pytest.mark.parametrize("least", ROW_KINDS)
def test_the_fewest_are_found(trouble: SymptomKey, least: Rows) -> None:
    """Whatever it takes is found, in three trials at the most and none of them twice."""
    if trouble == FORWARD and least == "new":
        least = "edge"
    found, trials = search({trouble: least})
    assert found == {trouble: least}
    assert len(trials) == len(set(trials)) <= 3


@pytest.mark.parametrize(
    ("trouble", "least", "trials"),
    [
        (ROLLBACK, "new", ["edge"]),
        (ROLLBACK, "none", ["edge", "none"]),
        (LOST, "typical", ["typical", "none"]),
    ],
)
def test_the_usual_takes_few_trials(trouble: SymptomKey, least: Rows, trials: list[Rows]) -> None:
    """New rows that block a rollback, one that always fails and typical rows lost are soon known."""
    assert search({trouble: least})[1] == trials


@pytest.mark.parametrize(
    ("least", "expected"),
    [("none", ["none"]), ("typical", ["none", "edge", "typical"]), ("new", ["none", "edge"])],
)
def test_what_no_database_refused(least: Rows, expected: list[Rows]) -> None:
    """A migration's own code that raises mostly does so without any row; else it is one trial more."""
    trials: list[Rows] = []

    def shows(rows: Rows) -> list[SymptomKey]:
        trials.append(rows)
        return [ROLLBACK] if ROW_KINDS.index(least) <= ROW_KINDS.index(rows) else []

    assert minimal_row_kinds((ROLLBACK,), shows, refused=False) == {ROLLBACK: least}
    assert trials == expected


def test_several_share_their_trials() -> None:
    """One trial tells of every trouble; each has its own fewest rows."""
    takes: dict[SymptomKey, Rows] = {LOST: "typical", ELSEWHERE: "none"}
    found, trials = search(takes)
    assert found == takes
    assert trials == ["typical", "none"]


def test_what_is_not_seen_again_took_all_rows() -> None:
    """A trouble that no trial shows needed the rows that only the real cycle had."""
    found = minimal_row_kinds((ROLLBACK, FORWARD), lambda rows: ())
    assert found == {ROLLBACK: "new", FORWARD: "edge"}


def test_new_rows_are_not_blamed_for_what_old_ones_did() -> None:
    """Values lost where new rows lose none by themselves are those of rows that earlier targets had left.

    What comes out otherwise the second time may take both: there are new rows between the two.
    """
    trials: list[Rows] = []

    def shows(rows: Rows) -> list[SymptomKey]:
        trials.append(rows)
        return []

    assert minimal_row_kinds((LOST, ELSEWHERE), shows) == {LOST: "edge", ELSEWHERE: "new"}
    assert trials == ["typical", "edge", "new"]


@pytest.mark.parametrize("trouble", [ROLLBACK, LOST, ELSEWHERE])
@pytest.mark.parametrize("least", ROW_KINDS_WITHOUT_EDGE)
def test_without_edge_rows(trouble: SymptomKey, least: Rows) -> None:
    """Where edge rows keep the target from being applied, nothing is tried with them."""
    trials: list[Rows] = []

    def shows(rows: Rows) -> list[SymptomKey]:
        trials.append(rows)
        return [trouble] if ROW_KINDS_WITHOUT_EDGE.index(least) <= ROW_KINDS_WITHOUT_EDGE.index(rows) else []

    assert minimal_row_kinds([trouble], shows, ROW_KINDS_WITHOUT_EDGE) == {trouble: least}
    assert "edge" not in trials


def test_no_trouble_takes_no_trial() -> None:
    """Where nothing was wrong nothing is tried."""
    assert search({}) == ({}, [])
