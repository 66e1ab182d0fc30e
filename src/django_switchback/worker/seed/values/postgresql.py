"""Makes values for the field classes of ``django.contrib.postgres``; imported on PostgreSQL only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres import fields, search
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange, NumericRange, Range

from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.values import temporal, words
from django_switchback.worker.seed.values.value_request import ValueMaker, ValueRequest


def array(request: ValueRequest, element: Callable[[ValueRequest], Any]) -> list[Any]:
    """Return a list within the field's size, with elements made by ``element``."""
    field: Any = request.field
    size: int | None = getattr(field, "size", None)
    base: Field = field.base_field
    length = {"low": 0, "high": size or 30}.get(request.profile, 2)
    if request.unique and not length:
        length = 1
    count = length if size is None else min(length, size)
    if isinstance(base, fields.ArrayField):
        count = min(count, 1) if request.profile != "low" else 0
    return [
        element(request._replace(field=_named(base, field), number=request.number + index))
        for index in range(count)
    ]


def _named(base: Field, owner: Field) -> Field:
    if getattr(base, "name", None) is None:
        base.set_attributes_from_name(owner.name)
    return base


def hstore(request: ValueRequest) -> dict[str, str | None]:
    """Return a dictionary of texts."""
    match request.profile:
        case "low" if not request.unique:
            return {}
        case "odd":
            return {words.UNUSUAL_TEXT: None, "turn": str(request.number)}
    return {"colour": words.word(request.rng), "turn": str(request.number)}


def vector(request: ValueRequest) -> str | None:
    """Return the empty search vector, or null: applications fill it with a trigger or update."""
    return None if request.field.null else ""


def _numbers(request: ValueRequest) -> tuple[int, int]:
    return request.number * 10, request.number * 10 + 5


def whole_range(request: ValueRequest) -> Range[Any]:
    """Return an integer range that overlaps with no other row's range."""
    return NumericRange(*_numbers(request))


def decimal_range(request: ValueRequest) -> Range[Any]:
    """Return a decimal range that overlaps with no other row's range."""
    low, high = _numbers(request)
    return NumericRange(Decimal(low), Decimal(high))


def day_range(request: ValueRequest) -> Range[Any]:
    """Return a date range that overlaps with no other row's range."""
    first = temporal.day(request._replace(profile="typical", number=request.number * 5))
    return DateRange(first, first + timedelta(days=3))


def datetime_range(request: ValueRequest) -> Range[Any]:
    """Return a timestamp range that overlaps with no other row's range."""
    first = temporal.date_and_time(request._replace(profile="typical"))
    return DateTimeTZRange(first, first + timedelta(hours=2))


def makers(element: Callable[[ValueRequest], Any]) -> dict[type[models.Field[Any, Any]], ValueMaker]:
    """Return the value makers by field class."""
    return {
        fields.ArrayField: lambda request: array(request, element),
        fields.HStoreField: hstore,
        fields.IntegerRangeField: whole_range,
        fields.BigIntegerRangeField: whole_range,
        fields.DecimalRangeField: decimal_range,
        fields.DateRangeField: day_range,
        fields.DateTimeRangeField: datetime_range,
        search.SearchVectorField: vector,
    }
