"""Rows of tables too large for memory: keys and one hash per value on disk, values of few rows."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple, TypeAlias

from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.disk_columns import (
    CHUNK_ITEMS,
    ColumnWriter,
    DiskColumn,
    NumberColumn,
    TextColumn,
)
from django_switchback.worker.snapshot.large_tables.sorting import Chunk, sorted_rows

MAX_KNOWN_VALUES = 2_500
"""Rows at either end, in key order, whose values are kept as well: the first rows include originals of all
copies, the last rows the ones written last."""
NULL_HASH = 0
"""The hash of null."""

Ids: TypeAlias = DiskColumn[int] | DiskColumn[str]
"""Distinct keys in ascending order: integers as such, other keys as JSON arrays of text."""
SomeIds: TypeAlias = Any
"""A part of the keys: an array or a list."""
Hashes: TypeAlias = Mapping[str, DiskColumn[int]]


class HashedRows(Mapping[RowKey, RowTexts]):
    """Rows by key, as a mapping to hashes that can only be compared for equality.

    ``known`` has the actual values of some rows; nothing of the other rows is in memory.
    """

    __slots__ = ("hashes", "ids", "known")

    def __init__(self, ids: Ids, hashes: Hashes, known: Mapping[RowKey, RowTexts]) -> None:
        self.ids = ids
        self.hashes = hashes
        self.known = known

    @classmethod
    def of(
        cls, columns: Iterable[str], chunks: Iterable[Chunk], known: Mapping[RowKey, RowTexts]
    ) -> HashedRows:
        """Return the rows of ``chunks``, which are of any length and in key order."""
        ids: ColumnWriter[Any] | None = None
        hashes = {column: ColumnWriter(NumberColumn) for column in columns}
        for ids_part, values in chunks:
            ids = ids or ColumnWriter(NumberColumn if isinstance(ids_part, array) else TextColumn)
            ids.add(ids_part)
            for writer, items in zip(hashes.values(), values, strict=True):
                writer.add(items)
        columns_by_name = {column: writer.done() for column, writer in hashes.items()}
        return cls(NumberColumn() if ids is None else ids.done(), columns_by_name, known)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[RowKey]:
        return map(key_of, self.ids)

    def __contains__(self, key: object) -> bool:
        return self.position(key) is not None

    def __getitem__(self, key: RowKey) -> RowTexts:
        position = self.position(key)
        if position is None:
            raise KeyError(key)
        return {name: hash_as_text(values[position]) for name, values in self.hashes.items()}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HashedRows):
            return NotImplemented
        return self.ids == other.ids and self.hashes == other.hashes

    def keys(self) -> HashedKeys:
        """Return the keys as a set with fast comparison."""
        return HashedKeys(self)

    def position(self, key: object) -> int | None:
        """Return the position of the row with ``key``, ``None`` if there is no such row."""
        row_id: Any = (
            id_of(key, numeric=isinstance(self.ids, NumberColumn)) if isinstance(key, tuple) else None
        )
        number = -1 if row_id is None else bisect_right(self.ids.firsts, row_id) - 1
        if number < 0:
            return None
        chunk: Sequence[Any] = self.ids.chunk(number)
        index = bisect_left(chunk, row_id)
        return number * CHUNK_ITEMS + index if index < len(chunk) and chunk[index] == row_id else None

    def each(self, columns: Collection[str]) -> Iterator[tuple[int, ...]]:
        """Yield the hashes of each row in ``columns``."""
        values = (self.hashes[column] for column in columns)
        return zip(*values, strict=True) if columns else repeat((), len(self))

    def cut(self, columns: Iterable[str], keys: Collection[RowKey]) -> HashedRows:
        """Return only the rows of ``keys``, with only ``columns``."""
        hashes = {column: self.hashes[column] for column in columns}
        known = {key: {name: row[name] for name in hashes} for key, row in self.known.items() if key in keys}
        if isinstance(keys, HashedKeys) and keys.rows.ids == self.ids:
            return HashedRows(self.ids, hashes, known)
        return HashedRows.of(hashes, self._chunks(hashes, keys), known)

    def _chunks(self, columns: Collection[str], keys: Collection[RowKey]) -> Iterator[Chunk]:
        other_rows = keys.rows if isinstance(keys, HashedKeys) else NO_ROWS
        for ours, theirs in zip_windows(self, other_rows):
            selected = set(theirs.ids)
            if isinstance(keys, HashedKeys):
                positions = [at for at, ids in enumerate(ours.ids) if ids in selected]
            else:
                positions = [at for at, ids in enumerate(ours.ids) if key_of(ids) in keys]
            yield pick(ours.ids, positions), [pick(ours.values(column), positions) for column in columns]


class HashedKeys(KeysView[RowKey]):
    """The keys of hashed rows as a set."""

    def __init__(self, rows: HashedRows) -> None:
        super().__init__(rows)
        self.rows = rows

    def __eq__(self, other: object) -> bool:
        if isinstance(other, HashedKeys) and type(self.rows.ids) is type(other.rows.ids):
            return self.rows.ids == other.rows.ids
        return super().__eq__(other)

    def __sub__(self, other: Iterable[object]) -> set[RowKey]:
        if not isinstance(other, HashedKeys):
            other_keys = other if isinstance(other, Collection) else set(other)
            return {key for key in self if key not in other_keys}
        if self.rows.ids == other.rows.ids:
            return set()
        windows = ((ours.ids, set(theirs.ids)) for ours, theirs in zip_windows(self.rows, other.rows))
        return {key_of(row_id) for ids, other_keys in windows for row_id in ids if row_id not in other_keys}


class RowWindow(NamedTuple):
    """Consecutive rows: their keys, and the position of the first row."""

    rows: HashedRows
    start: int
    ids: SomeIds

    def values(self, column: str) -> array[int]:
        """Return the hashes of the rows in ``column``."""
        return array("q", self.rows.hashes[column][self.start : self.start + len(self.ids)])

    def values_of(self, ids: SomeIds, column: str) -> Sequence[int | None]:
        """Return the hashes of the rows of ``ids``; ``None`` where the row or column does not exist."""
        if column not in self.rows.hashes:
            return [None] * len(ids)
        if ids == self.ids:
            return self.values(column)
        hash_by_id = dict(zip(self.ids, self.values(column), strict=True))
        return [hash_by_id.get(row_id) for row_id in ids]


def zip_windows(*row_sets: HashedRows) -> Iterator[tuple[RowWindow, ...]]:
    """Yield windows over the same key range of each row set, in key order."""
    row_sets = with_equal_key_types(*row_sets)
    positions = [0] * len(row_sets)
    while any(at < len(rows) for rows, at in zip(row_sets, positions, strict=True)):
        ids: list[Any] = [
            rows.ids[at : at + CHUNK_ITEMS] for rows, at in zip(row_sets, positions, strict=True)
        ]
        last_ids = [
            ids_part[-1]
            for rows, at, ids_part in zip(row_sets, positions, ids, strict=True)
            if at + CHUNK_ITEMS < len(rows)
        ]
        if last_ids:
            ids = [ids_part[: bisect_right(ids_part, min(last_ids))] for ids_part in ids]
        yield tuple(map(RowWindow, row_sets, positions, ids))
        positions = [at + len(ids_part) for at, ids_part in zip(positions, ids, strict=True)]


def with_equal_key_types(*row_sets: HashedRows) -> tuple[HashedRows, ...]:
    """Return all row sets with keys of one type; integers become text if any set has text keys."""
    if len({type(rows.ids) for rows in row_sets}) < 2:
        return row_sets
    return tuple(map(_with_texts, row_sets))


def _with_texts(rows: HashedRows) -> HashedRows:
    if not isinstance(rows.ids, NumberColumn):
        return rows
    if not rows:
        return HashedRows(TextColumn(), rows.hashes, rows.known)
    content = zip(map(text_id, rows), rows.each(rows.hashes), strict=True)
    return HashedRows.of(rows.hashes, sorted_rows(content, len(rows.hashes)), rows.known)


def pick(items: Any, positions: Iterable[int]) -> Any:
    """Return the items at ``positions``, as an array or a list like ``items``."""
    picked = map(items.__getitem__, positions)
    return array("q", picked) if isinstance(items, array) else list(picked)


def key_of(number: int | str) -> RowKey:
    """Return the key in the form used for rows kept whole."""
    return (str(number),) if isinstance(number, int) else tuple(json.loads(number))


def id_of(key: RowKey, *, numeric: bool) -> int | str | None:
    """Return the stored form of a key; ``None`` if no row can have it."""
    if not numeric:
        return text_id(key)
    try:
        return int(key[0] or "") if len(key) == 1 else None
    except ValueError:
        return None


def text_id(key: Sequence[str | None]) -> str:
    """Return the stored form of a key that is not a single integer."""
    return json.dumps(key, ensure_ascii=False)


def hash_as_text(value: int) -> str | None:
    """Return a hash as a value of a row."""
    return None if value == NULL_HASH else f"{value:x}"


def number_duplicates(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Yield ``chunks`` of rows without a key, with equal ids incremented to be distinct."""
    last: int | None = None
    for ids, hashes in chunks:
        numbered = array("q")
        for number in ids:
            last = int(number) if last is None or int(number) > last else last + 1
            numbered.append(last)
        yield numbered, hashes


