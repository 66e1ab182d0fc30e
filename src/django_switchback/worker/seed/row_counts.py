"""Counts the rows of the managed tables, up to a limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeVar

from django.apps.registry import Apps
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.interface import Model
from django_switchback.worker.state_models import models_of
from django_switchback.worker.table_names import present_tables, snapshot_names

COUNT_LIMIT = 8
"""Rows at which counting stops."""

_BATCH_TABLES = 20
"""Tables in one statement; in larger statements each table takes longer to plan than alone."""
_SAMPLE = 1000
T = TypeVar("T")


class RowCounts(NamedTuple):
    """Models and row counts (up to a limit) by ``db_table``, and why tables are missing."""

    models: Mapping[str, Model]
    rows: Mapping[str, int]
    missing: Mapping[str, str]


def managed_models(apps: Apps, alias: str, *, managed: bool = True) -> dict[str, Model]:
    """Return the managed models that ``migrate`` creates a table for on ``alias``, by table.

    Unless ``managed``, those that it creates none for, such as models of views.
    """
    models_by_table: dict[str, Model] = {}
    for model in models_of(apps):
        meta = model._meta
        allowed = meta.managed is managed and not meta.proxy and not meta.swapped
        if allowed and router.allow_migrate_model(alias, model):
            models_by_table.setdefault(meta.db_table, model)
    return models_by_table


def models_by_snapshot_name(
    apps: Apps, connection: BaseDatabaseWrapper, *, managed: bool = True
) -> dict[str, Model]:
    """Return the models of :func:`managed_models` by the names of their tables in snapshots."""
    models = managed_models(apps, connection.alias, managed=managed)
    names = snapshot_names(connection, models)
    return {names[db_table]: model for db_table, model in models.items()}


def count_rows(
    apps: Apps, connection: BaseDatabaseWrapper, more: Mapping[str, Model] = {}, limit: int = COUNT_LIMIT
) -> RowCounts:
    """Count the rows of the managed tables, and of the tables of ``more``, up to ``limit`` in each."""
    models = managed_models(apps, connection.alias) | dict(more)
    existing = present_tables(connection, models)
    missing = {table: "the table is not in the database" for table in models if table not in existing}
    return RowCounts(models, dict(_counted(connection, existing, limit)), missing)


def count_again(row_counts: RowCounts, connection: BaseDatabaseWrapper) -> RowCounts:
    """Count the rows of the same tables again."""
    return row_counts._replace(rows=dict(_counted(connection, list(row_counts.rows))))


def tables_with_empty_columns(connection: BaseDatabaseWrapper, models: Iterable[Model]) -> frozenset[str]:
    """Return the tables with a nullable column that is null in every row."""
    quote = connection.ops.quote_name
    empty_tables: set[str] = set()
    for batch in _batches(model for model in models if _nullable(model)):
        parts = []
        for model in batch:
            filled = (f"count({quote(column)}) = 0" for column in _nullable(model))
            sample = f"SELECT * FROM {quote(model._meta.db_table)} LIMIT {_SAMPLE}"
            parts.append(f"(SELECT {' OR '.join(filled)} FROM ({sample}) AS sample)")
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}")
            empty_tables |= {
                model._meta.db_table for model, empty in zip(batch, cursor.fetchone(), strict=True) if empty
            }
    return frozenset(empty_tables)


def _nullable(model: Model) -> list[str]:
    fields = model._meta.local_concrete_fields
    return [field.column for field in fields if field.null and field.column is not None]


def without_rows(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> frozenset[str]:
    """Return the tables of ``tables`` that have no rows."""
    return frozenset(table for table, rows in _counted(connection, list(tables)) if not rows)


def _counted(
    connection: BaseDatabaseWrapper, tables: list[str], limit: int = COUNT_LIMIT
) -> Iterator[tuple[str, int]]:
    quote = connection.ops.quote_name
    for batch in _batches(tables):
        samples = (f"SELECT 1 FROM {quote(table)} LIMIT {limit}" for table in batch)
        counts = (f"SELECT count(*) FROM ({text}) AS counted" for text in samples)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(counts))
            yield from zip(batch, (count for (count,) in cursor.fetchall()), strict=True)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH_TABLES)):
        yield batch
