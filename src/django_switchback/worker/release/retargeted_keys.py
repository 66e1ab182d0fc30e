"""Tries rows of the old release whose foreign key refers to another table by now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from django_switchback.worker.release.table_trial import OWN_ROW, StatementAttempt, TableTrial
from django_switchback.worker.seed.batches import RowInserter
from django_switchback.worker.seed.interface import Field, Model, RowRequest, referred_model, target_field
from django_switchback.worker.snapshot.interface import Schema

_MAX_PARENTS = 8
"""New rows of the old target; the new one may have a row of the same key by chance."""


def retargeted_keys(table: str, model: Model, before: Schema, after: Schema) -> Iterator[Field]:
    """Yield the foreign keys that refer to another table in ``after``, though it has the old one too."""
    referred = [_referred_tables(table, schema) for schema in (before, after)]
    for field in model._meta.local_concrete_fields:
        old, new = (tables.get(str(field.column)) for tables in referred)
        if old is not None and new is not None and old != new and ("table", old) in after:
            yield field


def _referred_tables(table: str, schema: Schema) -> dict[str, str]:
    return {
        item.parts[0]: item.refers[0]
        for item in schema.values()
        if item.table == table and item.refers and len(item.parts) == 1
    }


def attempts_on_new_parents(
    trial: TableTrial, field: Field, inserter: RowInserter, request: RowRequest
) -> Iterator[StatementAttempt]:
    """Yield inserts of rows whose ``field`` refers to a row that the old release has just inserted.

    Up to the first that fails; none where no such row can be made.
    """
    parent = referred_model(field)
    if parent is None:
        return
    for number in range(_MAX_PARENTS):
        _, key = trial.of(parent).insert(inserter, OWN_ROW._replace(number=OWN_ROW.number + number))
        if key is None:
            return
        rows: QuerySet[Any] = QuerySet(model=parent, using=trial.alias).filter(pk=key)
        value = rows.values_list(target_field(field).attname, flat=True)[0]
        fixed = (*request.fixed, (field.attname, value))
        attempt, _ = trial.insert(
            inserter, request._replace(number=request.number + number, fixed=fixed), refers=True
        )
        yield attempt
        if attempt.is_broken:
            return
