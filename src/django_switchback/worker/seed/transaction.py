"""Many tables filled in one transaction that holds at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from django_switchback.worker.seed.batches import RowInserter
from django_switchback.worker.seed.interface import Model, RowRequest, referred_model
from django_switchback.worker.seed.order import dependency_order
from django_switchback.worker.seed.recipes.interface import recipes_for


class FilledTables(NamedTuple):
    """The rows of each table afterwards, the keys inserted, and why a row of a table was refused."""

    counts: Mapping[str, int]
    inserted: tuple[tuple[Model, list[Any]], ...]
    refused: Mapping[str, str]


def fill_tables(workshop: RowInserter, wanted: Mapping[Model, list[RowRequest]]) -> FilledTables:
    """Insert the wished rows, tables that others refer to first; constraints are checked before it ends.

    Where they do not hold in the end, each table is tried on its own; one that breaks them stays as it was.
    """
    bench = workshop.bench
    mark = bench.mark()
    for careful in (False, True):
        try:
            with transaction.atomic(using=bench.connection.alias):
                refused = _all(workshop, wanted, careful=careful)
        except IntegrityError:
            bench.undo(mark)
            workshop.abandon()
            if careful:
                raise
        else:
            break
    return FilledTables(dict(bench.counts), tuple(bench.inserted), refused)


def _all(workshop: RowInserter, wanted: Mapping[Model, list[RowRequest]], *, careful: bool) -> dict[str, str]:
    refused: dict[str, str] = {}
    for model in referred_models_first(tuple(wanted)):
        wishes = _usual_or_told(workshop, model, wanted[model])
        reason = _checked(workshop, model, wishes) if careful else workshop.make(model, wishes)
        if reason:
            refused[model._meta.db_table] = reason
    workshop.resolve_deferred()
    workshop.bench.connection.check_constraints()
    return refused


def _usual_or_told(workshop: RowInserter, model: Model, wishes: list[RowRequest]) -> list[RowRequest]:
    if workshop.bench.counts[model._meta.db_table]:
        return wishes
    told = [recipe.count(workshop.bench, model) for recipe in recipes_for(model, workshop.recipes)]
    number = next((number for number in told if number is not None), None)
    return wishes if number is None else [RowRequest(at) for at in range(number)]


def _checked(workshop: RowInserter, model: Model, wishes: list[RowRequest]) -> str:
    bench = workshop.bench
    mark = bench.mark()
    try:
        with transaction.atomic(using=bench.connection.alias):
            reason = workshop.make(model, wishes)
            workshop.resolve_deferred()
            bench.connection.check_constraints([model._meta.db_table])
    except IntegrityError as error:
        bench.undo(mark)
        workshop.abandon()
        return " ".join(str(error).split())
    return reason


def referred_models_first(models: tuple[Model, ...]) -> tuple[Model, ...]:
    """Return ``models`` with those that others refer to first."""
    there = {model._meta.db_table: model for model in models}
    hard: dict[Model, frozenset[Model]] = {}
    soft: dict[Model, frozenset[Model]] = {}
    for model in models:
        for needs, null in ((hard, False), (soft, True)):
            pointed = [
                referred_model(field) for field in model._meta.local_concrete_fields if field.null == null
            ]
            tables = [found._meta.db_table for found in pointed if found is not None]
            needs[model] = frozenset(there[table] for table in tables if table in there)
    return dependency_order(models, hard, soft)
