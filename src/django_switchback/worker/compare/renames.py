"""Detects tables and columns that a target renamed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from django_switchback.worker.compare.django_rows import PERMISSIONS
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import NULL_HASH, HashedRows

T = TypeVar("T")
KeysByTable = Mapping[str, Collection[RowKey]]


def renamed_tables(before: RowSet, after: RowSet) -> dict[str, str]:
    """Return the old name by new name of each renamed table.

    A removed and an added table are the same if they have the same primary keys and most columns in common.
    """
    gone, appeared = before.keys() - after.keys(), after.keys() - before.keys()
    renamed: dict[str, str] = {}
    for new in sorted(appeared):
        for old in sorted(gone - set(renamed.values())):
            if _is_same_table(before, old, after, new):
                renamed[new] = old
                break
    return renamed


def _is_same_table(before: RowSet, old: str, after: RowSet, new: str) -> bool:
    ours, theirs = before[old], after[new]
    shared = set(ours.columns) & set(theirs.columns)
    return (
        bool(ours.rows)
        and ours.rows.keys() == theirs.rows.keys()
        and 2 * len(shared) >= max(len(ours.columns), len(theirs.columns))
    )


def reused_columns(before: TableRows, after: TableRows) -> set[str]:
    """Return the columns whose name the target reused for other content.

    The values of such a column in ``before`` are those of another, new column in ``after``.
    """
    if not _same_keys(before.rows, after.rows):
        return set()
    new = (_values(after, column) for column in after.columns if column not in before.columns)
    new_values = [values for values in new if any(value not in (None, NULL_HASH) for value in values)]
    return {
        column
        for column in before.columns
        if column in after.columns and _values(before, column) in new_values
        if _values(before, column) != _values(after, column)
    }


def _same_keys(before: Mapping[RowKey, RowTexts], after: Mapping[RowKey, RowTexts]) -> bool:
    """Return whether both have the same keys in the same order."""
    if isinstance(before, HashedRows):
        return before.keys() == after.keys()
    return list(before) == list(after)


def _values(content: TableRows, column: str) -> Sequence[object]:
    if isinstance(content.rows, HashedRows):
        return content.rows.hashes[column]
    return [row[column] for row in content.rows.values()]


def with_old_names(by_table: Mapping[str, T], renamed: Mapping[str, str]) -> dict[str, T]:
    """Return the rows or keys ``by_table`` with each renamed table under its old name."""
    return {renamed.get(table, table): content for table, content in by_table.items()}


def permissions_of(codenames_of: KeysByTable, restored: RowSet) -> KeysByTable:
    """Return the permissions of ``restored`` with a codename from ``codenames_of``, of any model.

    Django creates permissions for the new name of a model, and keeps them when the model is renamed back.
    """
    codenames = {codename for _, codename in codenames_of.get(PERMISSIONS, ())}
    if not codenames or PERMISSIONS not in restored:
        return {}
    return {PERMISSIONS: {key for key in restored[PERMISSIONS].rows if key[1] in codenames}}
