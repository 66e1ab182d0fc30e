"""Compares the hashed rows of two snapshots, column by column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Literal

from django_switchback.evidence import RowDifference, RowExample
from django_switchback.worker.snapshot.interface import RowKey, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import (
    NULL_HASH,
    HashedRows,
    RowWindow,
    hashed_rows_of,
    key_of,
    with_equal_key_types,
    zip_windows,
)
from django_switchback.worker.snapshot.large_tables.sorting import excess_rows

MAX_EXAMPLES = 3
"""Examples per kind of change, as for tables whose rows are kept whole."""


class _CountedPositions:
    """Counts rows and remembers the positions of a few: those of ``keys`` if any, else the first."""

    def __init__(self, rows: HashedRows, keys: Iterable[RowKey]) -> None:
        self.count = 0
        self._rows = rows
        self._keys = keys
        self._first: list[int] = []
        self._preferred: list[int] = []

    def add(self, positions: Sequence[int]) -> None:
        """Count the rows of ``positions``, which follow all earlier ones."""
        self.count += len(positions)
        self._first += positions[: MAX_EXAMPLES - len(self._first)]
        if positions and len(self._preferred) < MAX_EXAMPLES:
            self._preferred += [position for position in positions if position in self._positions]

    @property
    def examples(self) -> list[int]:
        """The positions of the example rows."""
        return self._preferred[:MAX_EXAMPLES] or self._first

    @cached_property
    def _positions(self) -> Collection[int | None]:
        return set(map(self._rows.position, self._keys))


def compare_hashed(
    table: str, old: TableRows, new: TableRows, columns: tuple[str, ...], ignored: Collection[RowKey]
) -> RowDifference | None:
    """Return the differences of one table in ``columns``; rows of ``ignored`` are not ``added``.

    Rows are matched by the values of the primary key; if the number of key columns changed, by all values, as
    without a key. Examples show values only of the rows whose values are known.
    """
    before, after = with_equal_key_types(hashed_rows_of(old), hashed_rows_of(new))
    if not old.key or len(old.key) != len(new.key):
        return _by_values(table, before, after, columns)
    lost, added = _CountedPositions(before, before.known), _CountedPositions(after, after.known)
    changed = _CountedPositions(before, before.known.keys() & after.known.keys())
    differing = _count_differences(before, after, columns, ignored, (lost, added, changed))
    if not (lost.count or added.count or changed.count):
        return None
    examples = (
        *(_example("lost", old.key, before, position, columns) for position in lost.examples),
        *(_example("added", new.key, after, position, columns) for position in added.examples),
        *(_changed(old.key, before, after, position, columns) for position in changed.examples),
    )
    return RowDifference(table, lost.count, added.count, changed.count, tuple(sorted(differing)), examples)


def _count_differences(
    before: HashedRows,
    after: HashedRows,
    columns: tuple[str, ...],
    ignored: Collection[RowKey],
    counters: tuple[_CountedPositions, _CountedPositions, _CountedPositions],
) -> set[str]:
    """Count lost, added and changed rows; return the columns that differ."""
    lost, added, changed = counters
    same = before.ids == after.ids
    compared = [column for column in columns if not (same and before.hashes[column] == after.hashes[column])]
    ignored_positions = set(map(after.position, ignored))
    differing: set[str] = set()
    if same and not compared:
        return differing
    for ours, theirs in zip_windows(before, after):
        left, right = _pairs(ours, theirs)
        lost.add(_unpaired(ours, left))
        added.add([position for position in _unpaired(theirs, right) if position not in ignored_positions])
        flags = bytearray(len(left))
        differing.update(column for column in compared if _differs(ours, theirs, column, left, right, flags))
        changed.add([ours.start + position for position, flag in zip(left, flags, strict=True) if flag])
    return differing


def _pairs(ours: RowWindow, theirs: RowWindow) -> tuple[Sequence[int], Sequence[int]]:
    """Return the positions in both windows of their common rows, in the same order."""
    if ours.ids == theirs.ids:
        return range(len(ours.ids)), range(len(theirs.ids))
    positions = {ids: index for index, ids in enumerate(theirs.ids)}
    left = [index for index, ids in enumerate(ours.ids) if ids in positions]
    return left, [positions[ours.ids[index]] for index in left]


def _unpaired(window: RowWindow, paired: Sequence[int]) -> Sequence[int]:
    """Return the positions, in the whole table, of the rows that are not ``paired``."""
    if len(paired) == len(window.ids):
        return ()
    paired_set = set(paired)
    return [window.start + index for index in range(len(window.ids)) if index not in paired_set]


def _differs(
    ours: RowWindow,
    theirs: RowWindow,
    column: str,
    left: Sequence[int],
    right: Sequence[int],
    flags: bytearray,
) -> bool:
    """Flag the pairs that differ in ``column``; return whether there are any."""
    before, after = ours.values(column), theirs.values(column)
    if left == right and before == after:
        return False
    differs = False
    for index, (number, other) in enumerate(zip(left, right, strict=True)):
        if before[number] != after[other]:
            flags[index] = differs = True
    return differs


def _example(
    change: Literal["lost", "added"],
    names: tuple[str, ...],
    rows: HashedRows,
    position: int,
    columns: tuple[str, ...],
) -> RowExample:
    key = key_of(rows.ids[position])
    row = rows.known.get(key, {})
    values = {column: row[column] for column in columns if column in row}
    key_by_column = dict(zip(names, key, strict=True))
    return RowExample(
        change,
        key_by_column,
        before=values if change == "lost" else {},
        after={} if change == "lost" else values,
    )


def _changed(
    names: tuple[str, ...], before: HashedRows, after: HashedRows, position: int, columns: tuple[str, ...]
) -> RowExample:
    key = key_of(before.ids[position])
    ours, theirs = before[key], after[key]
    differing = tuple(name for name in columns if ours[name] != theirs[name])
    sides = [
        {name: row[name] for name in differing if name in row}
        for row in (before.known.get(key, {}), after.known.get(key, {}))
    ]
    return RowExample("changed", dict(zip(names, key, strict=True)), differing, *sides)


def _by_values(
    table: str, before: HashedRows, after: HashedRows, columns: tuple[str, ...]
) -> RowDifference | None:
    known_hashes: tuple[dict[RowKey, int], dict[RowKey, int]] = {}, {}
    counts, excess_values = [0, 0], (set[int](), set[int]())
    known_values: list[set[int]] = []
    for value, more in excess_rows(
        _rows(before, columns, known_hashes[0]), _rows(after, columns, known_hashes[1])
    ):
        known_values = known_values or [
            set(values_by_key.values()) for values_by_key in known_hashes
        ]  # which the first value comes after
        side = int(more < 0)
        counts[side] += abs(more)
        if value in known_values[side]:
            excess_values[side].add(value)
    if not any(counts):
        return None
    examples = (
        *_examples_by_value("lost", before, known_hashes[0], excess_values[0], columns),
        *_examples_by_value("added", after, known_hashes[1], excess_values[1], columns),
    )
    return RowDifference(table, lost=counts[0], added=counts[1], examples=examples)


def _rows(rows: HashedRows, columns: tuple[str, ...], known_hashes: dict[RowKey, int]) -> Iterator[int]:
    """Yield a hash of each row, and record the hashes of rows with known values."""
    positions = {rows.position(key): key for key in rows.known}
    for position, value in enumerate(map(hash, rows.each(columns))):
        if position in positions:
            known_hashes[positions[position]] = value
        yield value


def _examples_by_value(
    change: Literal["lost", "added"],
    rows: HashedRows,
    known_hashes: Mapping[RowKey, int],
    excess_values: Collection[int],
    columns: tuple[str, ...],
) -> Iterator[RowExample]:
    """Yield examples of rows without a key, with all their values."""
    examples = (row for key, row in rows.known.items() if known_hashes.get(key) in excess_values)
    for row in islice(examples, MAX_EXAMPLES):
        values = {name: row[name] for name in columns}
        yield RowExample(
            change, {}, before=values if change == "lost" else {}, after={} if change == "lost" else values
        )


def dropped_hashed(table: str, columns: tuple[str, ...], old: TableRows) -> RowDifference:
    """Return the values lost with ``columns``, or the rows lost with the whole table if it is empty."""
    rows = hashed_rows_of(old)
    lost = len(rows) - sum(rows.hashes[column].count(NULL_HASH) for column in columns)
    filled = [
        (key, row) for key, row in rows.known.items() if all(row[column] is not None for column in columns)
    ]
    examples = tuple(
        RowExample(
            "lost",
            dict(zip(old.key, key, strict=True)) if old.key else {},
            columns,
            {name: row[name] for name in columns or old.columns},
        )
        for key, row in sorted(filled, key=lambda item: rows.position(item[0]) or 0)[:MAX_EXAMPLES]
    )
    return RowDifference(table, lost=lost, columns=columns, examples=examples)
