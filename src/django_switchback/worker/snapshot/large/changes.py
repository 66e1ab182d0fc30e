"""Replaces values of hashed rows according to earlier snapshots."""

from __future__ import annotations

from array import array
from collections.abc import Collection

from django_switchback.worker.snapshot.interface import RowKey, RowTexts
from django_switchback.worker.snapshot.large.disk_columns import NumberColumn
from django_switchback.worker.snapshot.large.hashed_rows import (
    NULL_HASH,
    HashedRows,
    RowWindow,
    key_of,
    pick,
    with_equal_key_types,
    zip_windows,
)
from django_switchback.worker.snapshot.large.sorting import Chunk


def hashed_unwind_losses(
    again: HashedRows, top: HashedRows, floor: HashedRows, below: HashedRows, freed: Collection[str] = ()
) -> HashedRows:
    """Return ``again`` with the hash of ``top`` wherever the migration itself did not change the value.

    The migration changed a value that is equal after the rollback (``floor``) and before the reapply
    (``below``), and different before the rollback (``top``). ``freed`` columns never count as changed. A row
    in ``top`` and ``floor`` that ``again`` lacks is restored as in ``top``.
    """
    again, top, floor, below = with_equal_key_types(again, top, floor, below)
    hashes = dict(again.hashes)
    for column in again.hashes.keys() & top.hashes.keys():
        if again.ids != top.ids or hashes[column] != top.hashes[column]:
            windows = zip_windows(again, top, floor, below)
            hashes[column] = NumberColumn.of(
                _merged_hashes(column, window, freed=column in freed) for window in windows
            )
    return _with_deleted(HashedRows(again.ids, hashes, again.known), top, floor)


def _merged_hashes(column: str, windows: tuple[RowWindow, ...], *, freed: bool) -> array[int]:
    again, top, floor, below = windows
    ours = again.values(column)
    theirs = top.values_of(again.ids, column)
    if ours == theirs:
        return ours
    bottom, then = (window.values_of(again.ids, column) for window in (floor, below))
    # A missing row counts as null, as in the comparison of rows kept whole.
    return array(
        "q",
        (
            number
            if was is None or (not freed and low is not None and low == (new or NULL_HASH) != was)
            else was
            for number, was, low, new in zip(ours, theirs, bottom, then, strict=True)
        ),
    )


def _with_deleted(again: HashedRows, top: HashedRows, floor: HashedRows) -> HashedRows:
    if again.ids == top.ids or not again.hashes.keys() <= top.hashes.keys():
        return again
    portions = (_put_back(tuple(again.hashes), window) for window in zip_windows(again, top, floor))
    merged = HashedRows.of(again.hashes, portions, {**top.known, **again.known})
    return again if len(merged) == len(again) else merged


def _put_back(columns: tuple[str, ...], windows: tuple[RowWindow, ...]) -> Chunk:
    again, top, floor = windows
    present, below = set(again.ids), set(floor.ids)
    deleted = [index for index, row_id in enumerate(top.ids) if row_id not in present and row_id in below]
    ids = again.ids + pick(top.ids, deleted)
    order = sorted(range(len(ids)), key=ids.__getitem__)
    values = (again.values(column) + pick(top.values(column), deleted) for column in columns)
    return pick(ids, order), [pick(column_values, order) for column_values in values]


def hashed_side_effects(expected: HashedRows, after: HashedRows, loaded: HashedRows) -> HashedRows:
    """Return ``expected`` with the changes in its rows between ``after`` and ``loaded``.

    Values of ``expected`` that differ from ``after`` are kept.
    """
    ours, after, loaded = with_equal_key_types(expected, after, loaded)
    hashes, known_values = dict(ours.hashes), dict(ours.known)
    for column in hashes.keys() & after.hashes.keys() & loaded.hashes.keys():
        windows = zip_windows(ours, after, loaded)
        hashes[column] = NumberColumn.of(
            _apply_side_effects(column, window, known_values) for window in windows
        )
    return expected if hashes == ours.hashes else HashedRows(ours.ids, hashes, known_values)


def _apply_side_effects(
    column: str, windows: tuple[RowWindow, ...], known_values: dict[RowKey, RowTexts]
) -> array[int]:
    expected, after, loaded = windows
    ours = expected.values(column)
    then, now = (window.values_of(expected.ids, column) for window in (after, loaded))
    if then == now:
        return ours
    for index, (number, was, new) in enumerate(zip(ours, then, now, strict=True)):
        if number == was != new is not None:
            ours[index] = new
            key = key_of(expected.ids[index])
            if key in known_values and key in loaded.rows.known:
                known_values[key] = {**known_values[key], column: loaded.rows.known[key][column]}
    return ours
