"""Sequences in files: they are what lists are, take the room that they need and no more."""

from __future__ import annotations

import os
import subprocess
import sys
from array import array
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_switchback.worker.snapshot.large_tables import disk_columns, sorting
from django_switchback.worker.snapshot.large_tables.disk_columns import (
    CHUNK_ITEMS,
    DiskColumn,
    NumberColumn,
    TextColumn,
)
from django_switchback.worker.snapshot.large_tables.hashed_rows import (
    HashedRows,
    number_duplicates,
    text_id,
    zip_windows,
)

from ..support import in_small_portions

WHOLE = st.integers(-(2**63), 2**63 - 1)


def numbers(items: list[int]) -> DiskColumn[int]:
    """Keep ``items``, given as two portions."""
    half = len(items) // 2
    return NumberColumn.of(array("q", some) for some in (items[:half], items[half:]))


SIZES = pytest.mark.parametrize(
    "size", [0, 1, CHUNK_ITEMS - 1, CHUNK_ITEMS, CHUNK_ITEMS + 1, 3 * CHUNK_ITEMS + 5]
)


@SIZES
def test_numbers_as_a_list(size: int) -> None:
    """Whole numbers are kept as they are."""
    chance = Random(size)
    items = [chance.randrange(-(2**63), 2**63) for _ in range(size)]
    assert_as_list(numbers(items), items)
    assert numbers(items) != numbers([*items, 0])


@SIZES
def test_texts_as_a_list(size: int) -> None:
    """Texts are kept as they are."""
    items = [f"{at} ä \ud800" for at in range(size)]
    assert_as_list(TextColumn.of([items[:7], items[7:]]), items)
    assert (
        TextColumn.of([items])
        == TextColumn.of([items[:9], items[9:]])
        != TextColumn.of([[*items, "one more"]])
    )


def assert_as_list(kept: DiskColumn[Any], items: list[Any]) -> None:
    """Length, items, slices and counts are those of a list, wherever portions meet."""
    chance = Random(0)
    assert len(kept) == len(items)
    assert list(kept) == items
    for _ in range(50):
        start, stop = sorted(chance.choices(range(len(items) + 9), k=2))
        assert list(kept[start:stop]) == items[start:stop]
    assert all(kept[at] == items[at] for at in range(-len(items), len(items), 997))
    assert kept.count(items[-1] if items else 0) == min(len(items), 1)
    assert list(kept.firsts) == items[::CHUNK_ITEMS]
    with pytest.raises(IndexError):
        kept[len(items)]


@given(st.lists(WHOLE), st.lists(WHOLE))
def test_equal_where_lists_are(ours: list[int], theirs: list[int]) -> None:
    """Two are equal where the lists are, though neither is read for it."""
    assert (numbers(ours) == numbers(theirs)) == (ours == theirs)


def test_room_is_taken_once_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is equal takes no room again, and what nobody needs any more is written over."""
    store = disk_columns._BlockStore()
    monkeypatch.setattr(disk_columns, "_STORE", store)
    chance = Random(1)
    held = some = numbers([chance.getrandbits(60) for _ in range(20 * CHUNK_ITEMS)])
    content = list(held)
    again = numbers(content)
    assert again == held
    assert store._slots - len(store._free) == 20
    for _ in range(9):
        some = numbers([chance.getrandbits(60) for _ in range(20 * CHUNK_ITEMS)])
        assert list(some[:9]) != content[:9]
    assert store._slots <= 128
    assert list(again) == content


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    """The files have no names, and are there although every descriptor was closed."""
    code = f"""
        import os, pathlib
        from array import array
        from django_switchback.worker.snapshot.large_tables.disk_columns import NumberColumn
        some = NumberColumn.of([array("q", range(100000))])
        os.closerange(3, 2048)
        other = NumberColumn.of([array("q", range(7, 300000))])
        assert list(some) == list(range(100000)) and list(other) == list(range(7, 300000))
        assert not list(pathlib.Path({str(tmp_path)!r}).iterdir())
    """
    environ = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", "if 1:" + code], env=environ, check=False)
    assert ended.returncode == 0


@given(st.dictionaries(st.text() | WHOLE, st.tuples(WHOLE, WHOLE)))
def test_sorted_on_disk(rows: dict[str | int, tuple[int, int]]) -> None:
    """Keys come in the order that Python sorts them in, each with what belongs to it."""
    for kind in (int, str):
        ours = {key: of for key, of in rows.items() if isinstance(key, kind) and key != ""}
        found = list(sorting.sorted_rows(iter(ours.items()), 2))
        assert [key for ids, _ in found for key in ids] == sorted(ours)
        assert {key: of for ids, of in found for key, *of in zip(ids, *of, strict=True)} == {
            key: list(of) for key, of in ours.items()
        }


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_counted_on_disk(ours: list[int], theirs: list[int]) -> None:
    """What is more often on one side is told with its number."""
    counts = Counter(ours)
    counts.subtract(theirs)
    assert dict(sorting.excess_rows(ours, theirs)) == {
        number: more for number, more in counts.items() if more
    }


@given(st.lists(st.sets(st.integers(0, 60)), min_size=1, max_size=4), st.sets(st.integers(0, 3)))
def test_windows_have_all_that_is_equal(several: list[set[int]], texts: set[int]) -> None:
    """Each row is in one window, together with those of the same key, whatever the type of the keys."""
    with pytest.MonkeyPatch.context() as patch:
        in_small_portions(patch, 4)
        rows = [keyed(keys, as_text=at in texts) for at, keys in enumerate(several)]
        windows = list(zip_windows(*rows))
    found = [[set(map(str, window.ids)) for window in some] for some in windows]
    for at, keys in enumerate(several):
        assert sum(len(some[at].ids) for some in windows) == len(keys)
    seen: set[str] = set()
    for some in found:
        here = set().union(*some)
        assert not here & seen
        assert all(len(ids) <= 4 for ids in some)
        seen |= here


def keyed(keys: set[int], *, as_text: bool) -> HashedRows:
    """Return rows of ``keys``, each with the hash of its key."""
    if as_text:
        names = sorted((text_id((str(key),)), key) for key in keys)
        return HashedRows.of("a", [([text], [array("q", [key])]) for text, key in names], {})
    held = array("q", sorted(keys))
    return HashedRows.of("a", [(held, [held])], {})


def test_equal_rows_are_told_apart() -> None:
    """Rows of a table without a key that are equal have numbers of their own, the same each time."""
    found = number_duplicates([(array("q", [-3, -3, 5]), []), (array("q", [5, 5, 6, 9]), [])])
    assert [list(ids) for ids, _ in found] == [[-3, -2, 5], [6, 7, 8, 9]]
