"""Fills many tables in one transaction, and checks constraints before it commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from django_switchback.worker.seed.application.limits import allowed_rows
from django_switchback.worker.seed.batches import RowInserter
from django_switchback.worker.seed.interface import Model, RowRequest, RowWith, referred_model
from django_switchback.worker.seed.recipes.interface import recipes_for
from django_switchback.worker.seed.references.order import dependency_order


class FilledTables(NamedTuple):
    """Row counts by table, the inserted primary keys, and the reason for each refused row by table."""

    counts: Mapping[str, int]
    inserted: tuple[tuple[Model, list[Any]], ...]
    refused: Mapping[str, str]


def fill_tables(inserter: RowInserter, requests_by_model: Mapping[Model, list[RowRequest]]) -> FilledTables:
    """Insert the requested rows, referenced tables first, and check constraints before the commit.

    If the constraints fail, each table is filled in its own savepoint, and those that break them stay
    unchanged.
    """
    context = inserter.context
    savepoint = context.savepoint()
    for careful in (False, True):
        try:
            with transaction.atomic(using=context.connection.alias):
                refused = _all(inserter, requests_by_model, careful=careful)
        except IntegrityError:
            context.rollback(savepoint)
            inserter.abandon()
            if careful:
                raise
        else:
            break
    return FilledTables(dict(context.counts), tuple(context.inserted), refused)


def _all(
    inserter: RowInserter, requests_by_model: Mapping[Model, list[RowRequest]], *, careful: bool
) -> dict[str, str]:
    refused: dict[str, str] = {}
    for model, requested in _in_order(requests_by_model):
        for target, missing in allowed_rows(inserter.context, model):
            inserter.insert_each(target, missing)
        requests = _requests_for(inserter, model, requested)
        reason = _checked(inserter, model, requests) if careful else inserter.insert_each(model, requests)
        if reason:
            refused[model._meta.db_table] = reason
    inserter.resolve_deferred()
    inserter.context.connection.check_constraints()
    return refused


def _in_order(
    requests_by_model: Mapping[Model, list[RowRequest]],
) -> Iterator[tuple[Model, list[RowRequest]]]:
    """Yield the requests of each model, referenced models first, and rows with columns of others at last."""
    ordered = referred_models_first(tuple(requests_by_model))
    for late in (False, True):
        for model in ordered:
            requests = [request for request in requests_by_model[model] if _repeats_column(request) == late]
            if requests:
                yield model, requests


def _repeats_column(request: RowRequest) -> bool:
    return any(isinstance(value, RowWith) and value.attname for _, value in request.fixed)


def _requests_for(inserter: RowInserter, model: Model, requests: list[RowRequest]) -> list[RowRequest]:
    if inserter.context.counts[model._meta.db_table]:
        return requests
    counts = [recipe.count(inserter.context, model) for recipe in recipes_for(model, inserter.recipes)]
    number = next((number for number in counts if number is not None), None)
    if number is None:
        return requests
    return [RowRequest(index) for index in range(number)] + [request for request in requests if request.fixed]


def _checked(inserter: RowInserter, model: Model, requests: list[RowRequest]) -> str:
    context = inserter.context
    savepoint = context.savepoint()
    try:
        with transaction.atomic(using=context.connection.alias):
            reason = inserter.insert_each(model, requests)
            inserter.resolve_deferred()
            context.connection.check_constraints([model._meta.db_table])
    except IntegrityError as error:
        context.rollback(savepoint)
        inserter.abandon()
        return " ".join(str(error).split())
    return reason


def referred_models_first(models: tuple[Model, ...]) -> tuple[Model, ...]:
    """Return ``models`` in dependency order: referenced models first."""
    models_by_table = {model._meta.db_table: model for model in models}
    hard: dict[Model, frozenset[Model]] = {}
    soft: dict[Model, frozenset[Model]] = {}
    for model in models:
        for needs, null in ((hard, False), (soft, True)):
            targets = [
                referred_model(field) for field in model._meta.local_concrete_fields if field.null == null
            ]
            tables = [target._meta.db_table for target in targets if target is not None]
            needs[model] = frozenset(models_by_table[table] for table in tables if table in models_by_table)
    return dependency_order(models, hard, soft)
