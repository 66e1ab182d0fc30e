"""Tries the statements of the old release on the schema that a migration leaves to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import msgspec
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.evidence import ReleaseMigration, Rows
from django_switchback.worker.release.new_release import ForwardStep
from django_switchback.worker.release.read_rows import ReadRow
from django_switchback.worker.release.referred_rows import with_refused_deletes
from django_switchback.worker.release.retargeted_keys import attempts_on_new_parents, retargeted_keys
from django_switchback.worker.release.row_security import become_owner, tables_with_new_row_security
from django_switchback.worker.release.sequence_collisions import sequences_restored
from django_switchback.worker.release.state_changes import changed_views
from django_switchback.worker.release.table_trial import OWN_ROW, StatementAttempt, TableTrial
from django_switchback.worker.release.triggers import tables_with_concerned_triggers
from django_switchback.worker.release.two_releases.plan import two_releases
from django_switchback.worker.seed.batches import RowInserter
from django_switchback.worker.seed.interface import Field, Model, RowRequest, referred_model
from django_switchback.worker.seed.model_fields import has_database_default
from django_switchback.worker.seed.references.referred_keys import KeysInUse
from django_switchback.worker.seed.row_counts import models_by_snapshot_name
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.table_names import snapshot_names

_MAX_NEW_ROWS = 8
_NEVER_NULL = 501
"""A number of rows whose typical values are never null, see ``wants_null`` in ``seed/draft_row.py``."""

Columns: TypeAlias = Mapping[tuple[str, str], Mapping[str, str | None]]
"""The catalogue's attributes of each column, by table and column."""


class OldTable(NamedTuple):
    """A table of the old release that a migration concerns.

    ``changed`` are the fields whose columns it changed, ``retyped`` those that have another type now,
    ``mandatory`` those that were nullable and are not now, and ``retargeted`` foreign keys that refer to
    another table now. ``only_delete``: the table itself is unchanged,
    but one whose rows are deleted with its own is not. ``only_select``: it is not managed, such as a view.
    """

    model: Model
    changed: tuple[Field, ...] = ()
    retyped: tuple[Field, ...] = ()
    mandatory: tuple[Field, ...] = ()
    retargeted: tuple[Field, ...] = ()
    only_delete: bool = False
    only_select: bool = False


class OldRows(NamedTuple):
    """The attempts on rows from before the migration, and the keys of these rows by table."""

    attempts: tuple[StatementAttempt, ...] = ()
    keys: Mapping[str, frozenset[Any]] = {}


