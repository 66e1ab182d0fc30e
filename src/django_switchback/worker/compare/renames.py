"""What a target only gave another name, so that it is followed and not taken for something else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django_switchback.worker.compare.django_rows import PERMISSIONS
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, TableRows
from django_switchback.worker.snapshot.large.hashed_rows import NULL_HASH, HashedRows

KeysByTable = Mapping[str, Collection[RowKey]]


def renamed_tables(before: RowSet, after: RowSet) -> dict[str, str]:
    """Return the old name by the new one of each table whose rows turned up under another name.

    A table that is gone and one that has come are the same where they hold the same keys, and most columns.
    """
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    found: dict[str, str] = {}
    for new in sorted(come):
        for old in sorted(gone - set(found.values())):
            if _alike(before, old, after, new):
                found[new] = old
                break
    return found


def _alike(before: RowSet, old: str, after: RowSet, new: str) -> bool:
    ours, theirs = before[old], after[new]
    shared = set(ours.columns) & set(theirs.columns)
    return (
        bool(ours.rows)
        and ours.rows.keys() == theirs.rows.keys()
        and 2 * len(shared) >= max(len(ours.columns), len(theirs.columns))
    )


def reused_columns(before: TableRows, after: TableRows) -> set[str]:
    """Return the columns of both that mean another one in each, since the target needed the name.

    Such a column of ``before`` has all the values that another column of ``after`` has, one that is new.
    """
    if not _same_keys(before.rows, after.rows):
        return set()
    new = (_values(after, column) for column in after.columns if column not in before.columns)
    come = [values for values in new if any(value not in (None, NULL_HASH) for value in values)]
    return {
        column
        for column in before.columns
        if column in after.columns and _values(before, column) in come
        if _values(before, column) != _values(after, column)
    }


def _same_keys(before: Mapping[RowKey, RowTexts], after: Mapping[RowKey, RowTexts]) -> bool:
    """Tell whether both have the same keys in the same order."""
    if isinstance(before, HashedRows):
        return before.keys() == after.keys()
    return list(before) == list(after)


def _values(content: TableRows, column: str) -> Sequence[object]:
    if isinstance(content.rows, HashedRows):
        return content.rows.hashes[column]
    return [row[column] for row in content.rows.values()]


def with_old_names(rows: RowSet, renamed: Mapping[str, str]) -> RowSet:
    """Return ``rows`` with each renamed table under the name that it had."""
    return {renamed.get(table, table): content for table, content in rows.items()}


def keys_with_old_names(keys: KeysByTable, renamed: Mapping[str, str]) -> KeysByTable:
    """Return ``keys`` with each renamed table under the name that it had."""
    return {renamed.get(table, table): values for table, values in keys.items()}


def permissions_of(codenames_of: KeysByTable, restored: RowSet) -> KeysByTable:
    """Return the permissions of ``restored`` with a codename of ``codenames_of``, on whatever model.

    Django makes permissions for a model's new name and leaves them behind when it has its old name again.
    """
    made = {codename for _, codename in codenames_of.get(PERMISSIONS, ())}
    if not made or PERMISSIONS not in restored:
        return {}
    return {PERMISSIONS: {key for key in restored[PERMISSIONS].rows if key[1] in made}}
