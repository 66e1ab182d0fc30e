"""Tries to delete rows that a new foreign key refers to which no model declares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ProtectedError, QuerySet, RestrictedError

from django_switchback.worker.release.table_trial import StatementAttempt, TableTrial
from django_switchback.worker.seed.interface import Model
from django_switchback.worker.seed.row_counts import models_by_snapshot_name
from django_switchback.worker.snapshot.interface import CatalogueObject, ObjectKey, Schema
from django_switchback.worker.snapshot.table_layout import quote_identifier


def with_refused_deletes(
    attempts: Iterable[StatementAttempt],
    connection: BaseDatabaseWrapper,
    apps: Apps,
    before: Schema,
    after: Schema,
) -> tuple[StatementAttempt, ...]:
    """Return ``attempts`` with the deletes that foreign keys refuse which ``after`` alone has.

    Models delete the rows that refer to a row, or refuse to delete it, by the foreign keys that they declare.
    One that only SQL knows leaves that to the database.
    """
    moved = {
        _name(key, item)
        for key, item in before.items()
        if item.refers and ("table", str(item.table)) not in after
    }
    added = [
        item
        for key, item in after.items()
        if item.refers and len(item.parts) == 1 and key not in before and _name(key, item) not in moved
    ]
    refused: dict[str, StatementAttempt] = {}
    by_table = models_by_snapshot_name(apps, connection) if added else {}
    for item in added:
        model = by_table.get(item.refers[0])
        if model is not None and not _is_declared(by_table.get(str(item.table)), item):
            with transaction.atomic(using=connection.alias):
                attempt = _delete_referred(connection, model, item, after)
                transaction.set_rollback(True, using=connection.alias)
            if attempt is not None and attempt.is_broken:
                refused[attempt.table] = attempt
    kept = [attempt for attempt in attempts if attempt.statement != "delete" or attempt.table not in refused]
    return (*kept, *refused.values())


def _name(key: ObjectKey, item: CatalogueObject) -> tuple[str, tuple[str, ...]]:
    """Return the name and columns of a constraint, which it keeps when its table is renamed."""
    return key[1].rpartition(".")[2], item.parts


def _is_declared(model: Model | None, item: CatalogueObject) -> bool:
    """Return whether ``model`` declares the foreign key, so that Django made it."""
    return model is not None and any(
        getattr(field, "db_constraint", False)
        for field in model._meta.local_concrete_fields
        if field.column in item.parts
    )


def _delete_referred(
    connection: BaseDatabaseWrapper, model: Model, item: CatalogueObject, schema: Schema
) -> StatementAttempt | None:
    """Delete a row of ``model`` that the foreign key refers to; ``None`` if there is none."""
    columns = item.refers[1:] or (model._meta.pk.column,)
    fields = [field for field in model._meta.local_concrete_fields if field.column in columns]
    value = _value_that_refers(connection, item, schema)
    if value is None or len(fields) != 1:
        return None
    rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias).filter(**{fields[0].attname: value})

    def delete() -> None:
        try:
            rows.delete()
        except (ProtectedError, RestrictedError):
            return  # by the models' own foreign keys
        connection.check_constraints()

    trial = TableTrial(connection, item.refers[0], model, (), structural=False)
    return trial.attempt("delete", delete)


def _value_that_refers(connection: BaseDatabaseWrapper, item: CatalogueObject, schema: Schema) -> Any:
    table = ".".join(map(quote_identifier, schema["table", str(item.table)].parts))
    column = quote_identifier(item.parts[0])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1")
        row = cursor.fetchone()
    return None if row is None else row[0]
