"""Many rows with some of their values put in place of others, where two moments say so."""

from __future__ import annotations

from array import array
from collections.abc import Collection

from django_switchback.worker.snapshot.bulk import NULL, BulkRows, joined, picked, sorted_rows
from django_switchback.worker.snapshot.interface import RowKey


def settled_bulk(
    again: BulkRows, top: BulkRows, floor: BulkRows, below: BulkRows, freed: Collection[str] = ()
) -> BulkRows:
    """Return ``again`` with the hash of ``top`` wherever the way down and up does not answer for the value.

    It answers for what was one thing at the bottom, before and after, and another one at the top, but for the
    columns that are ``freed``. A row that
    was at the top and at the bottom and is gone from ``again`` is there as it was at the top.
    """
    hashes = dict(again.hashes)
    for column in again.hashes.keys() & top.hashes.keys():
        ours = again.hashes[column]
        if again.ids == top.ids and ours == top.hashes[column]:
            continue
        made = array("q", ours)
        for at, key in enumerate(again):
            was = _hash(top, key, column)
            if was is None or was == ours[at]:
                continue
            bottom = _hash(floor, key, column)
            # As of rows that are kept whole, what is not there counts as nothing.
            if bottom is None or column in freed or not bottom == (_hash(below, key, column) or NULL) != was:
                made[at] = was
        hashes[column] = made
    return _with_deleted(BulkRows(again.ids, hashes, again.known), top, floor)


def _with_deleted(again: BulkRows, top: BulkRows, floor: BulkRows) -> BulkRows:
    if again.ids == top.ids or not again.hashes.keys() <= top.hashes.keys():
        return again
    places = [at for at, key in enumerate(top) if key not in again and key in floor]
    if not places:
        return again
    ids = joined(again.ids, picked(top.ids, places))
    hashes = {
        name: values + array("q", map(top.hashes[name].__getitem__, places))
        for name, values in again.hashes.items()
    }
    return sorted_rows(ids, hashes, {**top.known, **again.known})


def rewritten_bulk(expected: BulkRows, after: BulkRows, loaded: BulkRows) -> BulkRows:
    """Return ``expected`` with what changed in its rows between ``after`` and ``loaded``.

    A value in which ``expected`` differs from ``after`` is left as it is.
    """
    hashes = dict(expected.hashes)
    changes = _changes(after, loaded)
    known = dict(expected.known)
    for column, keys in changes.items():
        if column not in hashes:
            continue
        made = array("q", hashes[column])
        for key in keys:
            at = expected.place(key)
            now = _hash(loaded, key, column)
            if at is not None and now is not None and made[at] == _hash(after, key, column):
                made[at] = now
                if key in known and key in loaded.known:
                    known[key] = {**known[key], column: loaded.known[key][column]}
        hashes[column] = made
    return BulkRows(expected.ids, hashes, known) if changes else expected


def _changes(after: BulkRows, loaded: BulkRows) -> dict[str, list[RowKey]]:
    """Return the keys of the rows whose value changed, by column; rows that came or went have not."""
    count = len(after)
    aligned = loaded.ids[:count] == after.ids
    found: dict[str, list[RowKey]] = {}
    for column in after.hashes.keys() & loaded.hashes.keys():
        ours, theirs = after.hashes[column], loaded.hashes[column]
        if ours is theirs or (aligned and ours == theirs[:count]):
            continue
        keys = [
            key
            for at, key in enumerate(after)
            if (ours[at] != theirs[at] if aligned else _hash(loaded, key, column) not in (None, ours[at]))
        ]
        if keys:
            found[column] = keys
    return found


def _hash(rows: BulkRows, key: RowKey, column: str) -> int | None:
    at = rows.place(key)
    return None if at is None or column not in rows.hashes else rows.hashes[column][at]
