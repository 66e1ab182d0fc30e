"""Runs trial cycles: one records the rows that the seeder inserts, others insert a subset of those rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, QuerySet

from django_switchback.evidence import Direction, Rows
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.cycle import Cycle, WrittenWhen
from django_switchback.worker.cycle.old_release import StatementAttempt
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.minimise.rows import (
    ForeignKeys,
    RowId,
    RowsById,
    decode_sqlite_text,
    foreign_keys,
    insert_rows,
    rows_between,
)
from django_switchback.worker.seed.generic import is_content_type
from django_switchback.worker.seed.interface import Model, NewRows, SeedCoverage, referred_model
from django_switchback.worker.seed.row_counts import managed_models
from django_switchback.worker.snapshot.compare import compare_schemas
from django_switchback.worker.snapshot.interface import RowTexts, Schema


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


class ContentTypeKey(NamedTuple):
    """The natural key of a content type."""

    app_label: str
    model: str


class _RepeatedCycle(Cycle):
    """A cycle repeated on a disposable clone; without ``with_reapply``, it ends after the rollback."""

    multiply_rows = False

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        rows: Rows,
        *,
        with_reapply: bool,
        signals: bool,
        edge: bool = True,
    ) -> None:
        super().__init__(context, key, rows=rows, edge=edge, trial=True)
        self._with_reapply = with_reapply
        self.signals = signals

    def _step(
        self, direction: Direction, action: Callable[[], StepResult], result: CycleResult
    ) -> CycleResult:
        step_result = self._run_step(direction, action)
        if step_result.failure is None:
            return result
        return result._replace(failed=direction, last_step=step_result, state=None)

    def _run_step(self, direction: Direction, action: Callable[[], StepResult]) -> StepResult:
        return self._context.run_step(
            self._key,
            "cycle",
            direction,
            action,
            rows=self._rows,
            trial=True,
            without_edge=self._without_edge,
        )

    def _reapply(
        self,
        state: ProjectState,
        after_state: ProjectState,
        before: Snapshot,
        after: Snapshot,
        result: CycleResult,
    ) -> CycleResult:
        return super()._reapply(state, after_state, before, after, result) if self._with_reapply else result

    def _try_old_release(self, state: ProjectState, tables: tuple[str, ...]) -> tuple[StatementAttempt, ...]:
        return ()


class RecordingTrial(_RepeatedCycle):
    """A trial that records the rows the seeder inserts; calls ``on_seeded`` after seeding the old rows."""

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        rows: Rows,
        *,
        with_reapply: bool,
        signals: bool,
        edge: bool,
        on_seeded: Callable[[], None],
    ) -> None:
        super().__init__(context, key, rows, with_reapply=with_reapply, signals=signals, edge=edge)
        self._on_seeded = on_seeded
        self._recorded_rows: dict[RowId, RowTexts] = {}
        self._foreign_keys: dict[str, Mapping[str, tuple[str, str]]] = {}
        self._snapshots: dict[WrittenWhen, Snapshot] = {}
        self._models: dict[WrittenWhen, Mapping[str, Model]] = {}

    def seeded_rows(self) -> SeededRows:
        """Return the recorded rows with metadata of their tables."""
        last = [self._snapshots[written] for written in ("before", "after") if written in self._snapshots]
        return SeededRows(
            rows=self._recorded_rows,
            foreign_keys=self._foreign_keys,
            schemas={written: now.schema for written, now in self._snapshots.items()},
            keys={table: content.key for now in last for table, content in now.raw.items()},
            changed=_changed_columns(last[0].schema, last[-1].schema),
            models=self._models,
            connection=self._context.sandboxes.connection,
        )

    def _fill(self, state: ProjectState) -> SeedCoverage | None:
        coverage = super()._fill(state)
        self._on_seeded()
        return coverage

    def _note_rows(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        new_rows = rows_between(earlier.raw, now.raw, written)
        self._recorded_rows |= new_rows
        self._snapshots[written] = now
        connection = self._context.sandboxes.connection
        self._models[written] = managed_models(state.apps, connection.alias)
        self._foreign_keys |= foreign_keys(connection, {row_id.table for row_id in new_rows})


def _changed_columns(before: Schema, after: Schema) -> dict[str, frozenset[str]]:
    columns: dict[str, frozenset[str]] = {}
    for difference in compare_schemas(before, after):
        parts = {
            part
            for schema in (before, after)
            if (difference.kind, difference.name) in schema
            for part in schema[difference.kind, difference.name].parts
        }
        if difference.table is not None and difference.kind in {"column", "constraint", "index"}:
            columns[difference.table] = columns.get(difference.table, frozenset()) | parts
    return columns


class RowTrial(_RepeatedCycle):
    """A trial that inserts ``rows`` of ``seeded`` and no others.

    Snapshots are only taken if they are ``compared``. Its steps are not recorded; with ``show``, the inserted
    rows are read through their models into ``shown``.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        seeded: SeededRows,
        rows: RowsById,
        *,
        with_reapply: bool,
        compared: bool,
        signals: bool,
        show: bool = False,
    ) -> None:
        super().__init__(context, key, "none", with_reapply=with_reapply, signals=signals)
        self._seeded = seeded
        self._selected_rows = rows
        self._compared = compared
        self._show = show
        self.shown: dict[RowId, ModelRow] = {}
        self.result: CycleResult

    def run_until(self, state: ProjectState, unseeded: Snapshot) -> None:
        """Run the cycle from ``state``; raises ``django.db.Error`` if the database refuses a row."""
        self.result = self.run(state, unseeded)

    def _run_step(self, direction: Direction, action: Callable[[], StepResult]) -> StepResult:
        return action()

    def _fill(self, state: ProjectState) -> SeedCoverage | None:
        self._insert("before", state)
        return None

    def _write_new(self, state: ProjectState, before: ProjectState, tables: tuple[str, ...]) -> NewRows:
        rows = self._insert("after", state)
        keys: dict[str, tuple[tuple[str | None, ...], ...]] = {}
        for row_id in rows:
            keys[row_id.table] = (*keys.get(row_id.table, ()), row_id.key)
        return NewRows(keys=keys)

    def _take_snapshot(self, earlier: Snapshot, *, rows_only: bool = False) -> Snapshot:
        return (
            super()._take_snapshot(earlier, rows_only=rows_only)
            if self._compared
            else snapshots.EMPTY_SNAPSHOT
        )

    def _insert(self, written: WrittenWhen, state: ProjectState) -> RowsById:
        rows = {row_id: row for row_id, row in self._selected_rows.items() if row_id.written == written}
        if rows:
            connection = self._context.sandboxes.connection
            insert_rows(connection, self._seeded.schemas[written], state.apps, rows)
            if self._show:
                self.shown |= {row_id: self._read(row_id, row, state) for row_id, row in rows.items()}
        return rows

    def _read(self, row_id: RowId, row: RowTexts, state: ProjectState) -> ModelRow:
        connection = self._context.sandboxes.connection
        model = managed_models(state.apps, connection.alias).get(row_id.table)
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
            field.attname: self._content_type_key(field, values[field.attname])
            for field in fields
            if _refers_to_content_type(field)
        }
        return ModelRow(
            label=model._meta.label,
            key=model._meta.pk.attname if model._meta.auto_field is model._meta.pk else None,
            columns={field.column: field.attname for field in fields if field.column is not None},
            values={name: value for name, value in values.items() if name not in rest or value != rest[name]},
            required=frozenset(field.column for field in fields if not field.null and field.column),
        )

    def _content_type_key(self, field: Any, key: Any) -> ContentTypeKey | None:
        connection = self._context.sandboxes.connection
        rows: QuerySet[Any] = QuerySet(model=field.related_model, using=connection.alias)
        natural_key = rows.filter(pk=key).values_list("app_label", "model").first()
        return None if natural_key is None else ContentTypeKey(*natural_key)


def _raw(row: RowTexts, vendor: str) -> ModelRow:
    values = (
        row if vendor == "postgresql" else {column: decode_sqlite_text(text) for column, text in row.items()}
    )
    return ModelRow(None, None, {column: column for column in row}, dict(values))


def _refers_to_content_type(field: Any) -> bool:
    """Return whether the field refers to a content type, whose primary key differs between databases."""
    related_model = referred_model(field)
    return related_model is not None and is_content_type(related_model)


def _key_columns(model: Any) -> list[str]:
    return [field.column for field in getattr(model._meta, "pk_fields", None) or (model._meta.pk,)]


def _has_fixed_default(field: Any) -> bool:
    """Return whether the field's default is a constant."""
    return field.default is NOT_PROVIDED or not callable(field.default)
