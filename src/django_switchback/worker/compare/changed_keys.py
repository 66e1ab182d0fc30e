"""Gives rows one key in snapshots between which a table's primary key changes its columns, or all its values.

A generated key that a migration drops cannot come back with the same values, nor can references to it. Rows
are paired by what both sides of the change hold: unchanged unique columns, else all unchanged columns. Each
row then has the key that it has in the first snapshot, and references hold that key, so that every later
comparison works as for any other table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from django_switchback.worker.compare.django_rows import MANAGED_BY_DJANGO
from django_switchback.worker.compare.generic_references import DJANGO_NAMES, ModelTables
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.compare.stable_keys import ChangedTables, Partner, StableKeys
from django_switchback.worker.compare.table_keys import KeySchema, TableKey, key_schema, link_tables
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows

IN_ROLLBACK: Sequence[Sequence[Partner]] = (
    (),
    (Partner(0),),
    (Partner(1, same=True),),
    (Partner(0, through=1, latest=2), Partner(2)),
)
"""For the snapshots before a target, after it, with new rows, and after the rollback."""
IN_REAPPLY: Sequence[Sequence[Partner]] = (
    (),
    (Partner(0),),
    (Partner(1, same=True),),
    (Partner(1, through=0, latest=2), Partner(2, through=0)),
)
"""For the snapshots before a target, after it, with new rows, and after it was applied again."""
IN_UNWIND: Sequence[Sequence[Partner]] = (
    (),
    (Partner(0),),
    (Partner(0),),
    (Partner(1, through=2),),
    (Partner(0, through=2),),
)
"""For the snapshots before and after a rollback, at the bottom, before and after the re-apply."""


def with_stable_keys(
    snapshots: Sequence[Snapshot],
    partners: Sequence[Sequence[Partner]],
    tables_of: ModelTables = DJANGO_NAMES,
) -> tuple[Snapshot, ...]:
    """Return ``snapshots`` with the keys of the first one in tables whose primary key changes.

    So it is in tables whose rows a migration renumbers: equal rows with other keys. Whether old rows get back
    their keys is compared all the same.

    So it is in tables that only link others: nothing refers to the key of such a row. Tables stored as hashes
    are compared without their keys, and references to them not at all. ``tables_of`` are the models that
    content types stand for.
    """
    tables = _tables_with_changed_key(snapshots)
    renumbered = set() if partners is IN_UNWIND else _renumbered(*snapshots[:2]) - tables
    if not tables | renumbered and not _lost_keys(snapshots[0], snapshots[-1]):
        return tuple(snapshots)
    distinct = {id(snapshot.schema): snapshot.schema for snapshot in snapshots}
    read = {number: key_schema(schema) for number, schema in distinct.items()}
    schemas = [read[id(snapshot.schema)] for snapshot in snapshots]
    tables = {table for table in tables if len({schema.keys.get(table) for schema in schemas}) > 1}
    hashed = {
        table
        for table in tables
        if any(isinstance(snapshot.rows[table].rows, HashedRows) for snapshot in snapshots)
    }
    if hashed:
        return tuple(
            _without_keys(snapshot, schema, hashed, schemas)
            for snapshot, schema in zip(snapshots, schemas, strict=True)
        )
    links = link_tables(schemas) & _lost_keys(snapshots[0], snapshots[-1])
    renumbered -= link_tables(schemas)
    if not tables | links | renumbered:
        return tuple(snapshots)
    changed = ChangedTables(frozenset(tables | links | renumbered), frozenset(links), frozenset(renumbered))
    return StableKeys(snapshots, schemas, partners, changed, tables_of).snapshots()


def _tables_with_changed_key(snapshots: Sequence[Snapshot]) -> set[str]:
    """Return the tables in all ``snapshots`` whose primary key, or the type of a key column, may differ."""
    first, *others = snapshots
    changed = {
        item.table
        for mark, item in first.schema.items()
        if mark[0] == "constraint" and item.attributes.get("type") == "primary key" and item.table is not None
        for columns in [[("column", f"{item.table}.{column}") for column in item.parts]]
        if any(
            other.schema is not first.schema
            and any(other.schema.get(part) != first.schema.get(part) for part in (mark, *columns))
            for other in others
        )
    }
    return {table for table in changed if all(table in snapshot.rows for snapshot in snapshots)}


def _renumbered(before: Snapshot, after: Snapshot) -> set[str]:
    """Return the tables of both snapshots whose rows are the same but for their keys and references.

    Content types and permissions have natural keys here: another one is another row.
    """
    return {
        table
        for table, content in before.rows.items()
        if table in after.rows and table not in MANAGED_BY_DJANGO
        for other in [after.rows[table]]
        if content is not other
        and not isinstance(content.rows, HashedRows)
        and not isinstance(other.rows, HashedRows)
        and content.key == other.key
        and content.rows.keys() != other.rows.keys()
        and len(content.rows) == len(other.rows)
        for columns in [_values_beside_keys(table, before)]
        if columns and set(columns) <= set(other.columns)
        if Counter(tuple(row[name] for name in columns) for row in content.rows.values())
        == Counter(tuple(row[name] for name in columns) for row in other.rows.values())
    }


def _values_beside_keys(table: str, snapshot: Snapshot) -> list[str]:
    """Return the columns of ``table`` but its key and references."""
    content = snapshot.rows[table]
    references = {
        column
        for item in snapshot.schema.values()
        if item.table == table and item.refers
        for column in item.parts
    }
    return [column for column in content.columns if column not in {*content.key, *references}]


def _without_keys(
    snapshot: Snapshot, schema: KeySchema, tables: Collection[str], schemas: Sequence[KeySchema]
) -> Snapshot:
    """Return ``snapshot`` with ``tables`` as tables without a key, and without references to them."""
    rows = dict(snapshot.rows)
    for table, content in snapshot.rows.items():
        referring = {
            column
            for column, refers in schema.references.get(table, {}).items()
            if refers[0] in tables and column in content.columns
        }
        if table in tables:
            columns = tuple(
                column
                for column in content.columns
                if column not in referring and _means_a_value(table, column, schemas)
            )
            rows[table] = content._replace(key=(), columns=columns)
        elif referring:
            columns = tuple(column for column in content.columns if column not in referring)
            rows[table] = content._replace(columns=columns)
    return snapshot._replace(rows=rows, unkeyed=frozenset(tables))


def _means_a_value(table: str, column: str, schemas: Sequence[KeySchema]) -> bool:
    """Return whether all snapshots have ``column``, with one type, and none generates its values."""
    keys = [schema.keys.get(table, TableKey()) for schema in schemas]
    return len({schema.families[table].get(column) for schema in schemas}) == 1 and not any(
        key.generated and column in key.columns for key in keys
    )


def _lost_keys(first: Snapshot, last: Snapshot) -> set[str]:
    """Return the tables some of whose rows have no counterpart with the same key in ``last``."""
    return {
        table
        for table, content in first.rows.items()
        if table in last.rows
        and content is not last.rows[table]
        and not isinstance(content.rows, HashedRows)
        and content.key == last.rows[table].key
        and content.rows.keys() - last.rows[table].rows.keys()
    }