class OldRelease:
    """The statements of the models before a migration, on the tables that concern it.

    ``changed`` are the tables that the migration changed, by their names before and after it.
    """

    def __init__(
        self, connection: BaseDatabaseWrapper, step: ForwardStep, changed: Collection[str], seeder: Seeder
    ) -> None:
        self._connection = connection
        self._step = step
        self._apps = step.states[0].apps
        self._changed = {*changed, *tables_with_concerned_triggers(*step.schemas, changed)}
        self._seeder = seeder

    @cached_property
    def tables(self) -> dict[str, OldTable]:
        """The tables by name: those that the migration changed, and those that changed ones refer to."""
        models = models_by_snapshot_name(self._apps, self._connection)
        before, after = map(_columns, self._step.schemas)
        existing = {table for table, _ in before}
        found: dict[str, OldTable] = {}
        for table in sorted({*self._changed} & {*models} & existing):
            retargeted = tuple(retargeted_keys(table, models[table], *self._step.schemas))
            found[table] = _old_table(table, models[table], before, after)._replace(retargeted=retargeted)
        unmanaged = models_by_snapshot_name(self._apps, self._connection, managed=False)
        changed = {*self._changed} & existing | changed_views(*self._step.schemas)
        for name in sorted(changed & {*unmanaged}):
            found.setdefault(name, OldTable(unmanaged[name], only_select=True))
        referred = {target for old in found.values() for target in map(referred_model, old.changed) if target}
        names = snapshot_names(self._connection, (model._meta.db_table for model in referred))
        for name in sorted({*names.values()} & {*models} & existing):
            found.setdefault(name, OldTable(models[name], only_delete=True))
        return found

    def try_old_rows(self, tables: Collection[str] | None = None) -> OldRows:
        """Insert rows of the old release into its tables, and read, update and delete rows from before.

        Only on ``tables``, if they are given. All changes are rolled back, and sequences set back.
        """
        chosen = self._chosen(tables)
        if not chosen and not self._changed:
            return OldRows()
        inserters = self._seeder.inserters(self._apps)
        attempts: list[StatementAttempt] = []
        keys: dict[str, frozenset[Any]] = {}
        secured = tables_with_new_row_security(*self._step.schemas)
        with sequences_restored(self._connection):
            for name, old in chosen.items():
                trial = _OldTableTrial(self._connection, name, old)
                with transaction.atomic(using=self._connection.alias):
                    if name in secured:
                        become_owner(self._connection)
                    attempts += trial.attempts(self._inserter(inserters, old))
                    transaction.set_rollback(True, using=self._connection.alias)
                keys[name] = trial.keys
            tried = with_refused_deletes(attempts, self._connection, self._apps, *self._step.schemas)
        return OldRows(tuple(attempt for attempt in tried if tables is None or attempt.table in tables), keys)

    def try_new_rows(
        self, keys: Mapping[str, Collection[Any]], tables: Collection[str]
    ) -> tuple[StatementAttempt, ...]:
        """Read and update rows other than those of ``keys``: those that were inserted after the migration.

        On those of ``tables`` whose rows from before were read.
        """
        attempts: list[StatementAttempt] = []
        for name, old in self._chosen(tables).items():
            if old.only_delete or old.only_select or not keys.get(name):
                continue
            with transaction.atomic(using=self._connection.alias):
                trial = _OldTableTrial(self._connection, name, old)
                attempts += trial.attempts_on_new_rows(keys[name])
                transaction.set_rollback(True, using=self._connection.alias)
        return tuple(msgspec.structs.replace(attempt, written="after") for attempt in attempts)

    def in_two_releases(self, tables: Collection[str]) -> tuple[ReleaseMigration, ...]:
        """Return the migrations to write instead, so that the statements on ``tables`` do not fail."""
        return tuple(two_releases(self._connection, self._step, tables))

    def _chosen(self, tables: Collection[str] | None) -> dict[str, OldTable]:
        return {name: old for name, old in self.tables.items() if tables is None or name in tables}

    def _inserter(self, inserters: Callable[[], RowInserter], old: OldTable) -> RowInserter:
        """Return an inserter of rows that refer to what rows refer to already, where its table is changed."""
        inserter = inserters()
        referred = (referred_model(field) for field in old.model._meta.local_concrete_fields)
        names = snapshot_names(self._connection, (model._meta.db_table for model in referred if model))
        if {*names.values()} & {*self.tables}:
            inserter.context.references = KeysInUse(self._connection)
        return inserter


def _old_table(table: str, model: Model, before: Columns, after: Columns) -> OldTable:
    fields = [field for field in model._meta.local_concrete_fields if field.column is not None]
    places = [(field, (table, str(field.column))) for field in fields]
    pairs = [(field, before.get(place), after.get(place)) for field, place in places]
    changed = [(field, old, new) for field, old, new in pairs if old != new]
    kept = [(field, old, new) for field, old, new in changed if old is not None and new is not None]
    return OldTable(
        model,
        changed=tuple(field for field, _, _ in changed),
        retyped=tuple(field for field, old, new in kept if old.get("type") != new.get("type")),
        mandatory=tuple(field for field, _, new in kept if field.null and new.get("not null")),
    )


