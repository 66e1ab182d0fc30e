"""Rows into every table, before and after each migration."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import NamedTuple

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed import new_rows, row_counts, unmanaged
from django_switchback.worker.seed.batches import RowInserter
from django_switchback.worker.seed.interface import (
    EDGE_PROFILES,
    TYPICAL_ROWS,
    Model,
    NewRows,
    RowRequest,
    SeedCoverage,
    referred_model,
)
from django_switchback.worker.seed.many.multiply import multiply_rows
from django_switchback.worker.seed.recipes import builtin
from django_switchback.worker.seed.recipes.interface import Recipe, left_empty, recipes_for
from django_switchback.worker.seed.row_counts import RowCounts
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.transaction import fill_tables, referred_models_first


class SeederState(NamedTuple):
    """The tables that took no more rows, and how many they were brought to, with the reason."""

    settled: set[tuple[object, ...]]
    reached: dict[tuple[object, ...], tuple[int, str]]


class Seeder:
    """Fills the database of one connection; the same seed makes the same rows.

    It remembers which tables take no more rows, so that a second call costs hardly more than counting.
    ``many`` is how many rows a table shall have where many are asked for.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        seed: int,
        known: tuple[Recipe, ...] = builtin.BUILTIN_RECIPES,
        *,
        many: int | None = None,
    ) -> None:
        self._connection = connection
        self._seed = seed
        self._known = known
        self._settled: set[tuple[object, ...]] = set()
        self._many = many
        self._reached: dict[tuple[object, ...], tuple[int, str]] = {}
        self._beyond: Mapping[str, Model] = {}

    @property
    def memory(self) -> SeederState:
        """What is known of tables that take no more rows."""
        return SeederState(self._settled, self._reached)

    def remember(self, memory: SeederState) -> None:
        """Know what another one knows that makes rows in the same database."""
        self._settled, self._reached = memory

    def forget(self) -> None:
        """Know nothing, as in a database that has none of its rows yet."""
        self.remember(SeederState(set(), {}))

    @property
    def makes_many(self) -> bool:
        """Whether there is a number of rows that a table can be brought to."""
        return self._many is not None

    def fill(
        self, apps: Apps, *, edge: bool = True, many: bool = False, beyond: bool = False
    ) -> SeedCoverage:
        """Put typical rows, and with ``edge`` extreme ones, into every managed table that has too few.

        Rows that are there stay as they are; with ``many``, there are copies of them afterwards, up to the
        number that the seeder was told; with ``beyond``, tables that no managed model keeps are filled too.
        Raises what the connection raises where the server is gone.
        """
        started = time.perf_counter()
        found = self._read(apps) if beyond else unmanaged.NO_MODELS
        self._beyond = found.models
        held = row_counts.count_rows(apps, self._connection, found.models)
        reasons: Mapping[str, str] = {}
        inserted = 0
        wanted = self._wanted(held, edge=edge)
        if wanted:
            filled = fill_tables(self._workshop(apps, held), wanted)
            reasons = filled.refused
            inserted = sum(len(keys) for _, keys in filled.inserted)
            held = row_counts.count_again(held, self._connection)
        self._settled |= {_place(held, table, edge=edge) for table in held.rows}
        fewer = self._multiply(held, self._many, edge=edge) if many and self._many else {}
        empty = [table for table in sorted(held.models) if not held.rows.get(table)]
        bare = row_counts.without_rows(self._connection, found.unknown)
        return SeedCoverage(
            tables=len(held.models) + len(found.unknown),
            seeded=len(held.models) - len(empty) + len(found.unknown) - len(bare),
            inserted=inserted,
            empty={
                table: held.missing.get(table)
                or left_empty(held.models[table], self._known)
                or reasons.get(table, "no row was put in")
                for table in empty
            }
            | {table: found.unknown[table] for table in sorted(bare)},
            chosen=tuple(_chosen([held.models[table] for table in empty], self._known)),
            fewer=fewer,
            seconds=time.perf_counter() - started,
        )

    def _multiply(self, held: RowCounts, wanted: int, *, edge: bool) -> dict[str, str]:
        """Bring every table that has rows to ``wanted``; return why one has fewer."""
        places = {table: _place(held, table, edge=edge) for table, count in held.rows.items() if count}
        models = {table: held.models[table] for table in places}
        at_most = {table: self._reached[place] for table, place in places.items() if place in self._reached}
        made = multiply_rows(self._connection, models, wanted, self._known, at_most)
        self._reached |= {places[table]: (made.counts[table], why) for table, why in made.fewer.items()}
        return dict(made.fewer)

    def write_new(self, apps: Apps, tables: Collection[str], before: Apps | None = None) -> NewRows:
        """Insert the rows that a new release would write into ``tables``, with values that only it may allow.

        With ``before``, the models before the target, columns that the target left alone get typical values.
        """
        more: Mapping[str, Model] = {}
        if not self._beyond.keys().isdisjoint(tables):
            # A table that the target made is not among them: what rows mean there is its own affair.
            now = self._read(apps).models
            more = {table: now[table] for table in self._beyond if table in now}
        held = row_counts.count_rows(apps, self._connection, more)
        old = (
            {}
            if before is None
            else row_counts.managed_models(before, self._connection.alias) | dict(self._beyond)
        )
        return new_rows.write_new_rows(self._workshop(apps, held), held, tuple(sorted(tables)), old)

    def _read(self, apps: Apps) -> unmanaged.UnmanagedModels:
        known = row_counts.managed_models(apps, self._connection.alias)
        return unmanaged.unmanaged_models(self._connection, apps, known)

    def workshops(self, apps: Apps) -> Callable[[], RowInserter]:
        """Return what gives a workshop for the models of ``apps``, each as of the rows that are there now."""
        return partial(self._workshop, apps, row_counts.count_rows(apps, self._connection))

    def _workshop(self, apps: Apps, held: RowCounts) -> RowInserter:
        return RowInserter(SeedContext(self._connection, apps, self._seed, held), self._known)

    def _wanted(self, held: RowCounts, *, edge: bool) -> dict[Model, list[RowRequest]]:
        """Return the rows that each table lacks; tables that took no more the last time are left out."""
        open_tables = [table for table in held.rows if self._is_open(held, table, edge=edge)]
        wanted = {held.models[table]: _wishes(held.rows[table], edge=edge) for table in open_tables}
        full = [held.models[table] for table in open_tables if not wanted[held.models[table]]]
        hollow = row_counts.tables_with_empty_columns(self._connection, full)
        wanted |= {held.models[table]: [_complete_row(held.rows[table])] for table in sorted(hollow)}
        return {model: wishes for model, wishes in wanted.items() if wishes}

    def _is_open(self, held: RowCounts, table: str, *, edge: bool) -> bool:
        if left_empty(held.models[table], self._known):
            return False
        if not held.rows[table]:
            return True
        kept = any(recipe.kept for recipe in recipes_for(held.models[table], self._known))
        return not kept and _place(held, table, edge=edge) not in self._settled


