"""Values put in place of others: many rows come out as rows that are kept whole do."""

from __future__ import annotations

from array import array
from random import Random

import pytest

from django_switchback.worker.moment import Moment, Passage, rewound
from django_switchback.worker.rewritten import rewritten
from django_switchback.worker.snapshot.bulk import BulkRows
from django_switchback.worker.snapshot.interface import Row, RowKey, TableRows

COLUMNS = ("id", "a", "b")


def some_rows(chance: Random) -> dict[RowKey, Row]:
    """Return up to five rows with few values, so that many are alike."""
    keys = sorted(chance.sample(range(1, 6), chance.randint(2, 5)))
    return {
        (str(key),): {"id": str(key), **{name: chance.choice((None, "x", "y")) for name in "ab"}}
        for key in keys
    }


def both(rows: dict[RowKey, Row]) -> tuple[Moment, Moment]:
    """Return a moment of one table, once whole and once as hashes."""
    ids = array("q", (int(key[0] or "") for key in rows))
    hashes = {
        name: array(
            "q", (0 if row[name] is None else sum(map(ord, row[name] or "")) for row in rows.values())
        )
        for name in COLUMNS
    }
    many = BulkRows(ids, hashes, rows)
    kept = [{"t": TableRows(("id",), COLUMNS, content)} for content in (rows, many)]
    whole, bulk = (Moment({}, content, content, {}) for content in kept)
    return whole, bulk._replace(bulk=True)


@pytest.mark.parametrize("seed", range(200))
def test_what_was_rewound(seed: int) -> None:
    """A way down and up is judged alike, rows deleted and values left alone included."""
    chance = Random(seed)
    passages = [both(some_rows(chance)) for _ in range(4)]
    bounds = both(some_rows(chance))
    whole, bulk = (
        rewound(Passage(*(one[at] for one in passages)), bounds[at]).rows for at in (0, 1)
    )  # fmt: skip
    assert [(one.lost, one.added, one.changed, one.columns) for one in bulk] == [
        (one.lost, one.added, one.changed, one.columns) for one in whole
    ]


@pytest.mark.parametrize("seed", range(200))
def test_what_was_rewritten(seed: int) -> None:
    """Values that were written along with new rows are taken over alike."""
    chance = Random(seed)
    moments = [both(some_rows(chance)) for _ in range(3)]
    whole, bulk = (rewritten(*(one[at] for one in moments)).rows["t"].rows for at in (0, 1))
    assert isinstance(bulk, BulkRows)
    assert bulk == both(dict(whole))[1].rows["t"].rows
