"""Inserts rows as they are: without signals, ``save`` or ``pre_save`` (which would set today's date)."""

from __future__ import annotations

from itertools import groupby
from types import SimpleNamespace
from typing import Any

import django
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import sql

from django_switchback.worker.seed.interface import Field, Model, ModelRowValues

_BATCH_ROWS = 100


def key_fields(model: Model) -> tuple[Field, ...]:
    """Return the fields of the primary key."""
    return tuple(getattr(model._meta, "pk_fields", None) or (model._meta.pk,))


def insert(connection: BaseDatabaseWrapper, model: Model, rows: list[ModelRowValues]) -> list[Any]:
    """Insert ``rows`` and return their primary keys in the same order (tuples for composite keys).

    The database fills the columns that a row leaves out. Raises ``django.db.Error`` and the exceptions of the
    fields.
    """
    keys: list[Any] = []
    for names, alike in groupby(rows, key=lambda row: tuple(sorted(row))):
        group = list(alike)
        for start in range(0, len(group), _BATCH_ROWS):
            keys += _inserted(connection, model, names, group[start : start + _BATCH_ROWS])
    return keys


def _inserted(
    connection: BaseDatabaseWrapper, model: Model, names: tuple[str, ...], rows: list[ModelRowValues]
) -> list[Any]:
    fields_to_insert = set(names)
    fields = [field for field in model._meta.local_concrete_fields if field.attname in fields_to_insert]
    query = sql.InsertQuery(model)
    objects: list[Any] = [SimpleNamespace(**row) for row in rows]
    query.insert_values(fields, objects, raw=True)
    keys = key_fields(model)
    returning = dict.fromkeys(
        (*keys, *model._meta.db_returning_fields, *_filled_by_database(fields, objects))
    )
    rows_returned: list[Any] = query.get_compiler(connection=connection).execute_sql(list(returning))
    return [row[0] if len(keys) == 1 else tuple(row[: len(keys)]) for row in rows_returned]


def _filled_by_database(fields: list[Field], objects: list[Any]) -> list[Field]:
    """Return the fields of expressions, which ``Model.save`` reads back from its insert since Django 6.0."""
    if django.VERSION < (6, 0):
        return []
    return [
        field
        for field in fields
        if any(hasattr(getattr(row, field.attname), "resolve_expression") for row in objects)
    ]
