"""The rows of a table that has too many to be kept: a key and a hash a column of each, values of a few."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping, Sequence
from typing import TypeAlias

from django_switchback.worker.snapshot.interface import Row, RowKey, RowSet, TableRows

KNOWN = 2_500
"""Of so many rows at either end, in the order of keys, the values are kept as well: copies of every row that
was multiplied are among the first ones, what was written last among the last."""
NULL = 0
"""The hash of nothing."""

Ids: TypeAlias = "array[int] | tuple[str, ...]"
"""Keys in ascending order: whole numbers as such, others as JSON arrays of text."""
Hashes: TypeAlias = Mapping[str, "array[int]"]


class BulkRows(Mapping[RowKey, Row]):
    """Rows by key, as a mapping whose values only tell whether two are equal.

    ``known`` has the true values of some of them. A key takes eight bytes if it is a number, and so does each
    column, whatever is in it.
    """

    __slots__ = ("hashes", "ids", "known")

    def __init__(self, ids: Ids, hashes: Hashes, known: Mapping[RowKey, Row]) -> None:
        self.ids = ids
        self.hashes = hashes
        self.known = known

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[RowKey]:
        return map(key_of, self.ids)

    def __contains__(self, key: object) -> bool:
        return self.place(key) is not None

    def __getitem__(self, key: RowKey) -> Row:
        at = self.place(key)
        if at is None:
            raise KeyError(key)
        return {name: told(values[at]) for name, values in self.hashes.items()}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BulkRows):
            return NotImplemented
        return self.ids == other.ids and self.hashes == other.hashes

    __hash__ = None  # type: ignore[assignment] # as every mapping

    def keys(self) -> BulkKeys:
        """Return the keys as a set that is compared at once."""
        return BulkKeys(self)

    def place(self, key: object) -> int | None:
        """Return which row has ``key``."""
        wanted = id_of(key, numeric=isinstance(self.ids, array)) if isinstance(key, tuple) else None
        if wanted is None:
            return None
        at = bisect_left(self.ids, wanted)
        return at if at < len(self.ids) and self.ids[at] == wanted else None

    def cut(self, columns: Iterable[str], keys: Collection[RowKey]) -> BulkRows:
        """Return the rows of ``keys`` alone, with ``columns`` alone."""
        hashes = {column: self.hashes[column] for column in columns}
        known = {key: {name: row[name] for name in hashes} for key, row in self.known.items() if key in keys}
        if isinstance(keys, BulkKeys) and keys.ids == self.ids:
            return BulkRows(self.ids, hashes, known)
        if len(keys) < len(self):
            places = sorted(at for at in map(self.place, keys) if at is not None)
        else:
            places = [at for at, key in enumerate(self) if key in keys]
        return BulkRows(
            picked(self.ids, places),
            {name: array("q", map(values.__getitem__, places)) for name, values in hashes.items()},
            known,
        )


class BulkKeys(KeysView[RowKey]):
    """The keys of many rows."""

    def __init__(self, rows: BulkRows) -> None:
        super().__init__(rows)
        self.ids = rows.ids

    def __eq__(self, other: object) -> bool:
        if isinstance(other, BulkKeys) and type(self.ids) is type(other.ids):
            return self.ids == other.ids
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment] # as every set

    def __sub__(self, other: Iterable[object]) -> set[RowKey]:
        if isinstance(other, BulkKeys) and self.ids == other.ids:
            return set()
        held = other if isinstance(other, Collection) else set(other)
        return {key for key in self if key not in held}


def key_of(one: int | str) -> RowKey:
    """Return a key as rows that are kept whole have it."""
    return (str(one),) if isinstance(one, int) else tuple(json.loads(one))


def id_of(key: RowKey, *, numeric: bool) -> int | str | None:
    """Return a row's key as it is kept here; ``None`` where no row can have it."""
    if not numeric:
        return text_id(key)
    try:
        return int(key[0] or "") if len(key) == 1 else None
    except ValueError:
        return None


def text_id(key: Sequence[str | None]) -> str:
    """Return a key of any sort as it is kept here."""
    return json.dumps(key, ensure_ascii=False)


def picked(ids: Ids, places: Iterable[int]) -> Ids:
    """Return some of ``ids``."""
    if isinstance(ids, array):
        return array("q", map(ids.__getitem__, places))
    return tuple(map(ids.__getitem__, places))


def joined(ids: Ids, others: Ids) -> Ids:
    """Return both, as texts where one of them is."""
    if isinstance(ids, array) and isinstance(others, array):
        return ids + others
    return tuple(one if isinstance(one, str) else text_id(key_of(one)) for one in (*ids, *others))


def told(value: int) -> str | None:
    """Return a hash as something that can stand in a row."""
    return None if value == NULL else f"{value:x}"


def sorted_rows(ids: Ids, hashes: Hashes, known: Mapping[RowKey, Row]) -> BulkRows:
    """Return rows, given in any order, in the order of their keys."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    moved = {name: array("q", map(values.__getitem__, order)) for name, values in hashes.items()}
    return BulkRows(picked(ids, order), moved, known)


def sharing(now: RowSet, earlier: RowSet) -> RowSet:
    """Return ``now`` with the memory of ``earlier`` wherever both hold the same."""
    return {table: _shared(content, earlier.get(table)) for table, content in now.items()}


def _shared(now: TableRows, earlier: TableRows | None) -> TableRows:
    if earlier is None or not (isinstance(now.rows, BulkRows) and isinstance(earlier.rows, BulkRows)):
        return now
    ids = earlier.rows.ids if earlier.rows.ids == now.rows.ids else now.rows.ids
    held = earlier.rows.hashes
    hashes = {
        name: held[name] if name in held and held[name] == values else values
        for name, values in now.rows.hashes.items()
    }
    return now._replace(rows=BulkRows(ids, hashes, now.rows.known))


def chosen(rows: RowSet, keys: Mapping[str, Collection[RowKey]]) -> RowSet:
    """Return ``rows`` with those of ``keys`` alone, and their values, where there are too many to be kept.

    Those values must be known. Tables whose rows are kept are as they were.
    """
    return {table: _chosen(content, keys.get(table, ())) for table, content in rows.items()}


def _chosen(content: TableRows, keys: Collection[RowKey]) -> TableRows:
    rows = content.rows
    if not isinstance(rows, BulkRows):
        return content
    return content._replace(rows={key: rows.known[key] for key in keys if key in rows})


def bulk_of(content: TableRows | None) -> BulkRows:
    """Return the rows of a table of which there may be many; none where there is no such table.

    Raises ``TypeError`` where they are kept whole: a hash is never compared with a value.
    """
    if content is None:
        return BulkRows(array("q"), {}, {})
    if not isinstance(content.rows, BulkRows):
        raise TypeError(content.rows)
    return content.rows
