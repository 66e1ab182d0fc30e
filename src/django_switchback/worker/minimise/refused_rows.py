"""Finds the recorded rows that the application's own checks refuse: a finding shows others if it can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.worker.minimise.rows import RowId, RowsById, decode_sqlite_text
from django_switchback.worker.seed.application.head_checks import HeadChecks
from django_switchback.worker.seed.insert import key_fields
from django_switchback.worker.seed.interface import Model

MAX_ROWS = 500
"""Rows that are checked; further ones count as accepted."""


def refused_rows(
    connection: BaseDatabaseWrapper, models: Mapping[str, Model], rows: RowsById
) -> frozenset[RowId]:
    """Return those of ``rows``, which are in the database, that ``full_clean`` at head refuses."""
    checks = HeadChecks(connection)
    asked = [row_id for row_id in rows if row_id.table in models and checks.asks(models[row_id.table])]
    return frozenset(
        row_id
        for row_id in asked[:MAX_ROWS]
        for values in [_values(connection, models[row_id.table], rows[row_id])]
        if values and checks.refusal(models[row_id.table], values)
    )


def _values(connection: BaseDatabaseWrapper, model: Model, row: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the row's values by attribute name, read through its model; empty if it cannot be read."""
    key = {field.attname: row.get(field.column or "") for field in key_fields(model)}
    if connection.vendor == "sqlite":
        key = {name: decode_sqlite_text(text) for name, text in key.items()}
    found: QuerySet[Any] = QuerySet(model=model, using=connection.alias)
    try:
        values: dict[str, Any] = found.values().get(**key)
    except Error:
        raise
    except Exception:  # a field of the project's own may raise on the stored value
        return {}
    return values