class _OldTableTrial:
    """Tries the statements of the old release on one table; a refusal counts if its structure causes it."""

    def __init__(self, connection: BaseDatabaseWrapper, name: str, old: OldTable) -> None:
        self._trial = TableTrial(connection, name, old.model, (), structural=True)
        self._old = old
        self.keys: frozenset[Any] = frozenset()

    def attempts(self, inserter: RowInserter) -> Iterator[StatementAttempt]:
        """Yield an attempt for each statement, only for the delete if the table itself is not changed."""
        rows: list[ReadRow] = []
        select = self._trial.select(rows)
        self.keys = frozenset(_comparable(row.key) for row in rows)
        key = None
        if self._old.only_select:
            yield select
            return
        if not self._old.only_delete:
            insert, key = self._insert(inserter)
            yield insert
            yield select if select.is_broken else self._select_by_value(select, rows)
            yield self._update(select, rows)
        yield self._delete(inserter, select, rows, key)

    def attempts_on_new_rows(self, old_keys: Collection[Any]) -> Iterator[StatementAttempt]:
        """Yield an attempt to read all rows, and the first update of a row not in ``old_keys`` that fails.

        A mandatory column that reads as ``None`` is not a failure: it may be null in rows of the new release.
        """
        rows: list[ReadRow] = []
        yield msgspec.structs.replace(self._trial.select(rows), read_as_none=())
        new = [row for row in rows if _comparable(row.key) not in old_keys]
        attempts = [attempt for row in new[-_MAX_NEW_ROWS:] if (attempt := self._trial.update((row,)))]
        yield from [attempt for attempt in attempts if attempt.is_broken][:1] or attempts[:1]

    def _insert(self, inserter: RowInserter) -> tuple[StatementAttempt, Any]:
        """Insert a row of each kind that the changed columns ask for; return the first failure, and a key."""
        done = [self._insert_one(inserter, *kind) for kind in self._row_kinds()]
        broken = [attempt for attempt, _ in done if attempt.is_broken]
        if not broken:
            broken = [
                attempt
                for field in self._old.retargeted
                for attempt in attempts_on_new_parents(self._trial, field, inserter, self._complete())
                if attempt.is_broken
            ]
        return (broken or [done[0][0]])[0], done[0][1]

    def _insert_one(
        self, inserter: RowInserter, kind: Rows, request: RowRequest
    ) -> tuple[StatementAttempt, Any]:
        attempt, key = self._trial.insert(inserter, request)
        return msgspec.structs.replace(attempt, row_kind=kind), key

    def _row_kinds(self) -> Iterator[tuple[Rows, RowRequest]]:
        """Yield a complete row, one of what may not be left out, and one with extremes of retyped columns."""
        complete = self._complete()
        yield "typical", complete
        if self._old.mandatory:
            left_out = tuple((field.attname, _if_left_out(field)) for field in self._old.mandatory)
            yield "typical", complete._replace(number=_NEVER_NULL + 3, fixed=(*complete.fixed, *left_out))
        if self._old.retyped:
            columns = frozenset(str(field.column) for field in self._old.retyped)
            yield "edge", complete._replace(number=_NEVER_NULL + 6, profile="high", extreme=columns)

    def _complete(self) -> RowRequest:
        """Return a request for a row without null."""
        # NOTE: Django names these columns in an insert too, so the trial must not leave them out.
        filled = tuple(
            (field.attname, field.get_default())
            for field in self._old.model._meta.local_concrete_fields
            if has_database_default(field) and not field.primary_key
        )
        return OWN_ROW._replace(number=_NEVER_NULL, fixed=filled)

    def _select_by_value(self, select: StatementAttempt, rows: list[ReadRow]) -> StatementAttempt:
        """Select rows by a value of each retyped column; return the first failure, else ``select``."""
        for field in self._old.retyped:
            values = (row.values[field.attname] for row in rows)
            value = next((value for value in values if value is not None), None)
            attempt = select if value is None else self._trial.select_by(field.attname, value)
            if attempt.is_broken:
                return attempt
        return select

    def _update(self, select: StatementAttempt, rows: list[ReadRow]) -> StatementAttempt:
        """Save a few rows; where no key can be read, the update fails as the select before it."""
        update = self._trial.update(tuple(rows) if select.failure is None else None)
        if update is None and select.failure is not None:
            return msgspec.structs.replace(select, statement="update")
        return update or self._trial.untried("update", "there is no row to change")

    def _delete(
        self, inserter: RowInserter, select: StatementAttempt, rows: list[ReadRow], key: Any
    ) -> StatementAttempt:
        """Delete the row that was inserted; without one, a row from before, which others may protect."""
        if key is not None:
            return self._trial.delete(key)
        attempt = self._trial.untried("delete", "there is no row to delete")
        if rows or select.failure is not None:
            attempt = self._trial.delete_one(rows[-1].key if rows else None)
        if attempt.untried is None or not self._old.only_delete:
            return attempt
        _, key = self._insert_one(inserter, "typical", OWN_ROW)
        return attempt if key is None else self._trial.delete(key)


def _columns(schema: Schema) -> Columns:
    return {
        (item.table, item.parts[0]): item.attributes
        for (kind, _), item in schema.items()
        if kind == "column" and item.table is not None
    }


def _if_left_out(field: Field) -> Any:
    """Return what the model saves in a nullable column if its application gives no value."""
    return field.get_default() if field.has_default() else None


def _comparable(key: Any) -> Any:
    try:
        hash(key)
    except TypeError:
        return repr(key)
    return key