def _chosen(empty: Collection[Model], known: tuple[Recipe, ...]) -> list[str]:
    """Return the tables of ``empty`` that are to be so, with those of it that must refer to one of them."""
    chosen = {model for model in empty if left_empty(model, known)}
    for model in referred_models_first(tuple(empty)):
        fields = (field for field in model._meta.local_concrete_fields if not field.null)
        if any(referred_model(field) in chosen for field in fields):
            chosen.add(model)
    return sorted(model._meta.db_table for model in chosen)


def _wishes(rows: int, *, edge: bool) -> list[RowRequest]:
    """Return the rows that a table of so many lacks; one or two of a migration count for none."""
    typical = TYPICAL_ROWS if rows < TYPICAL_ROWS else 0
    made = [RowRequest(rows + at) for at in range(typical)]
    lacking = len(EDGE_PROFILES) if typical else max(0, TYPICAL_ROWS + len(EDGE_PROFILES) - rows)
    edges = EDGE_PROFILES[:lacking] if edge else ()
    return made + [RowRequest(rows + typical + at, kind) for at, kind in enumerate(edges)]


def _complete_row(rows: int) -> RowRequest:
    """Return the wish for a typical row that leaves nothing null, after a migration has added a column."""
    return RowRequest(3 * (rows // 3 + 1))


def _place(held: RowCounts, table: str, *, edge: bool) -> tuple[object, ...]:
    """Return what a table is known by: its rows, its columns and what they demand."""
    meta = held.models[table]._meta
    columns = tuple((field.column, field.null, field.unique) for field in meta.local_concrete_fields)
    return table, edge, held.rows[table], columns, str(meta.unique_together), str(meta.constraints)
