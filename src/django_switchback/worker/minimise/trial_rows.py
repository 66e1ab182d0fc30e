"""Inserts the rows of trial cycles: one records what the seeder inserts, others insert a subset of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, QuerySet

from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.rows import SeededCycleRows, TargetChanges, WrittenWhen
from django_switchback.worker.minimise.literals import ContentTypeKey, PermissionKey
from django_switchback.worker.minimise.refused_rows import refused_rows
from django_switchback.worker.minimise.rows import (
    RowId,
    RowsById,
    changed_columns,
    decode_sqlite_text,
    insert_rows,
    rows_between,
)
from django_switchback.worker.seed.interface import Model, NewRows, SeedCoverage, referred_model
from django_switchback.worker.seed.references.generic_foreign_keys import is_content_type, is_permission
from django_switchback.worker.seed.row_counts import models_by_snapshot_name
from django_switchback.worker.snapshot.interface import RowTexts, Schema
from django_switchback.worker.table_names import ForeignKeys, foreign_keys


class SeededRows(NamedTuple):
    """The rows seeded in one cycle, with metadata of their tables."""

    rows: RowsById
    foreign_keys: ForeignKeys
    schemas: Mapping[WrittenWhen, Schema]
    keys: Mapping[str, tuple[str, ...]]
    changed: Mapping[str, frozenset[str]]
    """The columns that the target adds, drops or alters, by table."""
    models: Mapping[WrittenWhen, Mapping[str, Model]]
    """The historical models before and after the target, by table."""
    connection: BaseDatabaseWrapper
    refused: frozenset[RowId] = frozenset()
    """The rows that the application's own checks refuse."""


class ModelRow(NamedTuple):
    """One row read through its model: label and Python values; the label is ``None`` without a model."""

    label: str | None
    key: str | None
    """The attribute of the primary key if the database generates it."""
    columns: Mapping[str, str]
    """Attribute names by column."""
    values: Mapping[str, Any]
    """Values by attribute, without those equal to the field's default."""
    required: frozenset[str] = frozenset()
    """The columns that are NOT NULL."""


