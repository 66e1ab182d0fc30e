"""Tries statements of the old release's models on a database after a rollback."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, get_args

import msgspec
from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.evidence import Failure, Statement
from django_switchback.worker.failure import failure_of
from django_switchback.worker.seed.batches import REFUSALS, RowInserter
from django_switchback.worker.seed.interface import Model, ModelRowValues, NoRow, RowRequest
from django_switchback.worker.seed.row_counts import models_by_snapshot_name
from django_switchback.worker.seed.seeder import Seeder

UNKNOWN = "the old release has no model for the table"
_SEED_INDEX = 500
"""Sequence number of the rows inserted here, apart from those of old and new rows."""


class StatementAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One statement on one table: its failure, or in ``untried`` the reason why it was not run."""

    table: str
    statement: Statement
    failure: Failure | None = None
    untried: str | None = None


def try_old_release(
    connection: BaseDatabaseWrapper, apps: Apps, tables: Collection[str], seeder: Seeder
) -> tuple[StatementAttempt, ...]:
    """Insert, read, update and delete a row of each of ``tables`` through the models of ``apps``.

    Each statement runs in its own savepoint. All changes are rolled back except sequence positions, which no
    database rolls back. A failed insert is not repeated, since the sequence has moved by then. The result has
    an attempt for each pair of table and statement, with a reason where the statement was not run.
    """
    models_by_table = models_by_snapshot_name(apps, connection)
    inserter = seeder.inserters(apps) if set(tables) & set(models_by_table) else None
    return tuple(
        msgspec.structs.replace(attempt, table=table)
        for table in sorted(tables)
        for attempt in (
            _untried_without_model(table)
            if table not in models_by_table or inserter is None
            else _try_statements(connection, models_by_table[table], inserter())
        )
    )


def _untried_without_model(table: str) -> Iterator[StatementAttempt]:
    """Yield untried attempts for a table without a model: the old release sends it no statement."""
    for statement in get_args(Statement):
        yield StatementAttempt(table=table, statement=statement, untried=UNKNOWN)


def _try_statements(
    connection: BaseDatabaseWrapper, model: Model, inserter: RowInserter
) -> tuple[StatementAttempt, ...]:
    with transaction.atomic(using=connection.alias):
        attempts = tuple(_statements(connection, model, inserter))
        transaction.set_rollback(True, using=connection.alias)
    return attempts


def _statements(
    connection: BaseDatabaseWrapper, model: Model, inserter: RowInserter
) -> Iterator[StatementAttempt]:
    table = model._meta.db_table
    rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias)
    attempt, inserted = _try_insert(connection, model, inserter)
    yield attempt
    yield _try_statement(connection, table, "select", lambda: list(rows.order_by("pk").values()[:1000]))
    key = _existing_key(connection, rows) if inserted is None else inserted
    if key is None:
        reason = attempt.untried or "there is no row to change"
        yield StatementAttempt(table=table, statement="update", untried=reason)
        yield StatementAttempt(table=table, statement="delete", untried=reason)
        return
    yield _try_statement(connection, table, "update", lambda: _update_unchanged(rows, key))
    if inserted is None:  # NOTE: other rows may be protected by rows that refer to them
        yield StatementAttempt(table=table, statement="delete", untried="no row was inserted to be deleted")
    else:
        yield _try_statement(connection, table, "delete", lambda: rows.filter(pk=inserted).delete())


def _try_insert(
    connection: BaseDatabaseWrapper, model: Model, inserter: RowInserter
) -> tuple[StatementAttempt, Any]:
    """Insert one row and the rows it refers to in one savepoint, check foreign keys, return its key."""
    table = model._meta.db_table
    shape = inserter.context.shape(model)
    try:
        with transaction.atomic(using=connection.alias):
            rows: list[ModelRowValues] = inserter.draft(shape, [RowRequest(_SEED_INDEX)], model)
    except NoRow as error:
        return StatementAttempt(table=table, statement="insert", untried=error.reason), None
    except REFUSALS as error:
        return StatementAttempt(table=table, statement="insert", failure=failure_of(error)), None
    keys: list[Any] = []

    def statement_action() -> None:
        keys.extend(inserter.insert(shape, rows, [RowRequest(_SEED_INDEX)]))
        inserter.resolve_deferred()
        connection.check_constraints([table])

    attempt = _try_statement(connection, table, "insert", statement_action)
    return attempt, keys[0] if keys and attempt.failure is None else None


def _try_statement(
    connection: BaseDatabaseWrapper, table: str, statement: Statement, statement_action: Callable[[], object]
) -> StatementAttempt:
    try:
        with transaction.atomic(using=connection.alias):
            statement_action()
    except REFUSALS as error:
        return StatementAttempt(table=table, statement=statement, failure=failure_of(error))
    return StatementAttempt(table=table, statement=statement)


def _existing_key(connection: BaseDatabaseWrapper, rows: QuerySet[Any]) -> Any:
    try:
        with transaction.atomic(using=connection.alias):
            return rows.order_by("pk").values_list("pk", flat=True).first()
    except REFUSALS:
        return None  # NOTE: the attempt to select reports why the table cannot be read


def _update_unchanged(rows: QuerySet[Any], key: Any) -> int:
    """Write every column of one row back unchanged, as ``save`` does; return the rows updated."""
    # NOTE: values, not an instance: building one runs project code, which may open files that do not exist.
    stored = rows.values().get(pk=key)
    attribute_names = [
        field.attname
        for field in rows.model._meta.local_concrete_fields
        if not field.primary_key and not getattr(field, "generated", False)
    ]
    return (
        rows.filter(pk=key).update(**{name: stored[name] for name in attribute_names})
        if attribute_names
        else 0
    )
