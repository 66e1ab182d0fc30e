"""Seeds rows into every table, before and after each migration."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Literal, NamedTuple

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed import new_rows, row_counts, unmanaged
from django_switchback.worker.seed.batches import RowInserter
from django_switchback.worker.seed.bulk.multiply import multiply_rows
from django_switchback.worker.seed.constants import requests
from django_switchback.worker.seed.constants.interface import NO_CONSTANTS, MigrationConstants
from django_switchback.worker.seed.constants.rows import RowBuilder
from django_switchback.worker.seed.constraints.unique_indexes import UniqueIndex
from django_switchback.worker.seed.declared_fields import DeclaredFields
from django_switchback.worker.seed.interface import Model, NewRows, RowRequest, SeedCoverage, referred_model
from django_switchback.worker.seed.missing_rows import MissingRows, table_fingerprint
from django_switchback.worker.seed.recipes import builtin
from django_switchback.worker.seed.recipes.interface import Recipe, empty_reason, recipes_for
from django_switchback.worker.seed.recipes.type_references import type_references
from django_switchback.worker.seed.references.references_to_inserted import Key
from django_switchback.worker.seed.row_counts import RowCounts
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.transaction import fill_tables, referred_models_first
from django_switchback.worker.seed.values.text_formats import TextFormats
from django_switchback.worker.stopwatch import STOPWATCH
from django_switchback.worker.table_names import snapshot_names


class SeederState(NamedTuple):
    """A cache: tables that need no more rows; the highest row count reached per table, and why it stopped."""

    full_tables: set[tuple[object, ...]]
    row_limits: dict[tuple[object, ...], tuple[int, str]]


class Seeder:
    """Seeds the database of one connection; the same seed makes the same rows.

    Tables that need no more rows are cached, so that a second call costs little more than counting.
    ``many`` is the number of rows per table when rows are multiplied; ``declared`` how the migrations declare
    the fields.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        seed: int,
        recipes: tuple[Recipe, ...] = builtin.BUILTIN_RECIPES,
        *,
        many: int | None = None,
        declared: DeclaredFields | None = None,
    ) -> None:
        self._connection = connection
        self._declared = declared or DeclaredFields(())
        self._seed = seed
        self._recipes = recipes
        self._missing = MissingRows(connection, recipes, self._declared)
        self._rows_per_table = many
        self._row_limits: dict[tuple[object, ...], tuple[int, str]] = {}
        self._unmanaged_models: Mapping[str, Model] = {}
        self._text_formats: TextFormats = {}
        self._others: Mapping[str, Model] = {}

    def with_formats(self, text_formats: TextFormats) -> Seeder:
        """Return this seeder, with the same cache, for text of columns in these formats."""
        seeder = copy.copy(self)
        seeder._text_formats = text_formats
        return seeder

    def with_constraints_of(self, apps: Apps) -> Seeder:
        """Return this seeder, with the same cache, for rows that meet the constraints of ``apps`` too."""
        seeder = copy.copy(self)
        seeder._others = row_counts.managed_models(apps, self._connection.alias)
        return seeder

    @property
    def state(self) -> SeederState:
        """The cache, to be passed to another seeder of the same database."""
        return SeederState(self._missing.full_tables, self._row_limits)

    def restore_state(self, state: SeederState) -> None:
        """Use the cache of another seeder of the same database."""
        self._missing = MissingRows(self._connection, self._recipes, self._declared, state.full_tables)
        self._row_limits = state.row_limits

    def clear_cache(self) -> None:
        """Clear the cache, as for a database without seeded rows."""
        self.restore_state(SeederState(set(), {}))

    @property
    def declared(self) -> DeclaredFields:
        """How the migrations declare the fields."""
        return self._declared

    @property
    def makes_many(self) -> bool:
        """Return whether a number of rows per table is configured."""
        return self._rows_per_table is not None

    @STOPWATCH.activity("rows")
    def fill(
        self,
        apps: Apps,
        *,
        edge: bool = True,
        many: bool = False,
        include_unmanaged: bool = False,
        types: Collection[str] = (),
        constants: MigrationConstants = NO_CONSTANTS,
    ) -> SeedCoverage:
        """Insert typical rows, and extreme rows if ``edge``, into every managed table that has too few.

        Existing rows are not changed. ``many`` multiplies the rows up to the configured number;
        ``include_unmanaged`` fills tables without a managed model too. Rows refer to each content type of
        ``types`` (labels of models) and its permissions. ``constants`` are those by which a migration chooses
        rows: rows that it chooses are inserted. Raises the connection's error if the server is gone.
        """
        started = time.perf_counter()
        unmanaged_tables = self._read(apps) if include_unmanaged else unmanaged.NO_MODELS
        self._unmanaged_models = unmanaged_tables.models
        counts = row_counts.count_rows(apps, self._connection, unmanaged_tables.models)
        self._prepare(counts)
        reasons: Mapping[str, str] = {}
        inserted = 0
        requests_by_model = self._missing.requests(counts, constants.position, edge=edge)
        for model, requests_of_model in self._chosen_rows(apps, counts, constants, edge=edge).items():
            requests_by_model.setdefault(model, []).extend(requests_of_model)
        if requests_by_model:
            filled = fill_tables(self._inserter(apps, counts), requests_by_model)
            reasons = filled.refused
            inserted = sum(len(keys) for _, keys in filled.inserted)
            counts = row_counts.count_again(counts, self._connection)
        if types:
            inserter = self._inserter(apps, counts)
            requests_by_model = type_references(inserter.context, self._recipes, types)
            filled = fill_tables(inserter, requests_by_model)
            inserted += sum(len(keys) for _, keys in filled.inserted)
            counts = row_counts.count_again(counts, self._connection)
        self._missing.note_full(counts, edge=edge)
        reasons_for_fewer = (
            self._multiply(counts, self._rows_per_table, edge=edge) if many and self._rows_per_table else {}
        )
        empty = [table for table in sorted(counts.models) if not counts.rows.get(table)]
        still_empty = row_counts.without_rows(self._connection, unmanaged_tables.unknown)
        names = snapshot_names(self._connection, [*counts.models, *unmanaged_tables.unknown])
        empty_models = {names[table]: counts.models[table] for table in empty}
        return SeedCoverage(
            tables=len(counts.models) + len(unmanaged_tables.unknown),
            seeded=len(counts.models) - len(empty) + len(unmanaged_tables.unknown) - len(still_empty),
            inserted=inserted,
            empty={
                names[table]: counts.missing.get(table)
                or empty_reason(counts.models[table], self._recipes)
                or reasons.get(table, "no row was inserted")
                for table in empty
            }
            | {names[table]: unmanaged_tables.unknown[table] for table in sorted(still_empty)},
            empty_by_choice=tuple(_empty_by_choice(empty_models, self._recipes)),
            fewer={names[table]: reason for table, reason in reasons_for_fewer.items()},
            seconds=time.perf_counter() - started,
        )

    def _prepare(self, counts: RowCounts) -> None:
        for table, model in counts.models.items():
            if counts.rows.get(table):
                for recipe in recipes_for(model, self._recipes):
                    recipe.prepare(self._connection, model)

    def _multiply(self, counts: RowCounts, target_rows: int, *, edge: bool) -> dict[str, str]:
        """Multiply the rows of each table up to ``target_rows``; return the reasons for fewer rows."""
        fingerprints = {
            table: table_fingerprint(counts, table, edge=edge)
            for table, count in counts.rows.items()
            if count
        }
        models = {table: counts.models[table] for table in fingerprints}
        limits = {
            table: self._row_limits[fingerprint]
            for table, fingerprint in fingerprints.items()
            if fingerprint in self._row_limits
        }
        result = multiply_rows(self._connection, models, target_rows, self._recipes, limits)
        self._row_limits |= {
            fingerprints[table]: (result.counts[table], why) for table, why in result.fewer.items()
        }
        return dict(result.fewer)

    @STOPWATCH.activity("rows")
    def multiply(self, models: Mapping[str, Model], rows: int, others: Mapping[str, Model]) -> None:
        """Copy the rows of the tables of ``models`` up to ``rows`` each, as far as they can be copied.

        Where possible, they also differ in what ``others``, models of the same tables, hold to be unique: in
        every column of it, since a step may write one of them.
        """
        multiply_rows(self._connection, models, rows, self._recipes, {}, others, each_column=True)

    @STOPWATCH.activity("rows")
    def insert_new(
        self,
        apps: Apps,
        tables: Collection[str],
        before: Apps | None = None,
        inserted: Mapping[str, Collection[Key]] = {},
        removed_indexes: Mapping[str, Collection[UniqueIndex]] = {},
    ) -> NewRows:
        """Insert rows into ``tables`` as a new release would, with values that only the new schema may allow.

        Some of these are equal by ``removed_indexes``, which the target removed. Others refer to rows of
        ``inserted``: primary keys that the target has inserted, by table. With ``before``, the models before
        the target, columns that the target did not change get typical values.
        """
        more: Mapping[str, Model] = {}
        unmanaged_names = snapshot_names(self._connection, self._unmanaged_models)
        if not set(unmanaged_names.values()).isdisjoint(tables):
            # Unmanaged tables that the target created are left out: the meaning of their rows is unknown.
            now = self._read(apps).models
            more = {table: now[table] for table in self._unmanaged_models if table in now}
        counts = row_counts.count_rows(apps, self._connection, more)
        old = (
            {}
            if before is None
            else row_counts.managed_models(before, self._connection.alias) | dict(self._unmanaged_models)
        )
        names = snapshot_names(self._connection, counts.models)
        db_tables = {names[table]: table for table in counts.models}
        made = {db_tables.get(table, table): keys for table, keys in inserted.items()}
        removed = {db_tables.get(table, table): indexes for table, indexes in removed_indexes.items()}
        written = new_rows.insert_new_rows(
            self._inserter(apps, counts, "after"),
            counts,
            tuple(sorted(db_tables.get(table, table) for table in tables)),
            old,
            made,
            removed,
        )
        return NewRows(
            keys={names.get(table, table): keys for table, keys in written.keys.items()},
            unwritten={names.get(table, table): reason for table, reason in written.unwritten.items()},
        )

    def _read(self, apps: Apps) -> unmanaged.UnmanagedModels:
        managed = row_counts.managed_models(apps, self._connection.alias)
        return unmanaged.unmanaged_models(self._connection, apps, managed)

    def inserters(self, apps: Apps) -> Callable[[], RowInserter]:
        """Return a factory of row inserters for the models of ``apps``, based on the current row counts."""
        return partial(self._inserter, apps, row_counts.count_rows(apps, self._connection))

    def _inserter(
        self, apps: Apps, counts: RowCounts, written: Literal["before", "after"] = "before"
    ) -> RowInserter:
        context = SeedContext(self._connection, apps, self._seed, counts, self._declared, self._others)
        context.text_formats = {
            place[1:]: text_format for place, text_format in self._text_formats.items() if place[0] == written
        }
        return RowInserter(context, self._recipes)

    def _chosen_rows(
        self, apps: Apps, counts: RowCounts, constants: MigrationConstants, *, edge: bool
    ) -> dict[Model, list[RowRequest]]:
        if not constants.chosen:
            return {}
        chosen = RowBuilder(counts.models, self._declared, self._connection).chosen(constants)
        context = SeedContext(self._connection, apps, self._seed, counts, self._declared)
        return requests.requests_for(context, counts, self._recipes, chosen, edge=edge)


def _empty_by_choice(empty: Mapping[str, Model], recipes: tuple[Recipe, ...]) -> list[str]:
    """Return the tables of ``empty`` that recipes keep empty, and tables that must refer to those."""
    by_choice = {model for model in empty.values() if empty_reason(model, recipes)}
    for model in referred_models_first(tuple(empty.values())):
        fields = (field for field in model._meta.local_concrete_fields if not field.null)
        if any(referred_model(field) in by_choice for field in fields):
            by_choice.add(model)
    return sorted(table for table, model in empty.items() if model in by_choice)
