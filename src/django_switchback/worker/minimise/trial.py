"""Cycles with given rows: the one that shows which rows were on board, and those with some of them alone."""

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
from django_switchback.worker.cycle.cycle import Cycle, CycleResult, WrittenWhen
from django_switchback.worker.cycle.old_release import StatementAttempt
from django_switchback.worker.migrate.migrator import MigrationKey, StepResult
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
    """The rows that one cycle had on board, and what is known of their tables."""

    rows: RowsById
    references: ForeignKeys
    schemas: Mapping[WrittenWhen, Schema]
    keys: Mapping[str, tuple[str, ...]]
    changed: Mapping[str, frozenset[str]]
    """The columns by table that the target makes, drops or alters."""
    models: Mapping[WrittenWhen, Mapping[str, Model]]
    """The models of the moment by table."""
    connection: BaseDatabaseWrapper


class ModelRow(NamedTuple):
    """One row through its model: the label, and the values as Python has them; no label where none has it."""

    label: str | None
    key: str | None
    """The name of the key where the database gives it."""
    columns: Mapping[str, str]
    """The name of each attribute by its column."""
    values: Mapping[str, Any]
    """Without those that the model gives by itself."""
    required: frozenset[str] = frozenset()
    """The columns that may not be null."""


class ContentTypeKey(NamedTuple):
    """A content type by what it stands for."""

    app_label: str
    model: str


class _RepeatedCycle(Cycle):
    """A cycle tried again on a copy that is dropped afterwards, as ``far`` as what is looked for may lie.

    Unless that is far, it does not go forward a second time.
    """

    many = False

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        rows: Rows,
        *,
        far: bool,
        signals: bool,
        edge: bool = True,
    ) -> None:
        super().__init__(context, key, rows=rows, edge=edge, trial=True)
        self._far = far
        self.signals = signals

    def _step(self, direction: Direction, action: Callable[[], StepResult], seen: CycleResult) -> CycleResult:
        taken = self._taken(direction, action)
        if taken.failure is None:
            return seen
        return seen._replace(failed=direction, failed_step=taken, state=None)

    def _taken(self, direction: Direction, action: Callable[[], StepResult]) -> StepResult:
        return self._context.run_step(
            self._key,
            "cycle",
            direction,
            action,
            rows=self._rows,
            trial=True,
            without_edge=self._repeats,
        )

    def _reapply(
        self,
        state: ProjectState,
        after_state: ProjectState,
        before: Snapshot,
        after: Snapshot,
        seen: CycleResult,
    ) -> CycleResult:
        return super()._reapply(state, after_state, before, after, seen) if self._far else seen

    def _try_old_release(self, state: ProjectState, touched: tuple[str, ...]) -> tuple[StatementAttempt, ...]:
        return ()


