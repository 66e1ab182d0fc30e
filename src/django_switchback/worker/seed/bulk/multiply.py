"""Multiplies the seeded rows of every table up to a number of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.bulk.insert_select import Copier
from django_switchback.worker.seed.interface import Model, NoRow
from django_switchback.worker.seed.recipes.interface import Recipe, recipes_for
from django_switchback.worker.seed.transaction import referred_models_first


class MultipliedRows(NamedTuple):
    """Row counts by table (at most the target number), and the reason for each table with fewer."""

    counts: Mapping[str, int]
    fewer: Mapping[str, str]


def multiply_rows(
    connection: BaseDatabaseWrapper,
    models: Mapping[str, Model],
    target_rows: int,
    recipes: tuple[Recipe, ...],
    limits: Mapping[str, tuple[int, str]],
    others: Mapping[str, Model] = {},
    *,
    each_column: bool = False,
) -> MultipliedRows:
    """Copy the rows of the tables of ``models`` up to ``target_rows`` each, referenced tables first.

    The database assigns keys, unique values are made distinct, references are spread over the existing rows,
    and other values are copied. A table that refuses copies keeps its rows. ``limits`` holds the row counts
    that tables could be brought to earlier, with the reason. Values that are unique in ``others``, models of
    the same tables in another state, are made distinct where that is possible. With ``each_column``, rows
    differ in every column of what is unique together, so that it stays so where one of them is written.
    """
    counts: dict[str, int] = {}
    fewer: dict[str, str] = {}
    for model in referred_models_first(tuple(models.values())):
        table = model._meta.db_table
        counts[table] = _count(connection, table, target_rows)
        if counts[table] >= target_rows:
            continue
        limit, limit_reason = limits.get(table, (target_rows, ""))
        reason = limit_reason if counts[table] >= limit else _why_not(model, recipes)
        if not reason:
            copier = Copier(
                connection,
                model,
                target_rows,
                counts[table],
                others.get(table),
                each_column=each_column,
            )
            reason = _copied(connection, model, copier)
            counts[table] = _count(connection, table, target_rows)
        if counts[table] < target_rows:
            fewer[table] = reason or "the other copies would break what must be unique"
    return MultipliedRows(counts, fewer)


def _why_not(model: Model, recipes: tuple[Recipe, ...]) -> str:
    for table_model in (model, *model._meta.get_parent_list()):
        if any(not recipe.copyable for recipe in recipes_for(table_model, recipes)):
            return "its rows have their places among each other, as the library makes them"
    return ""


def _copied(connection: BaseDatabaseWrapper, model: Model, copier: Copier) -> str:
    """Copy rows of ``model``; return the reason if copying failed."""
    try:
        with transaction.atomic(using=connection.alias):
            if connection.vendor == "postgresql":
                # Constraints are checked per batch; deferred checks would queue in memory row by row.
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            copier.copy()
            connection.check_constraints([model._meta.db_table])
    except NoRow as error:
        return error.reason
    except Error as error:
        return " ".join(str(error).split())
    if connection.vendor == "postgresql":
        # Update planner statistics, as autovacuum would have on a long-running server.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
    return ""


def _count(connection: BaseDatabaseWrapper, table: str, limit: int) -> int:
    subquery = f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT {limit}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({subquery}) AS counted")
        return int(cursor.fetchone()[0])
