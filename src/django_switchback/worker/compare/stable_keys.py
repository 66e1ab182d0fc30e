"""Pairs the rows of tables whose primary key changes, and replaces keys and references by common ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django_switchback.worker.compare.generic_references import (
    ModelTables,
    object_columns,
    plain_key,
    referring_objects,
    with_assigned_objects,
)
from django_switchback.worker.compare.row_pairing import KeyedRows, Marks, PairingRule, pair_rows
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.compare.table_keys import KeySchema, TableKey, referred_first
from django_switchback.worker.snapshot.interface import RowIdentity, RowKey, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows


class Partner(NamedTuple):
    """The earlier snapshot with the index ``snapshot``, to pair rows with.

    ``through`` is a snapshot between the two, in which the key may have been another one. ``same``: no
    migration ran between the two. ``latest``: the snapshot that has the same rows as the later of the two,
    which may be more than the earlier one has.
    """

    snapshot: int
    through: int | None = None
    same: bool = False
    latest: int | None = None


_LOADED = 2
"""The place of the snapshot with new rows, in a cycle."""


class ChangedTables(NamedTuple):
    """The tables with other keys; those of them that only link others, and those with other values alone."""

    all: frozenset[str]
    links: frozenset[str]
    renumbered: frozenset[str]


class StableKeys:
    """Assigns the rows of the changed tables their keys, referred tables first."""

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        schemas: Sequence[KeySchema],
        partners: Sequence[Sequence[Partner]],
        changed: ChangedTables,
        model_tables: ModelTables,
    ) -> None:
        self._snapshots = snapshots
        self._schemas = schemas
        self._partners = partners
        self._tables, self._links, self._renumbered = changed
        self._model_tables = model_tables
        self._ids: list[dict[str, Mapping[RowKey, RowKey]]] = [{} for _ in snapshots]
        """The assigned keys by table and primary key, for each snapshot."""
        self._names: list[dict[str, Mapping[str | None, str]]] = [{} for _ in snapshots]
        """The text of the assigned keys, for references, by table and primary key."""

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Return the snapshots with the assigned keys."""
        for table in referred_first(self._tables, self._schemas):
            rows = [self._translated(index, table) for index in range(len(self._snapshots))]
            self._assign(table, rows)
        return tuple(self._snapshot(index) for index in range(len(self._snapshots)))

    def _assign(self, table: str, rows: Sequence[KeyedRows]) -> None:
        for index, own in enumerate(rows):
            ids: dict[RowKey, RowKey] = {} if index else {key: key for key in own}
            for partner in self._partners[index]:
                known = self._ids[partner.snapshot][table]
                used = set(ids.values())
                old = {key: row for key, row in rows[partner.snapshot].items() if known[key] not in used}
                new = {key: row for key, row in own.items() if key not in ids}
                if table in self._renumbered and partner.snapshot == _LOADED:
                    # Old rows have to get back the keys that they had.
                    old = {key: row for key, row in old.items() if isinstance(known[key], RowIdentity)}
                marks = self._partner_marks(partner, index, table), self._marks(index, partner, table)
                pairs = pair_rows(old, new, self._rule(table, index, partner, rows), *marks)
                ids |= {key: known[other] for key, other in pairs.items()}
            columns = self._key(index, table).columns
            ids |= {key: _new_identity(key, columns, index) for key in own if key not in ids}
            self._ids[index][table] = ids
            self._names[index][table] = {key[0]: _name(ids[key]) for key in own} if len(columns) == 1 else {}

    def _key(self, index: int, table: str) -> TableKey:
        return self._schemas[index].keys.get(table, TableKey())

    def _rule(self, table: str, index: int, partner: Partner, rows: Sequence[KeyedRows]) -> PairingRule:
        ours, theirs = self._key(index, table), self._key(partner.snapshot, table)
        if partner.same:
            return PairingRule("only")
        values = self._shared_columns(table, index, partner.snapshot)
        if table in self._renumbered:
            by_key = partner.latest is not None
            return PairingRule("only") if by_key else self._by_values(table, values - {*ours.columns})
        if ours[:2] == theirs[:2]:
            through = partner.through
            kept = through is None or self._kept(table, partner.snapshot, through, rows)
            if kept and table not in self._links:
                return PairingRule("only")
            uniques: tuple[tuple[str, ...], ...] = ()
        elif len(ours.columns) == len(theirs.columns) and rows[index].keys() == rows[partner.snapshot].keys():
            return PairingRule("only")
        else:
            uniques = (theirs.columns, ours.columns)
        for schema in (self._schemas[partner.snapshot], self._schemas[index]):
            uniques += schema.uniques.get(table, ())
        doomed = self._lost_columns(table, rows)
        converted = self._converted(table, rows) if partner.through is None and index > 1 else frozenset()
        return PairingRule(
            ("last" if ours.generated else "first") if ours[:2] == theirs[:2] else "never",
            [
                columns
                for columns in dict.fromkeys(uniques)
                if columns and set(columns) <= values - converted and not set(columns) <= doomed
            ],
            tuple(sorted(values - doomed - converted)),
        )

    def _by_values(self, table: str, values: frozenset[str]) -> PairingRule:
        uniques = (columns for schema in self._schemas for columns in schema.uniques.get(table, ()))
        known = [columns for columns in dict.fromkeys(uniques) if columns and set(columns) <= values]
        return PairingRule("never", known, tuple(sorted(values)))

    def _kept(self, table: str, index: int, other: int, rows: Sequence[KeyedRows]) -> bool:
        """Return whether the snapshot ``other`` holds the values of the key of ``index``."""
        key, families = self._key(index, table), self._schemas[other].families[table]
        if all(
            families.get(column) == family for column, family in zip(key.columns, key.families, strict=True)
        ):
            return True
        renamed = self._key(other, table).families == key.families
        return renamed and bool(rows[index]) and rows[index].keys() <= rows[other].keys()

    def _lost_columns(self, table: str, rows: Sequence[KeyedRows]) -> frozenset[str]:
        """Return the generated key columns whose values some snapshot does not hold."""
        if table in self._renumbered:
            return frozenset(self._key(0, table).columns)
        places = range(len(self._snapshots))
        return frozenset(
            column
            for index in places
            for column in self._key(index, table).columns
            if self._key(index, table).generated
            and (table in self._links or not all(self._kept(table, index, other, rows) for other in places))
        )

    def _shared_columns(self, table: str, index: int, other: int) -> frozenset[str]:
        """Return the columns that both snapshots hold with comparable values."""
        ours, theirs = self._schemas[index], self._schemas[other]
        return frozenset(
            column
            for column, family in ours.families[table].items()
            if column in theirs.families[table]
            and not self._is_unresolved(ours, table, column)
            and not self._is_unresolved(theirs, table, column)
            and (
                family == theirs.families[table][column]
                or (self._is_reference(ours, table, column) and self._is_reference(theirs, table, column))
            )
        )

    def _is_reference(self, schema: KeySchema, table: str, column: str) -> bool:
        """Return whether ``column`` refers to the key of a table whose key changes."""
        refers = schema.references.get(table, {}).get(column, ())
        if not refers or refers[0] not in self._tables:
            return False
        return refers[1:] in {(), schema.keys.get(refers[0], TableKey()).columns}

    def _is_unresolved(self, schema: KeySchema, table: str, column: str) -> bool:
        """Return whether ``column`` refers to rows that have no assigned keys yet."""
        return (
            self._is_reference(schema, table, column)
            and schema.references[table][column][0] not in self._ids[-1]
        )

    def _converted(self, table: str, rows: Sequence[KeyedRows]) -> frozenset[str]:
        """Return the columns whose values the migration changed in old rows."""
        keys = {self._ids[1][table][key]: key for key in rows[1]}
        return frozenset(
            column
            for key, row in rows[0].items()
            if key in keys
            for column, value in row.items()
            if rows[1][keys[key]].get(column, value) != value
        )

    def _partner_marks(self, partner: Partner, index: int, table: str) -> Marks:
        """Return the marks of the partner's rows, as they are in the latest snapshot with the same rows."""
        if partner.latest is None:
            return self._marks(partner.snapshot, Partner(index), table)
        marks = self._marks(partner.latest, Partner(index), table)
        latest = {row_id: key for key, row_id in self._ids[partner.latest][table].items()}
        return {
            key: marks[latest[row_id]]
            for key, row_id in self._ids[partner.snapshot][table].items()
            if latest.get(row_id) in marks
        }

    def _marks(self, index: int, partner: Partner, table: str) -> Marks:
        """Return the rows that refer to each row of ``table``, of those that both snapshots have."""
        found: dict[RowKey, set[tuple[str, str, RowKey]]] = {}
        other = partner.snapshot if partner.latest is None else partner.latest
        ours, theirs = self._snapshots[index].rows, self._snapshots[other].rows
        schema = self._schemas[index]
        plain_keys = {plain_key(key[0]): key for key in ours[table].rows if len(key) == 1 and key[0]}
        for child, columns in schema.references.items():
            if child in self._tables or child not in ours or child not in theirs:
                continue
            kept = {key: row for key, row in ours[child].rows.items() if key in theirs[child].rows}
            for column in columns:
                if columns[column][0] == table and self._is_reference(schema, child, column):
                    for key, row in kept.items():
                        found.setdefault((row.get(column),), set()).add((child, column, key))
            objects = object_columns(schema, child)
            for column, key, plain in referring_objects(kept, objects, table, self._model_tables):
                if plain in plain_keys:
                    found.setdefault(plain_keys[plain], set()).add((child, column, key))
        return {key: frozenset(marks) for key, marks in found.items()}

    def _translated(self, index: int, table: str) -> KeyedRows:
        """Return the rows of ``table`` with assigned keys in place of references, where these are known."""
        content = self._snapshots[index].rows[table]
        schema = self._schemas[index]
        names = {
            column: self._names[index][refers[0]]
            for column, refers in schema.references.get(table, {}).items()
            if column in content.columns
            and self._is_reference(schema, table, column)
            and refers[0] in self._names[index]
        }
        if not names or isinstance(content.rows, HashedRows):
            return content.rows
        return {key: _with_names(row, names) for key, row in content.rows.items()}

    def _snapshot(self, index: int) -> Snapshot:
        snapshot = self._snapshots[index]
        rows = dict(snapshot.rows)
        for table in rows.keys() & (self._tables | self._schemas[index].references.keys()):
            content = rows[table]
            translated = self._translated(index, table)
            objects = object_columns(self._schemas[index], table)
            if objects and not isinstance(content.rows, HashedRows):
                translated = with_assigned_objects(
                    translated, objects, self._names[index], self._model_tables
                )
            if table in self._tables:
                doomed = self._lost_columns(table, [other.rows[table].rows for other in self._snapshots])
                ids = self._ids[index][table]
                columns = tuple(column for column in content.columns if column not in doomed)
                rows[table] = TableRows(
                    self._key(0, table).columns,
                    columns,
                    {ids[key]: {name: row[name] for name in columns} for key, row in translated.items()},
                )
            elif translated is not content.rows:
                rows[table] = content._replace(rows=translated)
        return snapshot._replace(rows=rows, stable=self._stable_references(index))

    def _stable_references(self, index: int) -> frozenset[tuple[str, str]]:
        schema = self._schemas[index]
        return frozenset(
            (table, column)
            for table, columns in schema.references.items()
            for column in columns
            if self._is_reference(schema, table, column)
        )


def _with_names(row: RowTexts, names: Mapping[str, Mapping[str | None, str]]) -> RowTexts:
    return {
        column: names[column].get(value, f"{value} (no row)")
        if column in names and value is not None
        else value
        for column, value in row.items()
    }


def _new_identity(key: RowKey, columns: tuple[str, ...], index: int) -> RowIdentity:
    """Return a key that no other row has, for a row without a counterpart."""
    return RowIdentity((*key, f"new in {index}"), dict(zip(columns, key, strict=False)))


def _name(key: RowKey) -> str:
    return f"{key[0]} (new)" if isinstance(key, RowIdentity) else str(key[0])