class RecordedRows:
    """The rows of ``seeded``, recorded as they are inserted; calls ``on_seeded`` after the old ones."""

    many = False

    def __init__(
        self, connection: BaseDatabaseWrapper, seeded: SeededCycleRows, on_seeded: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._seeded = seeded
        self._on_seeded = on_seeded
        self._recorded_rows: dict[RowId, RowTexts] = {}
        self._foreign_keys: dict[str, Mapping[str, tuple[str, str]]] = {}
        self._snapshots: dict[WrittenWhen, Snapshot] = {}
        self._models: dict[WrittenWhen, Mapping[str, Model]] = {}
        self._refused: frozenset[RowId] = frozenset()

    def seeded_rows(self) -> SeededRows:
        """Return the recorded rows with metadata of their tables."""
        last = [self._snapshots[written] for written in ("before", "after") if written in self._snapshots]
        return SeededRows(
            rows=self._recorded_rows,
            foreign_keys=self._foreign_keys,
            schemas={written: now.schema for written, now in self._snapshots.items()},
            keys={table: content.key for now in last for table, content in now.raw.items()},
            changed=changed_columns(last[0].schema, last[-1].schema),
            models=self._models,
            connection=self._connection,
            refused=self._refused,
        )

    def insert_old(self, state: ProjectState) -> SeedCoverage | None:
        """Seed the rows before the target."""
        coverage = self._seeded.insert_old(state)
        self._on_seeded()
        return coverage

    def insert_new(self, state: ProjectState, before: ProjectState, changes: TargetChanges) -> NewRows:
        """Write the new release's rows."""
        return self._seeded.insert_new(state, before, changes)

    def note(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        """Record the rows inserted since ``earlier``, with metadata of their tables."""
        new_rows = rows_between(earlier.raw, now.raw, written)
        self._recorded_rows |= new_rows
        self._snapshots[written] = now
        self._models[written] = models_by_snapshot_name(state.apps, self._connection)
        self._foreign_keys |= foreign_keys(self._connection, {row_id.table for row_id in new_rows})
        self._refused |= refused_rows(self._connection, self._models[written], new_rows)


class SelectedRows:
    """The ``selected`` rows of ``seeded`` and no others.

    With ``show``, they are read through their models into ``shown``.

    Inserting raises ``django.db.Error`` if the database refuses a row.
    """

    many = False

    def __init__(
        self, connection: BaseDatabaseWrapper, seeded: SeededRows, selected: RowsById, *, show: bool = False
    ) -> None:
        self._connection = connection
        self._seeded = seeded
        self._selected = selected
        self._show = show
        self.shown: dict[RowId, ModelRow] = {}

    def insert_old(self, state: ProjectState) -> SeedCoverage | None:
        """Insert the selected rows that are written before the target."""
        self._insert("before", state)
        return None

    def insert_new(self, state: ProjectState, before: ProjectState, changes: TargetChanges) -> NewRows:
        """Insert the selected rows that are written after the target."""
        keys: dict[str, tuple[tuple[str | None, ...], ...]] = {}
        for row_id in self._insert("after", state):
            keys[row_id.table] = (*keys.get(row_id.table, ()), row_id.key)
        return NewRows(keys=keys)

    def note(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        """Do nothing: the rows are known."""

    def _insert(self, written: WrittenWhen, state: ProjectState) -> RowsById:
        rows = {row_id: row for row_id, row in self._selected.items() if row_id.written == written}
        if rows:
            insert_rows(self._connection, self._seeded.schemas[written], state.apps, rows)
            if self._show:
                self.shown |= {row_id: self._read(row_id, row, state) for row_id, row in rows.items()}
        return rows

    def _read(self, row_id: RowId, row: RowTexts, state: ProjectState) -> ModelRow:
        connection = self._connection
        model = models_by_snapshot_name(state.apps, connection).get(row_id.table)
        keys = [row.get(column) for column in _key_columns(model)] if model is not None else []
        if model is None or len(keys) != 1:
            return _raw(row, connection.vendor)
        fields = [field for field in model._meta.local_concrete_fields if not field.generated]
        rest = {field.attname: field.get_default() for field in fields if _has_fixed_default(field)}
        key = keys[0] if connection.vendor == "postgresql" else decode_sqlite_text(keys[0])
        rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias)
        try:
            values = rows.values(*(field.attname for field in fields)).get(pk=key)
        except Exception:
            # A project's own field may raise on the stored value: fall back to the database's value.
            return _raw(row, connection.vendor)
        values |= {
            field.attname: self._natural_key(related_model, values[field.attname])
            for field in fields
            for related_model in [referred_model(field)]
            if related_model is not None and _is_natural(related_model)
        }
        return ModelRow(
            label=model._meta.label,
            key=model._meta.pk.attname if model._meta.auto_field is model._meta.pk else None,
            columns={field.column: field.attname for field in fields if field.column is not None},
            values={name: value for name, value in values.items() if name not in rest or value != rest[name]},
            required=frozenset(field.column for field in fields if not field.null and field.column),
        )

    def _natural_key(self, model: Model, key: Any) -> ContentTypeKey | PermissionKey | None:
        rows: QuerySet[Any] = QuerySet(model=model, using=self._connection.alias).filter(pk=key)
        if is_content_type(model):
            values = rows.values_list("app_label", "model").first()
            return None if values is None else ContentTypeKey(*values)
        names = ("content_type__app_label", "content_type__model", "codename")
        values = rows.values_list(*names).first()
        return None if values is None else PermissionKey(*values)


def _raw(row: RowTexts, vendor: str) -> ModelRow:
    values = (
        row if vendor == "postgresql" else {column: decode_sqlite_text(text) for column, text in row.items()}
    )
    return ModelRow(None, None, {column: column for column in row}, dict(values))


def _is_natural(model: Model) -> bool:
    """Return whether rows of ``model`` are found by natural key, since their keys differ by database."""
    return is_content_type(model) or is_permission(model)


def _key_columns(model: Any) -> list[str]:
    return [field.column for field in getattr(model._meta, "pk_fields", None) or (model._meta.pk,)]


def _has_fixed_default(field: Any) -> bool:
    """Return whether the field's default is a constant."""
    return field.default is NOT_PROVIDED or not callable(field.default)
