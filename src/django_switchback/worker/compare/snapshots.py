"""Takes snapshots of a database and compares them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from typing import NamedTuple, TypeVar

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.evidence import Comparison, RowDifference
from django_switchback.worker.compare.django_rows import (
    CONTENT_TYPES,
    MANAGED_BY_DJANGO,
    PERMISSIONS,
    by_natural_key,
    references_to_django,
    with_references,
)
from django_switchback.worker.compare.renames import permissions_of, renamed_tables, with_old_names
from django_switchback.worker.compare.unrepresentable_values import (
    columns_of_dropped_constraints,
    ignore_unrepresentable,
)
from django_switchback.worker.snapshot.compare_rows import (
    compare_rows,
    dropped_rows,
    merge_differences,
    without_added,
)
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, Schema, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows, choose_rows
from django_switchback.worker.snapshot.reading import (
    catalogue,
    consistent_session,
    refresh,
    with_known_values,
    with_sequence_positions,
)
from django_switchback.worker.stopwatch import STOPWATCH

T = TypeVar("T")
Keys = Mapping[str, Collection[RowKey]]


class Snapshot(NamedTuple):
    """Schema and rows of a database, and the data needed to read only changes for the next snapshot.

    ``rows`` have Django's own rows and references to them by natural key, ``raw`` are the rows as read,
    ``digests`` has one digest per table.
    """

    schema: Schema
    rows: RowSet
    raw: RowSet
    digests: Mapping[str, str]
    bulk: bool = False
    """Whether rows are stored as hashes, to save memory."""
    stable: Set[tuple[str, str]] = frozenset()
    """The foreign keys whose values do not depend on the keys that they refer to, by table and column."""
    unkeyed: Set[str] = frozenset()
    """Tables stored as hashes whose primary key changes: only lost values of old rows are found there."""

    def keys(self) -> dict[str, Set[RowKey]]:
        """Return the primary keys of all rows by table."""
        return {table: content.rows.keys() for table, content in self.rows.items()}


EMPTY_SNAPSHOT = Snapshot({}, {}, {}, {})


@STOPWATCH.activity("snapshots")
def take_snapshot(
    connection: BaseDatabaseWrapper,
    earlier: Snapshot = EMPTY_SNAPSHOT,
    *,
    rows_only: bool = False,
    bulk: bool = False,
) -> Snapshot:
    """Return a snapshot of the database; only tables changed since ``earlier`` are read again.

    With ``rows_only``, the schema of ``earlier`` is reused. With ``bulk``, or if ``earlier`` has it, rows are
    stored as hashes, except those that Django maintains.
    """
    many = bulk or earlier.bulk
    unhashed_tables = MANAGED_BY_DJANGO if many else None
    with consistent_session(connection):
        now = earlier.schema if rows_only else catalogue(connection)
        raw, digests = refresh(connection, now, earlier.raw, earlier.digests, unhashed_tables=unhashed_tables)
        if not rows_only:
            now = with_sequence_positions(connection, now, digests)
    rows = by_natural_key(raw, references_to_django(now), earlier.raw, earlier.rows)
    return Snapshot(now, rows, raw, digests, many)


def with_values_of(
    connection: BaseDatabaseWrapper, now: Snapshot, keys: Keys, renamed: Mapping[str, str] = {}
) -> Snapshot:
    """Return ``now``, the current snapshot, with the values of the rows of ``keys`` instead of hashes.

    ``renamed`` has the old names of tables by their new names; rows may be stored under either.
    """
    if not now.bulk:
        return now
    requested = {table: values for table, values in keys.items() if table in now.rows}
    requested |= {old: keys[new] for new, old in renamed.items() if new in keys and old in now.rows}
    return now._replace(rows=with_known_values(connection, now.schema, now.rows, requested))


def added_keys(earlier: Snapshot, later: Snapshot) -> dict[str, set[RowKey]]:
    """Return the primary keys that ``later`` has and ``earlier`` has not."""
    before = earlier.keys()
    added = {table: set(keys - before.get(table, set())) for table, keys in later.keys().items()}
    return {table: keys for table, keys in added.items() if keys}


def changed(earlier: Snapshot, later: Snapshot) -> bool:
    """Return whether rows or schema differ, ignoring sequence positions."""
    if earlier.digests != later.digests:
        return True
    return _without_positions(earlier.schema) != _without_positions(later.schema)


def _without_positions(schema: Schema) -> Schema:
    return {
        mark: item._replace(attributes={**item.attributes, "position": None})
        if mark[0] == "sequence"
        else item
        for mark, item in schema.items()
    }


def changed_tables(before: Snapshot, after: Snapshot, untouched: Keys) -> tuple[str, ...]:
    """Return the tables whose schema or rows changed, ignoring added rows of ``untouched`` (from signals)."""
    tables = differing_tables(Comparison(schema=compare_schemas(before.schema, after.schema)))
    changed = {
        table
        for table in after.rows
        if before.digests.get(table) != after.digests[table] and table in before.rows
    }
    changes = compare_rows(
        {table: before.rows[table] for table in changed},
        {table: after.rows[table] for table in changed},
        ignore_added=untouched,
    )
    tables.update(change.table for change in changes)
    return tuple(sorted(tables))


def differing_tables(comparison: Comparison) -> set[str]:
    """Return the tables that differ."""
    tables = {item.table or item.name for item in comparison.schema if item.table or item.kind == "table"}
    return tables | {row.table for row in comparison.rows}


def difference(before: Snapshot, after: Snapshot) -> Comparison:
    """Return all differences of ``after`` from ``before``."""
    return Comparison(
        schema=compare_schemas(before.schema, after.schema), rows=compare_rows(before.rows, after.rows)
    )


def rollback_difference(
    before: Snapshot, after: Snapshot, loaded: Snapshot, restored: Snapshot, *, written: Keys, signalled: Keys
) -> Comparison:
    """Return the differences of ``restored`` (after the rollback) from ``before`` (before the target).

    ``after`` was taken after the target was applied, ``loaded`` after the new rows (``written``) were
    inserted. Old rows must be restored. New rows must remain, with their values in the columns of the old
    schema, except: columns that the target converts (values of old rows or the type changed), columns it
    frees from a constraint, and values that the old column cannot hold. Rows created by signals
    (``signalled``) and content types may remain: Django never deletes these. Rows of a renamed table are
    compared under its old name.
    """
    renamed = renamed_tables(before.rows, after.rows)
    written = {table: keys for table, keys in written.items() if table not in before.unkeyed}
    written_keys = with_old_names(written, renamed)
    kept_keys = _kept_by_django(before, restored)
    expected = union_by_table(written_keys, signalled, permissions_of(signalled, restored.rows), kept_keys)
    old_rows = compare_rows(before.rows, restored.rows, ignore_added=expected)
    excluded = union_by_table(
        _columns_with_new_meaning(before, after), columns_of_dropped_constraints(before.schema, after.schema)
    )
    loaded_rows, restored_rows = (
        choose_rows(with_old_names(loaded.rows, renamed), written_keys),
        choose_rows(restored.rows, written_keys),
    )
    new_rows = compare_rows(
        _cut(loaded_rows, before.rows, written_keys, excluded),
        ignore_unrepresentable(
            _cut(restored_rows, before.rows, written_keys, excluded), loaded_rows, before.schema
        ),
    )
    if before.unkeyed:
        old_rows = without_added(old_rows, before.unkeyed)
    return Comparison(
        schema=compare_schemas(before.schema, restored.schema),
        rows=with_references(merge_differences(old_rows, new_rows), references_to_django(before.schema)),
    )


def dropped_with_target(
    before: Snapshot, after: Snapshot, loaded: Snapshot, restored: Snapshot
) -> tuple[RowDifference, ...]:
    """Return the values lost with the tables and columns that the rollback dropped."""
    renamed = renamed_tables(before.rows, after.rows)
    return dropped_rows(with_old_names(loaded.rows, renamed), restored.rows)


def _kept_by_django(before: Snapshot, restored: Snapshot) -> dict[str, set[RowKey]]:
    """Return the keys of new content types and of their permissions."""
    before_keys = before.keys()
    types = set(restored.keys().get(CONTENT_TYPES, set()) - before_keys.get(CONTENT_TYPES, set()))
    models = {".".join(map(str, key)) for key in types}
    return {
        CONTENT_TYPES: types,
        PERMISSIONS: {key for key in restored.keys().get(PERMISSIONS, set()) if key[0] in models},
    }


def reapply_difference(after: Snapshot, again: Snapshot, bounds: Snapshot) -> Comparison:
    """Return the differences of the second application's result from the first one's.

    Rows are compared in the tables, columns and keys of ``bounds``, the snapshot before both: rows that the
    target itself creates have new keys and times. Content types and permissions that Django left in between
    are ignored.
    """
    keys = {table: keys for table, keys in bounds.keys().items() if table not in bounds.unkeyed}
    rows = compare_rows(
        _cut(after.rows, bounds.rows, keys, {}),
        _cut(again.rows, bounds.rows, keys, {}),
        ignore_added={table: set(again.rows[table].rows) for table in MANAGED_BY_DJANGO & again.rows.keys()},
    )
    return Comparison(
        schema=compare_schemas(after.schema, again.schema),
        rows=with_references(rows, references_to_django(again.schema)),
    )


def _columns_with_new_meaning(before: Snapshot, after: Snapshot) -> dict[str, set[str]]:
    """Return the columns by table whose values or type the target changed."""
    columns: dict[str, set[str]] = {}
    for difference in compare_rows(before.rows, after.rows):
        columns.setdefault(difference.table, set()).update(difference.columns)
    for kind, name in before.schema:
        if kind == "column" and (kind, name) in after.schema:
            types = [snapshot.schema[kind, name].attributes.get("type") or "" for snapshot in (before, after)]
            table, _, column = name.rpartition(".")
            stable = (table, column) in before.stable & after.stable
            if types[0] != types[1] and not all(map(_is_text, types)) and not stable:
                columns.setdefault(table, set()).add(column)
    return columns


def _is_text(type_name: str) -> bool:
    return type_name.lower().startswith(("character", "varchar", "text", "char", "citext"))


def _cut(rows: RowSet, bounds: RowSet, keys: Keys, excluded: Mapping[str, Collection[str]]) -> RowSet:
    """Return ``rows`` in the tables and columns of ``bounds`` and of ``keys``, without ``excluded``."""
    cut: dict[str, TableRows] = {}
    for table, content in rows.items():
        if table not in bounds or table not in keys:
            continue
        known = set(bounds[table].columns) - set(excluded.get(table, ()))
        columns = tuple(column for column in content.columns if column in known)
        cut[table] = TableRows(content.key, columns, _cut_rows(content.rows, columns, keys[table]))
    return cut


def _cut_rows(
    rows: Mapping[RowKey, RowTexts], columns: tuple[str, ...], keys: Collection[RowKey]
) -> Mapping[RowKey, RowTexts]:
    if isinstance(rows, HashedRows):
        return rows.cut(columns, keys)
    return {key: {column: row[column] for column in columns} for key, row in rows.items() if key in keys}


def union_by_table(*several: Mapping[str, Collection[T]]) -> dict[str, set[T]]:
    """Return the union of ``several`` sets of columns or keys by table."""
    result: dict[str, set[T]] = {}
    for by_table in several:
        for table, members in by_table.items():
            result.setdefault(table, set()).update(members)
    return result