def choose_rows(rows: RowSet, keys: Mapping[str, Collection[RowKey]]) -> RowSet:
    """Return ``rows`` with only ``keys`` and their values for tables kept as hashes.

    These values must be known, except for duplicates in a table without a key. Other tables are unchanged.
    """
    return {table: _chosen(content, keys.get(table, ())) for table, content in rows.items()}


def _chosen(content: TableRows, keys: Collection[RowKey]) -> TableRows:
    rows = content.rows
    if not isinstance(rows, HashedRows):
        return content
    return content._replace(rows={key: rows.known[key] for key in keys if key in rows and key in rows.known})


def hashed_rows_of(content: TableRows | None) -> HashedRows:
    """Return the hashed rows of a table; empty if ``content`` is ``None``.

    Raises ``TypeError`` for rows kept whole: a hash is never compared with a value.
    """
    if content is None:
        return NO_ROWS
    if not isinstance(content.rows, HashedRows):
        raise TypeError(content.rows)
    return content.rows


NO_ROWS = HashedRows(NumberColumn(), {}, {})


def is_same(first: TableRows, second: TableRows) -> bool:
    """Return whether two tables hold the same rows, as far as that is quick: hashed rows are not compared."""
    if isinstance(first.rows, HashedRows) or isinstance(second.rows, HashedRows):
        return first.rows is second.rows
    return first == second
