"""Tries statements of a release's models on a migrated database, and undoes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any, get_args

import msgspec
from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.evidence import Failure, Statement
from django_switchback.worker.cycle.read_rows import ReadRow, read_rows, save_row, save_row_of
from django_switchback.worker.cycle.sequences import sequences_restored
from django_switchback.worker.failure import failure_of
from django_switchback.worker.seed.batches import REFUSALS, RowInserter
from django_switchback.worker.seed.interface import Model, ModelRowValues, NoRow, RowRequest
from django_switchback.worker.seed.row_counts import models_by_snapshot_name
from django_switchback.worker.seed.seeder import Seeder

UNKNOWN = "the release has no model for the table"
_SEED_INDEX = 500
"""Sequence number of the rows inserted here, apart from those of old and new rows."""


class StatementAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One statement on one table: its failure, or in ``untried`` the reason why it was not run.

    ``read_as_none`` are the mandatory columns that a ``select`` read as ``None``.
    """

    table: str
    statement: Statement
    failure: Failure | None = None
    untried: str | None = None
    read_as_none: tuple[str, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether the release cannot use what the statement gives."""
        return self.failure is not None or bool(self.read_as_none)


def try_release(
    connection: BaseDatabaseWrapper, apps: Apps, tables: Collection[str], seeder: Seeder
) -> tuple[StatementAttempt, ...]:
    """Insert a row of each of ``tables`` through the models of ``apps``, read, update and delete rows.

    Each statement runs in its own savepoint. All changes are rolled back, and sequences set back. A failed
    insert is not repeated, since the sequence has moved by then. The result has an attempt for each pair of
    table and statement, with a reason where the statement was not run.
    """
    if not tables:
        return ()
    models_by_table = models_by_snapshot_name(apps, connection)
    inserter = seeder.inserters(apps) if set(tables) & set(models_by_table) else None
    with sequences_restored(connection):
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
    """Yield untried attempts for a table without a model: the release sends it no statement."""
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
    insert, inserted = _try_insert(connection, model, inserter)
    yield insert
    read: list[ReadRow] = []
    select = _try_statement(connection, table, "select", lambda: read.extend(read_rows(rows)))
    read_as_none = dict.fromkeys(column for row in read for column in row.read_as_none)
    yield msgspec.structs.replace(select, read_as_none=tuple(read_as_none))
    update = _try_update(connection, rows, tuple(read) if select.failure is None else None, inserted)
    if update is None:
        update = StatementAttempt(
            table=table, statement="update", untried=insert.untried or "there is no row to change"
        )
    yield update
    if inserted is not None:
        yield _try_statement(connection, table, "delete", lambda: rows.filter(pk=inserted).delete())
    else:  # NOTE: other rows may be protected by rows that refer to them
        reason = insert.untried or "no row was inserted to be deleted"
        yield StatementAttempt(table=table, statement="delete", untried=reason)


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


def _try_update(
    connection: BaseDatabaseWrapper, rows: QuerySet[Any], read: tuple[ReadRow, ...] | None, inserted: Any
) -> StatementAttempt | None:
    """Save a few rows as they were read; return the first failure, ``None`` if there is no row.

    Without ``read``, the rows could not be read at once: the first is read alone.
    """
    table = rows.model._meta.db_table
    if read is None:
        key = _existing_key(connection, rows)
        if key is None:
            return None
        return _try_statement(connection, table, "update", partial(save_row_of, rows, key))
    old = tuple(row for row in read if row.key != inserted) or read
    with_none = tuple(row for row in old if row.read_as_none)
    chosen = {row.key: row for row in (*old[:1], *with_none[:1], *old[-1:])}
    attempts = [
        _try_statement(connection, table, "update", partial(save_row, rows, row)) for row in chosen.values()
    ]
    return next((attempt for attempt in attempts if attempt.is_broken), attempts[0] if attempts else None)


def _try_statement(
    connection: BaseDatabaseWrapper, table: str, statement: Statement, statement_action: Callable[[], object]
) -> StatementAttempt:
    try:
        with transaction.atomic(using=connection.alias):
            statement_action()
    except Exception as error:  # a project's own fields may raise anything
        return StatementAttempt(table=table, statement=statement, failure=failure_of(error))
    return StatementAttempt(table=table, statement=statement)


def _existing_key(connection: BaseDatabaseWrapper, rows: QuerySet[Any]) -> Any:
    try:
        with transaction.atomic(using=connection.alias):
            return rows.order_by("pk").values_list("pk", flat=True).first()
    except Exception:
        return None  # NOTE: the attempt to select reports why the table cannot be read
