"""The old release's own statements, tried on a database that was rolled back."""

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
from django_switchback.worker.seed.row_counts import managed_models
from django_switchback.worker.seed.seeder import Seeder

UNKNOWN = "the old release has no model for the table"
_SEED_INDEX = 500
"""The rows tried here are numbered apart from old and new ones."""


class StatementAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One statement on one table: what it raised, or in ``untried`` why it could not be tried."""

    table: str
    statement: Statement
    failure: Failure | None = None
    untried: str | None = None


def try_old_release(
    connection: BaseDatabaseWrapper, apps: Apps, tables: Collection[str], seeder: Seeder
) -> tuple[StatementAttempt, ...]:
    """Insert, read, update and delete a row of each of ``tables`` through the models of ``apps``.

    Each statement runs in a savepoint of its own; nothing is left behind but the positions of sequences,
    which no database takes back. An insert that failed is not repeated: the sequence has moved by then. Each
    table has an attempt of each statement, if only to say why that was not tried.
    """
    models_by_table = managed_models(apps, connection.alias)
    workshop = seeder.workshops(apps) if set(tables) & set(models_by_table) else None
    return tuple(
        attempt
        for table in sorted(tables)
        for attempt in (
            _unknown(table)
            if table not in models_by_table or workshop is None
            else _try_statements(connection, models_by_table[table], workshop())
        )
    )


def _unknown(table: str) -> Iterator[StatementAttempt]:
    """Say of a table that it has no model: the old release sends it no statement."""
    for statement in get_args(Statement):
        yield StatementAttempt(table=table, statement=statement, untried=UNKNOWN)


def _try_statements(
    connection: BaseDatabaseWrapper, model: Model, workshop: RowInserter
) -> tuple[StatementAttempt, ...]:
    with transaction.atomic(using=connection.alias):
        attempts = tuple(_statements(connection, model, workshop))
        transaction.set_rollback(True, using=connection.alias)
    return attempts


def _statements(
    connection: BaseDatabaseWrapper, model: Model, workshop: RowInserter
) -> Iterator[StatementAttempt]:
    table = model._meta.db_table
    rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias)
    attempt, inserted = _insertion(connection, model, workshop)
    yield attempt
    yield _outcome(connection, table, "select", lambda: list(rows.order_by("pk").values()[:1000]))
    key = _some_key(connection, rows) if inserted is None else inserted
    if key is None:
        why = attempt.untried or "there is no row to change"
        yield StatementAttempt(table=table, statement="update", untried=why)
        yield StatementAttempt(table=table, statement="delete", untried=why)
        return
    yield _outcome(connection, table, "update", lambda: _updated(rows, key))
    if inserted is None:  # NOTE: what else is there may be protected by the rows that point at it
        yield StatementAttempt(table=table, statement="delete", untried="no row was inserted to be deleted")
    else:
        yield _outcome(connection, table, "delete", lambda: rows.filter(pk=inserted).delete())


def _insertion(
    connection: BaseDatabaseWrapper, model: Model, workshop: RowInserter
) -> tuple[StatementAttempt, Any]:
    """Insert one row and check what it points at; the rows made for it come along in the same savepoint."""
    table = model._meta.db_table
    shape = workshop.bench.shape(model)
    try:
        with transaction.atomic(using=connection.alias):
            rows: list[ModelRowValues] = workshop.drafted(shape, [RowRequest(_SEED_INDEX)], model)
    except NoRow as error:
        return StatementAttempt(table=table, statement="insert", untried=error.reason), None
    except REFUSALS as error:
        return StatementAttempt(table=table, statement="insert", failure=failure_of(error)), None
    keys: list[Any] = []

    def act() -> None:
        keys.extend(workshop.insert(shape, rows, [RowRequest(_SEED_INDEX)]))
        workshop.resolve_deferred()
        connection.check_constraints([table])

    attempt = _outcome(connection, table, "insert", act)
    return attempt, keys[0] if keys and attempt.failure is None else None


def _outcome(
    connection: BaseDatabaseWrapper, table: str, statement: Statement, act: Callable[[], object]
) -> StatementAttempt:
    try:
        with transaction.atomic(using=connection.alias):
            act()
    except REFUSALS as error:
        return StatementAttempt(table=table, statement=statement, failure=failure_of(error))
    return StatementAttempt(table=table, statement=statement)


def _some_key(connection: BaseDatabaseWrapper, rows: QuerySet[Any]) -> Any:
    try:
        with transaction.atomic(using=connection.alias):
            return rows.order_by("pk").values_list("pk", flat=True).first()
    except REFUSALS:
        return None  # NOTE: what the table refuses to be read by is told by the attempt to select


def _updated(rows: QuerySet[Any], key: Any) -> int:
    """Write every column of one row back as it was read, as ``save`` does."""
    # NOTE: as values: making the object runs code of the project, which may open files that are not there.
    held = rows.values().get(pk=key)
    own = [
        field.attname
        for field in rows.model._meta.local_concrete_fields
        if not field.primary_key and not getattr(field, "generated", False)
    ]
    return rows.filter(pk=key).update(**{name: held[name] for name in own}) if own else 0
