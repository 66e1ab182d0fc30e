"""Tries to delete rows that a new foreign key refers to which no model declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ProtectedError, QuerySet, RestrictedError

from django_switchback.worker.release.table_trial import StatementAttempt, TableTrial
from django_switchback.worker.seed.interface import Field, Model, referred_model
from django_switchback.worker.seed.row_counts import models_by_snapshot_name
from django_switchback.worker.snapshot.interface import CatalogueObject, ObjectKey, Schema
from django_switchback.worker.snapshot.table_layout import quote_identifier

_NO_ROW = "no row can be made to refer to one of the table"


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
    refused = {
        attempt.table: attempt
        for attempt in deletes_of_referred_rows(connection, apps, before, after)
        if attempt.is_broken
    }
    kept = [attempt for attempt in attempts if attempt.statement != "delete" or attempt.table not in refused]
    return (*kept, *refused.values())


def deletes_of_referred_rows(
    connection: BaseDatabaseWrapper, apps: Apps, before: Schema, after: Schema
) -> Iterator[StatementAttempt]:
    """Yield the delete of a row for each foreign key that ``after`` alone has and no model declares.

    Where no row refers to another, one is made to, but for columns that ``before`` does not have: what the
    new release alone writes there is unknown.
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
    by_table = models_by_snapshot_name(apps, connection) if added else {}
    for item in added:
        model = by_table.get(item.refers[0])
        field = None if model is None else _referred_field(model, item)
        if model is None or field is None or _is_declared(by_table.get(str(item.table)), model, item):
            continue
        with transaction.atomic(using=connection.alias):
            column = ("column", f"{item.table}.{item.parts[0]}")
            yield _delete_referred(connection, model, field, item, after, made=column in before)
            transaction.set_rollback(True, using=connection.alias)


def _name(key: ObjectKey, item: CatalogueObject) -> tuple[str, tuple[str, ...]]:
    """Return the name and columns of a constraint, which it keeps when its table is renamed."""
    return key[1].rpartition(".")[2], item.parts


def _referred_field(model: Model, item: CatalogueObject) -> Field | None:
    """Return the one field that the foreign key refers to."""
    columns = item.refers[1:] or (model._meta.pk.column,)
    fields = [field for field in model._meta.local_concrete_fields if field.column in columns]
    return fields[0] if len(fields) == 1 else None


def _is_declared(model: Model | None, referred: Model, item: CatalogueObject) -> bool:
    """Return whether ``model`` declares the foreign key to ``referred``, so that Django made it."""
    return model is not None and any(
        getattr(field, "db_constraint", False) and _is_same_table(referred_model(field), referred)
        for field in model._meta.local_concrete_fields
        if field.column in item.parts
    )


def _is_same_table(model: Model | None, other: Model) -> bool:
    return model is not None and model._meta.db_table == other._meta.db_table


def _delete_referred(
    connection: BaseDatabaseWrapper,
    model: Model,
    field: Field,
    item: CatalogueObject,
    schema: Schema,
    *,
    made: bool,
) -> StatementAttempt:
    """Delete a row of ``model`` that the foreign key to its ``field`` refers to."""
    trial = TableTrial(connection, item.refers[0], model, (), structural=False)
    try:
        with transaction.atomic(using=connection.alias):
            value = _value_that_refers(connection, item, str(field.column), schema, made=made)
    except Error:  # other constraints of the table
        value = None
    if value is None:
        return trial.untried("delete", _NO_ROW)
    rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias).filter(**{field.attname: value})

    def delete() -> None:
        try:
            rows.delete()
        except (ProtectedError, RestrictedError):
            return  # by the models' own foreign keys
        connection.check_constraints()

    return trial.attempt("delete", delete)


def _value_that_refers(
    connection: BaseDatabaseWrapper,
    item: CatalogueObject,
    referred_column: str,
    schema: Schema,
    *,
    made: bool,
) -> Any:
    """Return a value that refers to a row; where none does, the first row is ``made`` to do so.

    Rows from before a foreign key that is not declared may refer to none, or to none by chance.
    """
    table, referred = (
        ".".join(map(quote_identifier, schema["table", name].parts))
        for name in (str(item.table), item.refers[0])
    )
    column, target = quote_identifier(item.parts[0]), quote_identifier(referred_column)
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    first = f"(SELECT {place} FROM {table} ORDER BY {place} LIMIT 1)"
    found = f"SELECT {column} FROM {table} WHERE {column} IN (SELECT {target} FROM {referred}) LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(found)
        row = cursor.fetchone()
        if row is None and made:
            some = f"(SELECT {target} FROM {referred} LIMIT 1)"
            cursor.execute(f"UPDATE {table} SET {column} = {some} WHERE {place} = {first}")
            cursor.execute(found)
            row = cursor.fetchone()
    return None if row is None else row[0]
