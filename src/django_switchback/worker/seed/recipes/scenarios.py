"""Recipes from the project's scenarios: chosen values, and tables that stay empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from django_switchback.scenarios.declaring import ValueFunction, call_with_known_arguments
from django_switchback.worker.seed.interface import Field, Model, ModelRowValues, NoRow
from django_switchback.worker.seed.recipes.interface import Recipe
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.values.rng import seeded_rng


class ChosenValues(Recipe):
    """Replaces drafted values by those that the project's functions return."""

    def __init__(self, values: tuple[ValueFunction, ...]) -> None:
        self._values = values

    def claims(self, model: Model) -> bool:
        return any(_about(value, model) for value in self._values)

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        queryset: QuerySet[Any] = QuerySet(model=model, using=context.connection.alias)
        first = queryset.count()
        for value in self._values:
            if _about(value, model):
                for index, row in enumerate(rows):
                    _set(context, value, model, row, first + index)


class EmptyTables(Recipe):
    """Keeps tables empty, with the reason by model label."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self._reasons = reasons

    def claims(self, model: Model) -> bool:
        return model._meta.label_lower in self._reasons

    def empty_reason(self, model: Model) -> str:
        return self._reasons[model._meta.label_lower]


def _about(value: ValueFunction, model: Model) -> bool:
    if value.model is not None:
        return value.model.lower() == model._meta.label_lower
    return any(_of_class(value, field) for field in model._meta.local_concrete_fields)


def _of_class(value: ValueFunction, field: Field) -> bool:
    return value.field_class is not None and isinstance(field, value.field_class)


def _set(context: SeedContext, value: ValueFunction, model: Model, row: ModelRowValues, number: int) -> None:
    """Set the chosen values of one row; drafted nulls of nullable columns stay."""
    fields = {field.name: field for field in model._meta.local_concrete_fields}
    if value.model is not None and value.field is None:
        for name, field_value in _call(context, value, model, None, number).items():
            row[_field(fields, name, model, value).attname] = field_value
        return
    chosen = (
        [field for field in fields.values() if _of_class(value, field)]
        if value.field is None
        else [_field(fields, value.field, model, value)]
        if value.field in fields
        else []
    )
    for field in chosen:
        if not (field.null and row.get(field.attname, field) is None):
            row[field.attname] = _call(context, value, model, field, number)


def _field(fields: Mapping[str, Field], name: str, model: Model, value: ValueFunction) -> Field:
    if name not in fields:
        raise NoRow(
            model._meta.db_table, f"{value.function.__name__} gives a value for {name}, which it has not"
        )
    return fields[name]


def _call(context: SeedContext, value: ValueFunction, model: Model, field: Field | None, number: int) -> Any:
    table = model._meta.db_table
    chance = seeded_rng(context.seed, table, number, "chosen", "" if field is None else field.name)
    try:
        return call_with_known_arguments(value.function, number=number, chance=chance, field=field)
    except Exception as error:
        reason = f"{value.function.__name__} raises {type(error).__name__}: {error}"
        raise NoRow(table, reason) from error
