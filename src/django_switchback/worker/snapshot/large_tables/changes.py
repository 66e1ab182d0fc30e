"""Replaces values of hashed rows according to earlier snapshots."""

from __future__ import annotations

from array import array
from collections.abc import Collection

from django_switchback.worker.snapshot.interface import RowKey, RowTexts
from django_switchback.worker.snapshot.large_tables.disk_columns import NumberColumn
from django_switchback.worker.snapshot.large_tables.hashed_rows import (
    NULL_HASH,
    HashedRows,
    RowWindow,
    key_of,
    pick,
    with_equal_key_types,
    zip_windows,
)
from django_switchback.worker.snapshot.large_tables.sorting import Chunk


def hashed_unwind_losses(
    after_reapply: HashedRows,
    before_rollback: HashedRows,
    after_rollback: HashedRows,
    before_reapply: HashedRows,
    freed: Collection[str] = (),
) -> HashedRows:
    """Return ``after_reapply`` with the hashes of ``before_rollback`` that the migration did not change.

    The migration changed a value that is equal in ``after_rollback`` and ``before_reapply``, and different in
    ``before_rollback``. ``freed`` columns never count as changed. A row in ``before_rollback`` and
    ``after_rollback`` that ``after_reapply`` lacks is restored as in ``before_rollback``.
    """
    after_reapply, before_rollback, after_rollback, before_reapply = with_equal_key_types(
        after_reapply, before_rollback, after_rollback, before_reapply
    )
    hashes = dict(after_reapply.hashes)
    for column in after_reapply.hashes.keys() & before_rollback.hashes.keys():
        if after_reapply.ids != before_rollback.ids or hashes[column] != before_rollback.hashes[column]:
            windows = zip_windows(after_reapply, before_rollback, after_rollback, before_reapply)
            hashes[column] = NumberColumn.of(
                _merged_hashes(column, window, freed=column in freed) for window in windows
            )
    return _with_deleted(
        HashedRows(after_reapply.ids, hashes, after_reapply.known), before_rollback, after_rollback
    )


def _merged_hashes(column: str, windows: tuple[RowWindow, ...], *, freed: bool) -> array[int]:
    after_reapply, before_rollback, after_rollback, before_reapply = windows
    ours = after_reapply.values(column)
    theirs = before_rollback.values_of(after_reapply.ids, column)
    if ours == theirs:
        return ours
    low_hashes, new_hashes = (
        window.values_of(after_reapply.ids, column) for window in (after_rollback, before_reapply)
    )
    # A missing row counts as null, as in the comparison of rows kept whole.
    return array(
        "q",
        (
            number
            if was is None or (not freed and low is not None and low == (new or NULL_HASH) != was)
            else was
            for number, was, low, new in zip(ours, theirs, low_hashes, new_hashes, strict=True)
        ),
    )


def _with_deleted(
    after_reapply: HashedRows, before_rollback: HashedRows, after_rollback: HashedRows
) -> HashedRows:
    if (
        after_reapply.ids == before_rollback.ids
        or not after_reapply.hashes.keys() <= before_rollback.hashes.keys()
    ):
        return after_reapply
    portions = (
        _put_back(tuple(after_reapply.hashes), window)
        for window in zip_windows(after_reapply, before_rollback, after_rollback)
    )
    merged = HashedRows.of(after_reapply.hashes, portions, {**before_rollback.known, **after_reapply.known})
    return after_reapply if len(merged) == len(after_reapply) else merged


def _put_back(columns: tuple[str, ...], windows: tuple[RowWindow, ...]) -> Chunk:
    after_reapply, before_rollback, after_rollback = windows
    present, kept = set(after_reapply.ids), set(after_rollback.ids)
    deleted = [
        index for index, row_id in enumerate(before_rollback.ids) if row_id not in present and row_id in kept
    ]
    ids = after_reapply.ids + pick(before_rollback.ids, deleted)
    order = sorted(range(len(ids)), key=ids.__getitem__)
    values = (
        after_reapply.values(column) + pick(before_rollback.values(column), deleted) for column in columns
    )
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
