"""Values put in place of others: many rows come out as rows that are kept whole do."""

from __future__ import annotations

from array import array
from random import Random

import pytest

from django_switchback.worker.compare.side_effects import apply_side_effects
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.compare.unwind_losses import UnwindSnapshots, unwind_losses
from django_switchback.worker.snapshot.compare_rows import compare_rows
from django_switchback.worker.snapshot.interface import RowKey, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.disk_columns import TextColumn
from django_switchback.worker.snapshot.large_tables.hashed_rows import (
    HashedRows,
    text_id,
    with_equal_key_types,
)

from ..support import in_small_portions

COLUMNS = ("id", "a", "b")


@pytest.fixture(autouse=True, params=[2, 8192], ids=["small portions", "one portion"])
def portion(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few rows be many portions, or one."""
    in_small_portions(monkeypatch, request.param)


def some_rows(chance: Random, most: int = 5) -> dict[RowKey, RowTexts]:
    """Return up to ``most`` rows with few values, so that many are alike."""
    keys = sorted(chance.sample(range(1, most + 1), chance.randint(2, most)))
    return {
        (str(key),): {"id": str(key), **{name: chance.choice((None, "x", "y")) for name in "ab"}}
        for key in keys
    }


def both(rows: dict[RowKey, RowTexts]) -> tuple[Snapshot, Snapshot]:
    """Return a moment of one table, once whole and once as hashes."""
    ids = array("q", (int(key[0] or "") for key in rows))
    hashes = [
        array("q", (0 if row[name] is None else sum(map(ord, row[name] or "")) for row in rows.values()))
        for name in COLUMNS
    ]
    many = HashedRows.of(COLUMNS, [(ids, hashes)], rows)
    kept = [{"t": TableRows(("id",), COLUMNS, content)} for content in (rows, many)]
    whole, bulk = (Snapshot({}, content, content, {}) for content in kept)
    return whole, bulk._replace(bulk=True)


def test_what_was_rewound() -> None:
    """A way down and up is judged alike, rows deleted and values left alone included."""
    for chance in map(Random, range(200)):
        passages = [both(some_rows(chance)) for _ in range(4)]
        bounds = both(some_rows(chance))
        whole, bulk = (
            unwind_losses(UnwindSnapshots(*(passage[at] for passage in passages)), bounds[at]).rows
            for at in (0, 1)
        )  # fmt: skip
        assert [
            (difference.lost, difference.added, difference.changed, difference.columns) for difference in bulk
        ] == [
            (difference.lost, difference.added, difference.changed, difference.columns)
            for difference in whole
        ]


def test_what_was_rewritten() -> None:
    """Values that were written along with new rows are taken over alike."""
    for chance in map(Random, range(200)):
        moments = [both(some_rows(chance)) for _ in range(3)]
        whole, bulk = (
            apply_side_effects(*(moment[at] for moment in moments)).rows["t"].rows for at in (0, 1)
        )
        assert isinstance(bulk, HashedRows)
        assert bulk == both(dict(whole))[1].rows["t"].rows


def test_what_differs() -> None:
    """Rows that are lost, added and changed are told alike, with the same examples; some are ignored."""
    for chance in map(Random, range(100)):
        befores, afters = (both(some_rows(chance, chance.choice((5, 40)))) for _ in range(2))
        ours = {"t": {(str(chance.randint(1, 40)),) for _ in range(5)}}
        whole, bulk = (
            compare_rows(before.rows, after.rows, ignore_added=ours)
            for before, after in zip(befores, afters, strict=True)
        )
        assert whole == bulk


def test_keys_that_became_texts() -> None:
    """A number is found again as its text, in whatever order the texts are."""
    for chance in map(Random, range(50)):
        befores, afters = (both(some_rows(chance, 30)) for _ in range(2))
        rows = afters[1].rows["t"].rows
        assert isinstance(rows, HashedRows)
        _, texts = with_equal_key_types(
            HashedRows.of(COLUMNS, [([text_id(("x",))], [array("q", [1])] * 3)], {}), rows
        )
        assert isinstance(texts.ids, TextColumn)
        named = {"t": afters[1].rows["t"]._replace(rows=texts)}
        (whole,), (bulk,) = (
            compare_rows(befores[0].rows, afters[0].rows),
            compare_rows(befores[1].rows, named),
        )
        assert (whole.lost, whole.added, whole.changed) == (bulk.lost, bulk.added, bulk.changed)
