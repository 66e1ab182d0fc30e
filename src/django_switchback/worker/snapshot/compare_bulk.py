"""The differences between the many rows of two moments, column by column, by their hashes."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from django_switchback.evidence import RowDifference, RowExample
from django_switchback.worker.snapshot.bulk import NULL, BulkRows, Ids, bulk_of, key_of, sorted_rows, text_id
from django_switchback.worker.snapshot.interface import RowKey, TableRows

EXAMPLES = 3
"""As of tables whose rows are kept whole."""


class _Matched(NamedTuple):
    """Which rows of both sides have the same key, in their order, and which have no other."""

    before: Sequence[int]
    after: Sequence[int]
    lost: Sequence[int]
    added: Sequence[int]


def compare_bulk(
    table: str, old: TableRows, new: TableRows, columns: tuple[str, ...], ignored: Collection[RowKey]
) -> RowDifference | None:
    """Return how the rows of one table differ in ``columns``; rows of ``ignored`` are not ``added``.

    They are matched by the values of the primary key; where it has not as many columns as before, as without
    any key, by all values. Values are shown of the rows that have them kept, keys of all.
    """
    before, after = _alike(bulk_of(old), bulk_of(new))
    if not old.key or len(old.key) != len(new.key):
        return _by_values(table, before, after, columns)
    found = _matched(before.ids, after.ids)
    added = _not_ignored(after, found.added, ignored) if ignored else found.added
    flags = bytearray(len(found.before))
    differing = tuple(column for column in columns if _differs(before, after, column, found, flags))
    changed = flags.count(1)
    if not (found.lost or added or changed):
        return None
    examples = (
        *(_example("lost", old.key, before, after, at, columns) for at in _shown(before, found.lost)),
        *(_example("added", new.key, after, before, at, columns) for at in _shown(after, added)),
        *(
            _changed(old.key, before, after, found, at, differing)
            for at in _flagged(before, after, found, flags)
        ),
    )
    return RowDifference(
        table, len(found.lost), len(added), changed, tuple(sorted(differing)) if changed else (), examples
    )


def _alike(before: BulkRows, after: BulkRows) -> tuple[BulkRows, BulkRows]:
    """Return both with keys of one type: a number that became a text is the text of it."""
    if isinstance(before.ids, array) == isinstance(after.ids, array):
        return before, after
    return _with_texts(before), _with_texts(after)


def _with_texts(rows: BulkRows) -> BulkRows:
    if not isinstance(rows.ids, array):
        return rows
    return sorted_rows(tuple(text_id(key) for key in rows), rows.hashes, rows.known)


def _matched(before: Ids, after: Ids) -> _Matched:
    shared = min(len(before), len(after))
    if before[:shared] == after[:shared]:
        both = range(shared)
        return _Matched(both, both, range(shared, len(before)), range(shared, len(after)))
    left = right = 0
    pairs, others = (array("q"), array("q")), (array("q"), array("q"))
    while left < len(before) and right < len(after):
        ours, theirs = before[left], after[right]
        if ours == theirs:
            pairs[0].append(left)
            pairs[1].append(right)
        elif ours < theirs:  # type: ignore[operator] # of one type
            others[0].append(left)
        else:
            others[1].append(right)
        left, right = left + (ours <= theirs), right + (ours >= theirs)  # type: ignore[operator] # as above
    others[0].extend(range(left, len(before)))
    others[1].extend(range(right, len(after)))
    return _Matched(*pairs, *others)


def _not_ignored(after: BulkRows, added: Sequence[int], ignored: Collection[RowKey]) -> Sequence[int]:
    left_out = {after.place(key) for key in ignored} if len(ignored) <= len(added) else None
    if left_out is not None:
        return array("q", (at for at in added if at not in left_out))
    return array("q", (at for at in added if key_of(after.ids[at]) not in ignored))


def _differs(before: BulkRows, after: BulkRows, column: str, found: _Matched, flags: bytearray) -> bool:
    """Mark the matched rows that differ in ``column``; tell whether there is any."""
    ours, theirs = before.hashes[column], after.hashes[column]
    if ours is theirs and found.before == found.after:
        return False
    any_differs = False
    for at, (left, right) in enumerate(zip(found.before, found.after, strict=True)):
        if ours[left] != theirs[right]:
            flags[at] = 1
            any_differs = True
    return any_differs


def _shown(rows: BulkRows, places: Sequence[int]) -> list[int]:
    """Return the examples: those with their values kept if there are any, else the first ones."""
    wanted = set(places) if len(places) <= len(rows.known) else places
    kept = sorted(at for at in map(rows.place, rows.known) if at is not None and at in wanted)
    return kept[:EXAMPLES] or list(places[:EXAMPLES])


def _flagged(before: BulkRows, after: BulkRows, found: _Matched, flags: bytearray) -> list[int]:
    known = (at for at, place in enumerate(found.before) if flags[at] and _has(before, after, place))
    marked = (at for at, flag in enumerate(flags) if flag)
    return list(islice(known, EXAMPLES)) or list(islice(marked, EXAMPLES))


def _has(before: BulkRows, after: BulkRows, place: int) -> bool:
    key = key_of(before.ids[place])
    return key in before.known and key in after.known


def _example(
    change: Literal["lost", "added"],
    names: tuple[str, ...],
    rows: BulkRows,
    other: BulkRows,
    at: int,
    columns: tuple[str, ...],
) -> RowExample:
    key = key_of(rows.ids[at])
    row = rows.known.get(key, {})
    values = {column: row[column] for column in columns if column in row}
    named = dict(zip(names, key, strict=True))
    return RowExample(
        change, named, before=values if change == "lost" else {}, after={} if change == "lost" else values
    )


def _changed(
    names: tuple[str, ...],
    before: BulkRows,
    after: BulkRows,
    found: _Matched,
    at: int,
    columns: tuple[str, ...],
) -> RowExample:
    left, right = found.before[at], found.after[at]
    key = key_of(before.ids[left])
    differing = tuple(name for name in columns if before.hashes[name][left] != after.hashes[name][right])
    sides = [
        {name: row[name] for name in differing if name in row}
        for row in (before.known.get(key, {}), after.known.get(key, {}))
    ]
    return RowExample("changed", dict(zip(names, key, strict=True)), differing, *sides)


def _by_values(
    table: str, before: BulkRows, after: BulkRows, columns: tuple[str, ...]
) -> RowDifference | None:
    ours, theirs = Counter(_rows(before, columns)), Counter(_rows(after, columns))
    lost, added = ours - theirs, theirs - ours
    if not (lost or added):
        return None
    examples = (*_known("lost", before, lost, columns), *_known("added", after, added, columns))
    return RowDifference(table, lost.total(), added.total(), examples=examples)


def _rows(rows: BulkRows, columns: tuple[str, ...]) -> Iterator[int]:
    if not columns:
        return iter([0] * len(rows))
    return map(hash, zip(*(rows.hashes[column] for column in columns), strict=True))


def _known(
    change: Literal["lost", "added"], rows: BulkRows, wanted: Counter[int], columns: tuple[str, ...]
) -> Iterator[RowExample]:
    """Yield examples of rows without a key: their values say it all."""
    found = 0
    for key, row in rows.known.items():
        at = rows.place(key)
        if (
            found < EXAMPLES
            and at is not None
            and hash(tuple(rows.hashes[name][at] for name in columns)) in wanted
        ):
            found += 1
            values = {name: row[name] for name in columns}
            yield RowExample(
                change,
                {},
                before=values if change == "lost" else {},
                after={} if change == "lost" else values,
            )


def dropped_bulk(table: str, columns: tuple[str, ...], old: TableRows) -> RowDifference:
    """Return what went with ``columns``, or with the whole table where none is named."""
    rows = bulk_of(old)
    lost = len(rows) - sum(rows.hashes[column].count(NULL) for column in columns)
    held = [
        (key, row) for key, row in rows.known.items() if all(row[column] is not None for column in columns)
    ]
    examples = tuple(
        RowExample(
            "lost",
            dict(zip(old.key, key, strict=True)) if old.key else {},
            columns,
            {name: row[name] for name in columns or old.columns},
        )
        for key, row in sorted(held, key=lambda item: rows.place(item[0]) or 0)[:EXAMPLES]
    )
    return RowDifference(table, lost=lost, columns=columns, examples=examples)
