"""Leaves out of a comparison what receivers of signals change at every ``migrate``.

What they changed in one step is observed by snapshots around the signal, row by row. Of this, only the
tables, columns and objects are left out that they change at a ``migrate`` with nothing to do as well: the
control.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import Literal, NamedTuple, TypeAlias

from django.db.migrations.state import ProjectState

from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.snapshot.interface import (
    CatalogueObject,
    ObjectKey,
    RowKey,
    RowTexts,
    Schema,
    TableRows,
)
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows


class TableWrites(NamedTuple):
    """The rows of one table that were changed (with the columns), added and deleted."""

    changed: Mapping[RowKey, frozenset[str]]
    added: Set[RowKey]
    deleted: Set[RowKey]
    columns: frozenset[str]
    """All columns in which rows were changed."""


class RaisedBy(NamedTuple):
    """The name of a receiver, and the type of the exception that it raised."""

    receiver: str
    type: str


class Writes(NamedTuple):
    """What was written: rows by table, and objects of the catalogue with the attributes that changed."""

    rows: Mapping[str, TableWrites] = {}
    schema: Mapping[ObjectKey, frozenset[str]] = {}
    raised: frozenset[RaisedBy] = frozenset()
    """The exceptions of receivers."""


ControlPoint: TypeAlias = Literal["before", "after"]
"""Right before a target with old rows, or after it with new rows."""


NO_WRITES = Writes()


class ReceiverControl:
    """What receivers do at a ``migrate`` with nothing to do; here, where none is run: nothing."""

    def __call__(self) -> Writes:
        """Return what they write before and after a target."""
        return NO_WRITES

    def keep(self, at: ControlPoint, state: ProjectState) -> None:
        """Keep a clone of the current sandbox, which is at ``state`` and has the rows of the cycle."""

    def raised(self) -> Collection[RaisedBy]:
        """Return the exceptions that they raise before the target."""
        return ()


_UNTOUCHED = TableWrites({}, frozenset(), frozenset(), frozenset())


def writes_between(before: Snapshot, after: Snapshot) -> Writes:
    """Return what was written between two snapshots."""
    return Writes(
        {
            table: _table_writes(before.rows[table], after.rows[table])
            for table in before.rows.keys() & after.rows.keys()
            if before.digests.get(table) != after.digests.get(table)
        },
        dict(_changed_objects(before.schema, after.schema)),
    )


def merge_writes(several: Iterable[Writes]) -> Writes:
    """Return the union of ``several`` writes."""
    rows: dict[str, TableWrites] = {}
    schema: dict[ObjectKey, frozenset[str]] = {}
    for writes in several:
        for table, written in writes.rows.items():
            rows[table] = _merged(rows.get(table, _UNTOUCHED), written)
        for key, attributes in writes.schema.items():
            schema[key] = schema.get(key, frozenset()) | attributes
    return Writes(rows, schema)


def _table_writes(before: TableRows, after: TableRows) -> TableWrites:
    added, deleted = after.rows.keys() - before.rows.keys(), before.rows.keys() - after.rows.keys()
    if isinstance(before.rows, HashedRows) and isinstance(after.rows, HashedRows):
        old, new = before.rows.hashes, after.rows.hashes
        columns = frozenset(column for column in old.keys() & new.keys() if old[column] != new[column])
        return TableWrites({}, added, deleted, columns)
    changed = {
        key: frozenset(column for column, value in row.items() if column in now and now[column] != value)
        for key, row in before.rows.items()
        if (now := after.rows.get(key, row)) is not row
    }
    return TableWrites(
        {key: columns for key, columns in changed.items() if columns},
        added,
        deleted,
        frozenset[str]().union(*changed.values()),
    )


def _merged(first: TableWrites, second: TableWrites) -> TableWrites:
    changed = {
        key: first.changed.get(key, frozenset()) | second.changed.get(key, frozenset())
        for key in first.changed.keys() | second.changed.keys()
    }
    return TableWrites(
        changed,
        first.added | second.added,
        first.deleted | second.deleted,
        first.columns | second.columns,
    )


def _changed_objects(before: Schema, after: Schema) -> Iterator[tuple[ObjectKey, frozenset[str]]]:
    if before is after:
        return
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            yield key, frozenset()
        elif old.attributes != new.attributes:
            names = old.attributes.keys() | new.attributes.keys()
            yield (
                key,
                frozenset(name for name in names if old.attributes.get(name) != new.attributes.get(name)),
            )


def at_every_migrate(observed: Writes, control: Writes) -> Writes:
    """Return those of the ``observed`` writes that are of a kind with the ``control``'s."""
    return Writes(
        {
            table: _alike(written, control.rows[table])
            for table, written in observed.rows.items()
            if table in control.rows
        },
        {key: names for key, names in observed.schema.items() if key in control.schema},
    )


def _alike(written: TableWrites, control: TableWrites) -> TableWrites:
    return TableWrites(
        {key: columns & control.columns for key, columns in written.changed.items()},
        written.added if control.added else frozenset(),
        written.deleted if control.deleted else frozenset(),
        written.columns & control.columns,
    )


def leave_out(writes: Writes, now: Snapshot, *references: Snapshot) -> Snapshot:
    """Return ``now`` with what was written as in the first of ``references`` that has the row or object.

    Of a table whose rows are hashed, written columns are left out for all rows, and the whole table if rows
    were added or deleted.
    """
    rows = dict(now.rows)
    for table, written in writes.rows.items():
        if table not in now.rows:
            continue
        content = _left_out(
            written, now.rows[table], [at.rows[table] for at in references if table in at.rows]
        )
        if content is None:
            del rows[table]
        else:
            rows[table] = content
    return now._replace(rows=rows, schema=_schema_left_out(writes, now.schema, references[0].schema))


def _left_out(written: TableWrites, now: TableRows, references: Collection[TableRows]) -> TableRows | None:
    if isinstance(now.rows, HashedRows):
        if written.added or written.deleted:
            return None
        return now._replace(columns=tuple(name for name in now.columns if name not in written.columns))
    rows = {
        key: _with_reference(row, written.changed.get(key, frozenset()), _reference(key, references))
        for key, row in now.rows.items()
        if key not in written.added or _reference(key, references) is not None
    }
    for key in written.deleted - now.rows.keys():
        reference = _reference(key, references)
        if reference is not None:
            rows[key] = {column: reference.get(column) for column in now.columns}
    return now._replace(rows=rows)


def _reference(key: RowKey, references: Collection[TableRows]) -> RowTexts | None:
    return next((content.rows[key] for content in references if key in content.rows), None)


def _with_reference(row: RowTexts, columns: frozenset[str], reference: RowTexts | None) -> RowTexts:
    if reference is None or not columns:
        return row
    return {
        column: reference[column] if column in columns and column in reference else value
        for column, value in row.items()
    }


def _schema_left_out(writes: Writes, now: Schema, reference: Schema) -> Schema:
    if not writes.schema:
        return now
    schema = dict(now)
    for key, names in writes.schema.items():
        old, new = reference.get(key), now.get(key)
        if old is None:
            schema.pop(key, None)
        elif new is None or not names:
            schema[key] = old
        else:
            schema[key] = _with_attributes(new, old, names)
    return schema


def _with_attributes(new: CatalogueObject, old: CatalogueObject, names: frozenset[str]) -> CatalogueObject:
    kept = {name: value for name, value in new.attributes.items() if name not in names}
    return new._replace(
        attributes=kept | {name: old.attributes[name] for name in names if name in old.attributes}
    )
