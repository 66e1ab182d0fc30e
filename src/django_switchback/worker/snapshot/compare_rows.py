"""Compares the rows of two snapshots: pure, with few examples and exact counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from django_switchback.evidence import RowDifference, RowExample
from django_switchback.worker.snapshot.interface import RowIdentity, RowKey, RowSet, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.comparison import compare_hashed, dropped_hashed
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows
from django_switchback.worker.snapshot.table_layout import rows_by_values

MAX_EXAMPLES = 3
"""Examples per kind of change; the counts are exact."""


class _Pairing(NamedTuple):
    """The rows of both snapshots under comparable keys, and the columns to compare."""

    key: tuple[str, ...]
    columns: tuple[str, ...]
    before: Mapping[RowKey, RowTexts]
    after: Mapping[RowKey, RowTexts]


def compare_rows(
    before: RowSet,
    after: RowSet,
    *,
    ignore_added: Mapping[str, Collection[RowKey]] = {},
) -> tuple[RowDifference, ...]:
    """Return the differences in the rows of the tables and columns of both snapshots, by table.

    ``ignore_added`` holds keys as in ``after``: such a row is not ``added`` (it may exist in ``before``, and
    is then compared).

    Rows are matched by primary key. If the key has other columns than before, by whichever key both sides
    have the columns of; if it was only renamed, by its values; otherwise, as without a key, by all values.
    """
    differences = []
    for table in sorted(before.keys() & after.keys()):
        old, new = before[table], after[table]
        if old == new:
            continue
        ignored = ignore_added.get(table, ())
        columns = tuple(column for column in old.columns if column in new.columns)
        if isinstance(old.rows, HashedRows):
            difference = compare_hashed(table, old, new, columns, ignored)
        else:
            difference = _difference(table, _paired(old, _without(new, ignored, old), columns))
        if difference:
            differences.append(difference)
    return tuple(differences)


def merge_differences(*several: Sequence[RowDifference]) -> tuple[RowDifference, ...]:
    """Return one difference by table of ``several`` comparisons, each of which compared other rows."""
    merged: dict[str, RowDifference] = {}
    for difference in (difference for differences in several for difference in differences):
        known = merged.get(difference.table)
        merged[difference.table] = difference if known is None else _merged(known, difference)
    return tuple(merged.values())


def _merged(first: RowDifference, second: RowDifference) -> RowDifference:
    both = (*first.examples, *second.examples)
    return msgspec.structs.replace(
        first,
        lost=first.lost + second.lost,
        added=first.added + second.added,
        changed=first.changed + second.changed,
        columns=tuple(sorted({*first.columns, *second.columns})),
        examples=tuple(
            example
            for change in ("lost", "added", "changed")
            for example in [item for item in both if item.change == change][:MAX_EXAMPLES]
        ),
    )


def without_added(rows: tuple[RowDifference, ...], tables: Collection[str]) -> tuple[RowDifference, ...]:
    """Return the differences without the added rows in ``tables``."""
    lost = (
        msgspec.structs.replace(
            row, added=0, examples=tuple(item for item in row.examples if item.change != "added")
        )
        if row.table in tables
        else row
        for row in rows
    )
    return tuple(row for row in lost if row.lost or row.added or row.changed)


def dropped_rows(before: RowSet, after: RowSet) -> tuple[RowDifference, ...]:
    """Return the rows and values lost with tables and columns that ``after`` no longer has.

    A dropped table counts its rows and names no column; each dropped column counts its non-null values. Empty
    tables and columns are left out.
    """
    dropped = []
    for table in sorted(before):
        old = before[table]
        dropped_columns = (
            [] if table not in after else [text for text in old.columns if text not in after[table].columns]
        )
        if isinstance(old.rows, HashedRows):
            dropped += [dropped_hashed(table, (text,), old) for text in dropped_columns]
            dropped += [] if table in after else [dropped_hashed(table, (), old)]
            continue
        if table not in after:
            dropped.append(_lost(table, (), old, tuple(old.rows.items())))
            continue
        for column in old.columns:
            if column in dropped_columns:
                filled = tuple((key, row) for key, row in old.rows.items() if row[column] is not None)
                dropped.append(_lost(table, (column,), old, filled))
    return tuple(item for item in dropped if item.lost)


def _lost(
    table: str, columns: tuple[str, ...], old: TableRows, rows: Sequence[tuple[RowKey, RowTexts]]
) -> RowDifference:
    sample = sorted(rows, key=_by_key)[:MAX_EXAMPLES]
    examples = tuple(
        RowExample(
            "lost",
            _key_by_column(old.key, key),
            columns,
            {name: row[name] for name in columns or old.columns},
        )
        for key, row in sample
    )
    return RowDifference(table, lost=len(rows), columns=columns, examples=examples)


def _without(new: TableRows, ignored: Collection[RowKey], old: TableRows) -> TableRows:
    """Return ``new`` without rows written by the seeder, unless ``old`` has them under the same key."""
    earlier = old.rows if old.key == new.key else {}
    skipped = {key for key in ignored if key not in earlier}
    if not skipped:
        return new
    return new._replace(rows={key: row for key, row in new.rows.items() if key not in skipped})


def _paired(old: TableRows, new: TableRows, columns: tuple[str, ...]) -> _Pairing:
    if old.key and old.key == new.key:
        return _Pairing(old.key, columns, old.rows, new.rows)
    for key in (old.key, new.key):
        if key and set(key) <= set(old.columns) & set(new.columns):
            left, right = _rekeyed(old, key), _rekeyed(new, key)
            if len(left) == len(old.rows) and len(right) == len(new.rows):
                return _Pairing(key, columns, left, right)
    if old.key and len(old.key) == len(new.key):
        return _Pairing(old.key, columns, old.rows, new.rows)
    return _Pairing(
        (), columns, rows_by_values(old.rows.values(), columns), rows_by_values(new.rows.values(), columns)
    )


def _rekeyed(table: TableRows, key: tuple[str, ...]) -> Mapping[RowKey, RowTexts]:
    if table.key == key:
        return table.rows
    return {tuple(row[column] for column in key): row for row in table.rows.values()}


def _difference(table: str, rows: _Pairing) -> RowDifference | None:
    lost = sorted(rows.before.keys() - rows.after.keys(), key=key_order)
    added = sorted(rows.after.keys() - rows.before.keys(), key=key_order)
    changed = tuple(_changed(rows))
    if not (lost or added or changed):
        return None
    examples = [
        *(_example("lost", rows, key, rows.columns) for key in lost[:MAX_EXAMPLES]),
        *(_example("added", rows, key, rows.columns) for key in added[:MAX_EXAMPLES]),
        *(_example("changed", rows, key, columns) for key, columns in changed[:MAX_EXAMPLES]),
    ]
    columns = tuple(sorted({column for _, differing in changed for column in differing}))
    return RowDifference(table, len(lost), len(added), len(changed), columns, tuple(examples))


def _changed(rows: _Pairing) -> Iterator[tuple[RowKey, tuple[str, ...]]]:
    for key in sorted(rows.before.keys() & rows.after.keys(), key=key_order):
        old, new = rows.before[key], rows.after[key]
        if old is not new and old != new:
            columns = tuple(column for column in rows.columns if old[column] != new[column])
            if columns:
                yield key, columns


def _example(
    change: Literal["lost", "added", "changed"], rows: _Pairing, key: RowKey, columns: tuple[str, ...]
) -> RowExample:
    sides = [
        {column: side[key][column] for column in columns} if key in side else {}
        for side in (rows.before, rows.after)
    ]
    return RowExample(change, _key_by_column(rows.key, key), columns if change == "changed" else (), *sides)


def _key_by_column(columns: tuple[str, ...], key: RowKey) -> dict[str, str | None]:
    """Return the key values by column name; empty for a table without a key."""
    if isinstance(key, RowIdentity):
        return key.shown
    return dict(zip(columns, key, strict=True)) if columns else {}


def _by_key(item: tuple[RowKey, RowTexts]) -> tuple[tuple[int, str], ...]:
    return key_order(item[0])


def key_order(key: RowKey) -> tuple[tuple[int, str], ...]:
    """Return a sort key that orders numbers as numbers, and nulls first."""
    return tuple((len(value), value) if value is not None else (-1, "") for value in key)
