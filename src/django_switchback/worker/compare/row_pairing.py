"""Pairs the rows of one table in two snapshots whose primary keys cannot be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from django_switchback.worker.snapshot.compare_rows import key_order
from django_switchback.worker.snapshot.interface import RowKey, RowTexts

KeyedRows: TypeAlias = Mapping[RowKey, RowTexts]
Marks: TypeAlias = Mapping[RowKey, Hashable]
"""What tells rows with equal values apart: the rows that refer to each of them."""


class PairingRule(NamedTuple):
    """How rows are paired: by which columns, in which order.

    ``keys``: by primary key before all else, only so, after all else, or not at all. ``unique`` are the sets
    of columns that identify a row, ``values`` those that rows without such columns are paired by.
    """

    keys: Literal["first", "only", "last", "never"]
    unique: Sequence[tuple[str, ...]] = ()
    values: tuple[str, ...] = ()


def pair_rows(
    old: KeyedRows, new: KeyedRows, rule: PairingRule, old_marks: Marks, new_marks: Marks
) -> dict[RowKey, RowKey]:
    """Return the key of the same row in ``old`` by its key in ``new``, for the rows that are in both."""
    pairs: dict[RowKey, RowKey] = {}
    left_old, left_new = dict(old), dict(new)
    for found in _attempts(left_old, left_new, rule, old_marks, new_marks):
        pairs |= found
        for new_key, old_key in found.items():
            del left_new[new_key], left_old[old_key]
    return pairs


def _attempts(
    old: KeyedRows, new: KeyedRows, rule: PairingRule, old_marks: Marks, new_marks: Marks
) -> Iterator[dict[RowKey, RowKey]]:
    """Yield pairs of ``old`` and ``new``, from which the caller removes each pair before the next attempt."""
    if rule.keys in {"first", "only"}:
        yield {key: key for key in new if key in old}
    if rule.keys == "only":
        return
    for columns in rule.unique:
        yield _by_unique(old, new, columns)
    for marked in (True, False):
        yield _by_values(old, new, rule.values, old_marks, new_marks, marked=marked)
    if rule.keys == "last":
        yield {key: key for key in new if key in old}


def _by_unique(old: KeyedRows, new: KeyedRows, columns: tuple[str, ...]) -> dict[RowKey, RowKey]:
    ours, theirs = _unique(old, columns), _unique(new, columns)
    return {key: ours[values] for values, key in theirs.items() if values in ours}


def _unique(rows: KeyedRows, columns: tuple[str, ...]) -> dict[RowKey, RowKey]:
    """Return the keys by the values of ``columns``, without values that are null or repeated."""
    keys: dict[RowKey, RowKey | None] = {}
    for key, row in rows.items():
        values = tuple(row[column] for column in columns)
        keys[values] = None if values in keys or None in values else key
    return {values: key for values, key in keys.items() if key is not None}


def _by_values(
    old: KeyedRows,
    new: KeyedRows,
    columns: tuple[str, ...],
    old_marks: Marks,
    new_marks: Marks,
    *,
    marked: bool,
) -> dict[RowKey, RowKey]:
    """Pair rows with equal values and, if ``marked``, equal marks; equal rows in the order of their keys."""
    ours = _grouped(old, columns, old_marks if marked else {})
    theirs = _grouped(new, columns, new_marks if marked else {})
    return {
        new_key: old_key
        for values, keys in theirs.items()
        for new_key, old_key in zip(keys, ours.get(values, ()), strict=False)
    }


def _grouped(rows: KeyedRows, columns: tuple[str, ...], marks: Marks) -> Mapping[Hashable, list[RowKey]]:
    groups: defaultdict[Hashable, list[RowKey]] = defaultdict(list)
    for key in sorted(rows, key=key_order):
        groups[tuple(rows[key][column] for column in columns), marks.get(key)].append(key)
    return groups