class RecordingTrial(_RepeatedCycle):
    """A cycle with the rows that the seeder makes, which are noted; ``seeded`` is called when the old are."""

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        rows: Rows,
        *,
        far: bool,
        signals: bool,
        edge: bool,
        seeded: Callable[[], None],
    ) -> None:
        super().__init__(context, key, rows, far=far, signals=signals, edge=edge)
        self._told = seeded
        self._noted: dict[RowId, RowTexts] = {}
        self._references: dict[str, Mapping[str, tuple[str, str]]] = {}
        self._moments: dict[WrittenWhen, Snapshot] = {}
        self._models: dict[WrittenWhen, Mapping[str, Model]] = {}

    def board(self) -> SeededRows:
        """Return what was on board."""
        last = [self._moments[written] for written in ("before", "after") if written in self._moments]
        return SeededRows(
            rows=self._noted,
            references=self._references,
            schemas={written: now.schema for written, now in self._moments.items()},
            keys={table: content.key for now in last for table, content in now.raw.items()},
            changed=_changed_columns(last[0].schema, last[-1].schema),
            models=self._models,
            connection=self._context.sandboxes.connection,
        )

    def _fill(self, state: ProjectState) -> SeedCoverage | None:
        found = super()._fill(state)
        self._told()
        return found

    def _note_rows(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        fresh = rows_between(earlier.raw, now.raw, written)
        self._noted |= fresh
        self._moments[written] = now
        connection = self._context.sandboxes.connection
        self._models[written] = managed_models(state.apps, connection.alias)
        self._references |= foreign_keys(connection, {place.table for place in fresh})


def _changed_columns(before: Schema, after: Schema) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for difference in compare_schemas(before, after):
        parts = {
            part
            for schema in (before, after)
            if (difference.kind, difference.name) in schema
            for part in schema[difference.kind, difference.name].parts
        }
        if difference.table is not None and difference.kind in {"column", "constraint", "index"}:
            found[difference.table] = found.get(difference.table, frozenset()) | parts
    return found


class RowTrial(_RepeatedCycle):
    """A cycle with ``rows`` of ``board`` and no other, and only as much of it as is asked for.

    Unless moments are ``compared``, none is taken. It is no step of the plan: what it does is told by what it
    leads to.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        board: SeededRows,
        rows: RowsById,
        *,
        far: bool,
        compared: bool,
        signals: bool,
        show: bool = False,
    ) -> None:
        super().__init__(context, key, "none", far=far, signals=signals)
        self._board = board
        self._given = rows
        self._compared = compared
        self._show = show
        self.shown: dict[RowId, ModelRow] = {}
        self.seen: CycleResult

    def run_until(self, state: ProjectState, bare: Snapshot) -> None:
        """Go through the cycle from ``state``. Raises ``django.db.Error`` where a row is refused.

        ``bare`` is what the database is like without a row.
        """
        self.seen = self.run(state, bare)

    def _taken(self, direction: Direction, action: Callable[[], StepResult]) -> StepResult:
        return action()

    def _fill(self, state: ProjectState) -> SeedCoverage | None:
        self._put("before", state)
        return None

    def _write_new(self, state: ProjectState, before: ProjectState, touched: tuple[str, ...]) -> NewRows:
        rows = self._put("after", state)
        keys: dict[str, tuple[tuple[str | None, ...], ...]] = {}
        for place in rows:
            keys[place.table] = (*keys.get(place.table, ()), place.key)
        return NewRows(keys=keys)

    def _take_snapshot(self, earlier: Snapshot, *, rows_only: bool = False) -> Snapshot:
        return (
            super()._take_snapshot(earlier, rows_only=rows_only)
            if self._compared
            else snapshots.EMPTY_SNAPSHOT
        )

    def _put(self, written: WrittenWhen, state: ProjectState) -> RowsById:
        rows = {place: row for place, row in self._given.items() if place.written == written}
        if rows:
            connection = self._context.sandboxes.connection
            insert_rows(connection, self._board.schemas[written], state.apps, rows)
            if self._show:
                self.shown |= {place: self._read(place, row, state) for place, row in rows.items()}
        return rows

    def _read(self, place: RowId, row: RowTexts, state: ProjectState) -> ModelRow:
        connection = self._context.sandboxes.connection
        model = managed_models(state.apps, connection.alias).get(place.table)
        keys = [row.get(column) for column in _key_columns(model)] if model is not None else []
        if model is None or len(keys) != 1:
            return _raw(row, connection.vendor)
        fields = [field for field in model._meta.local_concrete_fields if not field.generated]
        rest = {field.attname: field.get_default() for field in fields if _settled(field)}
        key = keys[0] if connection.vendor == "postgresql" else decode_sqlite_text(keys[0])
        rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias)
        try:
            values = rows.values(*(field.attname for field in fields)).get(pk=key)
        except Exception:
            # A field of theirs may refuse what its column holds: the row is shown as the database has it.
            return _raw(row, connection.vendor)
        values |= {
            field.attname: self._type(field, values[field.attname]) for field in fields if _typed(field)
        }
        return ModelRow(
            label=model._meta.label,
            key=model._meta.pk.attname if model._meta.auto_field is model._meta.pk else None,
            columns={field.column: field.attname for field in fields if field.column is not None},
            values={name: value for name, value in values.items() if name not in rest or value != rest[name]},
            required=frozenset(field.column for field in fields if not field.null and field.column),
        )

    def _type(self, field: Any, key: Any) -> ContentTypeKey | None:
        connection = self._context.sandboxes.connection
        rows: QuerySet[Any] = QuerySet(model=field.related_model, using=connection.alias)
        found = rows.filter(pk=key).values_list("app_label", "model").first()
        return None if found is None else ContentTypeKey(*found)


def _raw(row: RowTexts, vendor: str) -> ModelRow:
    values = (
        row if vendor == "postgresql" else {column: decode_sqlite_text(text) for column, text in row.items()}
    )
    return ModelRow(None, None, {column: column for column in row}, dict(values))


def _typed(field: Any) -> bool:
    """Tell whether the field refers to a content type, which has another key in every database."""
    pointed = referred_model(field)
    return pointed is not None and is_content_type(pointed)


def _key_columns(model: Any) -> list[str]:
    return [field.column for field in getattr(model._meta, "pk_fields", None) or (model._meta.pk,)]


def _settled(field: Any) -> bool:
    """Tell whether the model gives the field the same value each time."""
    return field.default is NOT_PROVIDED or not callable(field.default)
