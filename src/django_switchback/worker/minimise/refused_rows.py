"""Finds the recorded rows that the application's own checks refuse: a finding shows others if it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.worker.minimise.rows import RowId, RowsById, decode_sqlite_text
from django_switchback.worker.seed.application.head_checks import HeadChecks
from django_switchback.worker.seed.insert import key_fields
from django_switchback.worker.seed.interface import Field, Model, ModelRowValues

MAX_ROWS = 500
"""Rows that are checked; further ones count as accepted."""


def refused_rows(
    connection: BaseDatabaseWrapper, models: Mapping[str, Model], rows: RowsById
) -> frozenset[RowId]:
    """Return those of ``rows``, which are in the database, that ``full_clean`` at head refuses."""
    checks = HeadChecks(connection)
    asked = [row_id for row_id in rows if row_id.table in models and checks.asks(models[row_id.table])]
    by_table = groupby(asked[:MAX_ROWS], key=attrgetter("table"))
    with transaction.atomic(using=connection.alias):
        return frozenset(
            row_id
            for table, ids in by_table
            for row_id, values in _read(connection, models[table], {row_id: rows[row_id] for row_id in ids})
            if checks.refusal(models[table], values)
        )


def _read(
    connection: BaseDatabaseWrapper, model: Model, rows: RowsById
) -> list[tuple[RowId, ModelRowValues]]:
    """Return the values of ``rows`` by attribute name, read through ``model``, of those that can be read.

    All are read in one query, unless their key has several columns or one of them cannot be read.
    """
    fields = key_fields(model)
    found: QuerySet[Any] = QuerySet(model=model, using=connection.alias).values()
    keys = {row_id: _key(connection, fields, row) for row_id, row in rows.items()}
    if len(fields) != 1:
        return _read_each(found, keys)
    field, name = fields[0], fields[0].attname
    try:
        row_ids = {field.to_python(key[name]): row_id for row_id, key in keys.items()}
        return [(row_ids[values[name]], values) for values in found.filter(**{f"{name}__in": row_ids})]
    except Error:
        raise
    except Exception:  # a field of the project's own may raise on the stored value of one row
        return _read_each(found, keys)


def _key(
    connection: BaseDatabaseWrapper, fields: Sequence[Field], row: Mapping[str, str | None]
) -> Mapping[str, Any]:
    key = {field.attname: row.get(field.column or "") for field in fields}
    if connection.vendor == "sqlite":
        return {name: decode_sqlite_text(text) for name, text in key.items()}
    return key


def _read_each(
    found: QuerySet[Any], keys: Mapping[RowId, Mapping[str, Any]]
) -> list[tuple[RowId, ModelRowValues]]:
    read = ((row_id, _read_row(found, key)) for row_id, key in keys.items())
    return [(row_id, values) for row_id, values in read if values is not None]


def _read_row(found: QuerySet[Any], key: Mapping[str, Any]) -> ModelRowValues | None:
    """Return the values of one row, ``None`` if it cannot be read: then it counts as accepted."""
    try:
        values: ModelRowValues = found.get(**key)
    except Error:
        raise
    except Exception:  # as above
        return None
    return values
