"""Rows into every table, before and after each migration."""

from __future__ import annotations

import time
from collections.abc import Collection

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed import inventory, new_rows, recipes
from django_switchback.worker.seed.bench import Bench
from django_switchback.worker.seed.interface import EDGES, TYPICAL, Coverage, Model, Wish, Written
from django_switchback.worker.seed.inventory import Inventory
from django_switchback.worker.seed.registry import Recipe, recipes_for
from django_switchback.worker.seed.session import fill_tables
from django_switchback.worker.seed.workshop import Workshop


class Seeder:
    """Fills the database of one connection; the same seed makes the same rows.

    It remembers which tables take no more rows, so that a second call costs hardly more than counting.
    """

    def __init__(
        self, connection: BaseDatabaseWrapper, seed: int, known: tuple[Recipe, ...] = recipes.KNOWN
    ) -> None:
        self._connection = connection
        self._seed = seed
        self._known = known
        self._settled: set[tuple[object, ...]] = set()

    def fill(self, apps: Apps, *, edge: bool = True) -> Coverage:
        """Put typical rows, and with ``edge`` extreme ones, into every managed table that has too few.

        Rows that are there stay as they are. Raises what the connection raises where the server is gone.
        """
        started = time.perf_counter()
        held = inventory.take(apps, self._connection)
        full = TYPICAL + (len(EDGES) if edge else 0)
        wanted = {
            held.models[table]: _wishes(rows, edge=edge) for table, rows in held.rows.items() if rows < full
        }
        wanted = {
            model: wishes for model, wishes in wanted.items() if wishes and self._takes_more(held, model)
        }
        reasons = dict(held.missing)
        inserted = 0
        if wanted:
            filled = fill_tables(self._workshop(apps, held), wanted)
            reasons |= filled.refused
            inserted = sum(len(keys) for _, keys in filled.inserted)
            held = inventory.take(apps, self._connection)
            self._settled |= {_place(held, model) for model in wanted}
        empty = {
            table: reasons.get(table, "no row was put in")
            for table in held.models
            if not held.rows.get(table)
        }
        return Coverage(
            tables=len(held.models),
            seeded=len(held.models) - len(empty),
            inserted=inserted,
            empty=dict(sorted(empty.items())),
            seconds=time.perf_counter() - started,
        )

    def write_new(self, apps: Apps, tables: Collection[str], before: Apps | None = None) -> Written:
        """Insert the rows that a new release would write into ``tables``, with values that only it may allow.

        With ``before``, the models before the target, columns that the target left alone get typical values.
        """
        held = inventory.take(apps, self._connection)
        old = {} if before is None else inventory.managed(before, self._connection.alias)
        return new_rows.write(self._workshop(apps, held), held, tuple(sorted(tables)), old)

    def workshop(self, apps: Apps) -> Workshop:
        """Return what makes single rows through the models of ``apps``, as of the rows that are there now."""
        return self._workshop(apps, inventory.take(apps, self._connection))

    def _workshop(self, apps: Apps, held: Inventory) -> Workshop:
        return Workshop(Bench(self._connection, apps, self._seed, held), self._known)

    def _takes_more(self, held: Inventory, model: Model) -> bool:
        if not held.rows[model._meta.db_table]:
            return True
        kept = any(recipe.kept for recipe in recipes_for(model, self._known))
        return not kept and _place(held, model) not in self._settled


def _wishes(rows: int, *, edge: bool) -> list[Wish]:
    """Return the rows that a table of so many lacks; rows that migrations made stand for no typical ones."""
    typical = TYPICAL if rows < TYPICAL else 0
    made = [Wish(rows + at) for at in range(typical)]
    edges = EDGES[: max(0, TYPICAL + len(EDGES) - rows - typical)] if edge else ()
    return made + [Wish(rows + typical + at, kind) for at, kind in enumerate(edges)]


def _place(held: Inventory, model: Model) -> tuple[object, ...]:
    """Return what a table is known by: its rows, its columns and what they demand."""
    meta = model._meta
    columns = tuple((field.column, field.null, field.unique) for field in meta.local_concrete_fields)
    demands = (str(meta.unique_together), str(meta.constraints))
    return meta.db_table, held.rows.get(meta.db_table, 0), columns, demands
