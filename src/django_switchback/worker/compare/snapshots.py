"""A database at one moment, and what two moments differ in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.evidence import Comparison, RowDifference
from django_switchback.worker.compare.django_rows import (
    CONTENT_TYPES,
    MANAGED_BY_DJANGO,
    PERMISSIONS,
    by_natural_key,
)
from django_switchback.worker.compare.renames import (
    keys_with_old_names,
    permissions_of,
    renamed_tables,
    with_old_names,
)
from django_switchback.worker.compare.representable import (
    columns_of_dropped_constraints,
    ignore_unrepresentable,
)
from django_switchback.worker.snapshot.compare import compare_schemas
from django_switchback.worker.snapshot.compare_rows import compare_rows, dropped_rows
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, Schema, TableRows
from django_switchback.worker.snapshot.large.hashed_rows import HashedRows, choose_rows
from django_switchback.worker.snapshot.reading import (
    catalogue,
    consistent_session,
    refresh,
    with_known_values,
    with_sequence_positions,
)

Keys = Mapping[str, Collection[RowKey]]


class Snapshot(NamedTuple):
    """Schema, rows, and what the next moment needs to find what changed.

    ``rows`` have what Django maintains by its meaning; ``raw`` are the rows as they were read, ``digests``
    one digest of them a table.
    """

    schema: Schema
    rows: RowSet
    raw: RowSet
    digests: Mapping[str, str]
    bulk: bool = False
    """Whether rows are kept as hashes, since there may be many."""

    def keys(self) -> dict[str, Set[RowKey]]:
        """Return the primary keys of all rows by table."""
        return {table: content.rows.keys() for table, content in self.rows.items()}


EMPTY_SNAPSHOT = Snapshot({}, {}, {}, {})


def take_snapshot(
    connection: BaseDatabaseWrapper,
    earlier: Snapshot = EMPTY_SNAPSHOT,
    *,
    rows_only: bool = False,
    bulk: bool = False,
) -> Snapshot:
    """Return the database as it is now; rows of tables that did not change since ``earlier`` are not reread.

    With ``rows_only`` the schema is taken to be that of ``earlier``. With ``bulk``, or if ``earlier`` is so,
    rows are kept as hashes, but for those that Django maintains.
    """
    many = bulk or earlier.bulk
    whole = MANAGED_BY_DJANGO if many else None
    with consistent_session(connection):
        now = earlier.schema if rows_only else catalogue(connection)
        raw, digests = refresh(connection, now, earlier.raw, earlier.digests, whole=whole)
        if not rows_only:
            now = with_sequence_positions(connection, now, digests)
    return Snapshot(now, by_natural_key(raw, raw.get(CONTENT_TYPES)), raw, digests, many)


def with_values_of(
    connection: BaseDatabaseWrapper, now: Snapshot, keys: Keys, renamed: Mapping[str, str] = {}
) -> Snapshot:
    """Return ``now``, which the database still is, with the values of the rows of ``keys`` known.

    ``renamed`` has the old names of tables, under which the rows may stand.
    """
    if not now.bulk:
        return now
    wanted = {table: values for table, values in keys.items() if table in now.rows}
    wanted |= {old: keys[new] for new, old in renamed.items() if new in keys and old in now.rows}
    return now._replace(rows=with_known_values(connection, now.schema, now.rows, wanted))


def added_keys(earlier: Snapshot, later: Snapshot) -> dict[str, set[RowKey]]:
    """Return the keys of the rows that ``later`` has and ``earlier`` had not."""
    before = earlier.keys()
    found = {table: set(keys - before.get(table, set())) for table, keys in later.keys().items()}
    return {table: keys for table, keys in found.items() if keys}


def changed(earlier: Snapshot, later: Snapshot) -> bool:
    """Tell whether rows or schema of ``later`` are others; where sequences stand is no part of it."""
    if earlier.digests != later.digests:
        return True
    return _unplaced(earlier.schema) != _unplaced(later.schema)


def _unplaced(schema: Schema) -> Schema:
    return {mark: item for mark, item in schema.items() if mark[0] != "sequence"}


def changed_tables(before: Snapshot, after: Snapshot, untouched: Keys) -> tuple[str, ...]:
    """Return the tables whose schema or rows changed; rows of ``untouched`` (the signals') do not count."""
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
    tables = {one.table or one.name for one in comparison.schema if one.table or one.kind == "table"}
    return tables | {row.table for row in comparison.rows}


def difference(before: Snapshot, after: Snapshot) -> Comparison:
    """Return all in which ``after`` differs from ``before``."""
    return Comparison(
        schema=compare_schemas(before.schema, after.schema), rows=compare_rows(before.rows, after.rows)
    )


def rollback_difference(
    before: Snapshot, after: Snapshot, loaded: Snapshot, restored: Snapshot, *, written: Keys, signalled: Keys
) -> Comparison:
    """Return how ``restored`` fails to be ``before``.

    ``after`` is when the target had been applied, ``loaded`` when the new rows (``written``) had come as
    well. Old rows must be what they were. New rows must be there still, with their values in the columns
    that the old schema knows, but for columns that the target converts (those of old rows changed, or the
    type did) or frees from a constraint, and for values that the old column cannot hold. Rows that signals
    made (``signalled``) may stay, and so may content types: whoever makes one, Django takes none away. Rows
    of a table that the target renamed are looked for under its old name.
    """
    renamed = renamed_tables(before.rows, after.rows)
    ours = keys_with_old_names(written, renamed)
    kept = _kept_by_django(before, restored)
    expected = _merged(ours, signalled, permissions_of(signalled, restored.rows), kept)
    old = compare_rows(before.rows, restored.rows, ignore_added=expected)
    apart = merged_columns(
        _columns_with_new_meaning(before, after), columns_of_dropped_constraints(before.schema, after.schema)
    )
    there, here = choose_rows(with_old_names(loaded.rows, renamed), ours), choose_rows(restored.rows, ours)
    new = compare_rows(
        _cut(there, before.rows, ours, apart),
        ignore_unrepresentable(_cut(here, before.rows, ours, apart), there, before.schema),
    )
    return Comparison(schema=compare_schemas(before.schema, restored.schema), rows=old + new)


def dropped_with_target(
    before: Snapshot, after: Snapshot, loaded: Snapshot, restored: Snapshot
) -> tuple[RowDifference, ...]:
    """Return what went with the tables and columns that the rollback took away again."""
    renamed = renamed_tables(before.rows, after.rows)
    return dropped_rows(with_old_names(loaded.rows, renamed), restored.rows)


def _kept_by_django(before: Snapshot, restored: Snapshot) -> dict[str, set[RowKey]]:
    """Return the keys of new content types, and of the permissions that came with them."""
    there = before.keys()
    types = set(restored.keys().get(CONTENT_TYPES, set()) - there.get(CONTENT_TYPES, set()))
    named = {".".join(map(str, key)) for key in types}
    return {
        CONTENT_TYPES: types,
        PERMISSIONS: {key for key in restored.keys().get(PERMISSIONS, set()) if key[0] in named},
    }


def reapply_difference(after: Snapshot, again: Snapshot, bounds: Snapshot) -> Comparison:
    """Return how the second way forward ended elsewhere than the first.

    Rows are compared in the tables, columns and keys of ``bounds``, which was before both: what the target
    itself makes has new keys and times each time. Content types and permissions that Django has left over
    from the time between are none of the target's.
    """
    return Comparison(
        schema=compare_schemas(after.schema, again.schema),
        rows=compare_rows(
            _cut(after.rows, bounds.rows, bounds.keys(), {}),
            _cut(again.rows, bounds.rows, bounds.keys(), {}),
            ignore_added={
                table: set(again.rows[table].rows) for table in MANAGED_BY_DJANGO & again.rows.keys()
            },
        ),
    )


def _columns_with_new_meaning(before: Snapshot, after: Snapshot) -> dict[str, set[str]]:
    """Return the columns by table that mean something else since the target."""
    columns: dict[str, set[str]] = {}
    for difference in compare_rows(before.rows, after.rows):
        columns.setdefault(difference.table, set()).update(difference.columns)
    for kind, name in before.schema:
        if kind == "column" and (kind, name) in after.schema:
            types = [moment.schema[kind, name].attributes.get("type") or "" for moment in (before, after)]
            if types[0] != types[1] and not all(map(_is_text, types)):
                table, _, column = name.rpartition(".")
                columns.setdefault(table, set()).add(column)
    return columns


def _is_text(type_name: str) -> bool:
    return type_name.lower().startswith(("character", "varchar", "text", "char", "citext"))


def _cut(rows: RowSet, bounds: RowSet, keys: Keys, left_out: Mapping[str, Collection[str]]) -> RowSet:
    """Return ``rows`` in the tables and columns of ``bounds`` and of ``keys`` alone, without some columns."""
    cut: dict[str, TableRows] = {}
    for table, content in rows.items():
        if table not in bounds or table not in keys:
            continue
        known = set(bounds[table].columns) - set(left_out.get(table, ()))
        columns = tuple(column for column in content.columns if column in known)
        cut[table] = TableRows(content.key, columns, _cut_rows(content.rows, columns, keys[table]))
    return cut


def _cut_rows(
    rows: Mapping[RowKey, RowTexts], columns: tuple[str, ...], keys: Collection[RowKey]
) -> Mapping[RowKey, RowTexts]:
    if isinstance(rows, HashedRows):
        return rows.cut(columns, keys)
    return {key: {column: row[column] for column in columns} for key, row in rows.items() if key in keys}


def merged_columns(*several: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the columns by table that any of ``several`` names."""
    result: dict[str, set[str]] = {}
    for columns in several:
        for table, names in columns.items():
            result.setdefault(table, set()).update(names)
    return result


def _merged(*several: Keys) -> dict[str, set[RowKey]]:
    result: dict[str, set[RowKey]] = {}
    for keys in several:
        for table, values in keys.items():
            result.setdefault(table, set()).update(values)
    return result
