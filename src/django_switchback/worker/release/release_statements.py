"""Tries statements of a release's models on a migrated database, and undoes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, get_args

from django.apps import apps as head_apps
from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.evidence import Statement
from django_switchback.worker.release.sequence_collisions import sequences_restored
from django_switchback.worker.release.table_trial import StatementAttempt, TableTrial
from django_switchback.worker.seed.interface import Model
from django_switchback.worker.seed.row_counts import models_by_snapshot_name
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.snapshot.postgresql.read_sequences import Collision

UNKNOWN = "the release has no model for the table"


def try_release(
    connection: BaseDatabaseWrapper,
    apps: Apps,
    tables: Collection[str],
    seeder: Seeder,
    *,
    collisions: tuple[Collision, ...] = (),
    structural: bool = False,
) -> tuple[StatementAttempt, ...]:
    """Read rows of each of ``tables`` through the models of ``apps``, and insert, update and delete some.

    Each statement runs in its own savepoint. All changes are rolled back, and sequences set back. The result
    has an attempt for each pair of table and statement, with a reason where the statement was not run. With
    ``structural``, so has an insert that may have been refused for the values of the row. ``collisions`` are
    of sequences whose next values are tried at last. Of a model that is not managed, such as one of a view,
    only the select is tried.
    """
    if not tables:
        return ()
    models_by_table = models_by_snapshot_name(apps, connection)
    others = {*tables} - {*models_by_table}
    unmanaged = _unmanaged_models(apps, connection, others) if others else {}
    inserter = seeder.inserters(apps) if set(tables) & set(models_by_table) else None
    attempts: list[StatementAttempt] = []
    with sequences_restored(connection):
        for table in sorted(tables):
            if table in unmanaged:
                attempts += _attempts_to_read(connection, table, *unmanaged[table])
                continue
            if table not in models_by_table or inserter is None:
                attempts += _untried_without_model(table)
                continue
            own = tuple(collision for collision in collisions if collision.table == table)
            trial = TableTrial(connection, table, models_by_table[table], own, structural=structural)
            with transaction.atomic(using=connection.alias):
                attempts += trial.attempts(inserter())
                transaction.set_rollback(True, using=connection.alias)
    return tuple(attempts)


def _untried_without_model(table: str) -> Iterator[StatementAttempt]:
    """Yield untried attempts for a table without a model: the release sends it no statement."""
    for statement in get_args(Statement):
        yield StatementAttempt(table=table, statement=statement, untried=UNKNOWN)


def _unmanaged_models(
    apps: Apps, connection: BaseDatabaseWrapper, tables: Collection[str]
) -> dict[str, tuple[Model, tuple[str, ...]]]:
    """Return the models of ``tables`` that are not managed, with those fields that they still have at head.

    ``makemigrations`` writes no change of their fields, so that a state may have some that no release has.
    """
    at_head = models_by_snapshot_name(head_apps, connection, managed=False)
    found: dict[str, tuple[Model, tuple[str, ...]]] = {}
    for table, model in models_by_snapshot_name(apps, connection, managed=False).items():
        if table in tables and table in at_head:
            columns = {field.column for field in at_head[table]._meta.local_concrete_fields}
            fields = (field for field in model._meta.local_concrete_fields if field.column in columns)
            found[table] = model, tuple(field.attname for field in fields)
    return found


def _attempts_to_read(
    connection: BaseDatabaseWrapper, table: str, model: Model, names: tuple[str, ...]
) -> Iterator[StatementAttempt]:
    """Yield an attempt to read ``names``, whose query is only planned: a view may not suit the rows made."""
    trial = TableTrial(connection, table, model, (), structural=True)
    rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias).order_by()
    if names:
        yield trial.attempt("select", lambda: rows.values(*names).explain(), certain=False)
    else:
        yield trial.untried("select", UNKNOWN)
    for statement in get_args(Statement):
        if statement != "select":
            yield trial.untried(statement, "the model is not managed")
