"""Values for the field classes of ``django.contrib.postgres``; imported on PostgreSQL only."""

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
from django_switchback.worker.seed.values.request import ValueMaker, ValueRequest


def array(ask: ValueRequest, element: Callable[[ValueRequest], Any]) -> list[Any]:
    """Return a list within the field's size, of values that ``element`` makes."""
    field = ask.field
    size: int | None = getattr(field, "size", None)
    base: Field = field.base_field  # type: ignore[attr-defined] # an ArrayField
    wanted = {"low": 0, "high": size or 30}.get(ask.profile, 2)
    if ask.unique and not wanted:
        wanted = 1
    count = wanted if size is None else min(wanted, size)
    if isinstance(base, fields.ArrayField):
        count = min(count, 1) if ask.profile != "low" else 0
    return [element(ask._replace(field=_named(base, field), number=ask.number + at)) for at in range(count)]


def _named(base: Field, owner: Field) -> Field:
    if getattr(base, "name", None) is None:
        base.set_attributes_from_name(owner.name)
    return base


def hstore(ask: ValueRequest) -> dict[str, str | None]:
    """Return pairs of text."""
    match ask.profile:
        case "low" if not ask.unique:
            return {}
        case "odd":
            return {words.ODD: None, "turn": str(ask.number)}
    return {"colour": words.word(ask.rng), "turn": str(ask.number)}


def vector(ask: ValueRequest) -> str | None:
    """Return the empty vector, or none: an index is filled by the application, never by hand."""
    return None if ask.field.null else ""


def _numbers(ask: ValueRequest) -> tuple[int, int]:
    return ask.number * 10, ask.number * 10 + 5


def whole_range(ask: ValueRequest) -> Range[Any]:
    """Return a range that no other turn overlaps."""
    return NumericRange(*_numbers(ask))


def decimal_range(ask: ValueRequest) -> Range[Any]:
    """Return a range that no other turn overlaps."""
    low, high = _numbers(ask)
    return NumericRange(Decimal(low), Decimal(high))


def day_range(ask: ValueRequest) -> Range[Any]:
    """Return a range that no other turn overlaps."""
    first = temporal.day(ask._replace(profile="typical", number=ask.number * 5))
    return DateRange(first, first + timedelta(days=3))


def moment_range(ask: ValueRequest) -> Range[Any]:
    """Return a range that no other turn overlaps."""
    first = temporal.moment(ask._replace(profile="typical"))
    return DateTimeTZRange(first, first + timedelta(hours=2))


def makers(element: Callable[[ValueRequest], Any]) -> dict[type[models.Field[Any, Any]], ValueMaker]:
    """Return who makes values for which class."""
    return {
        fields.ArrayField: lambda ask: array(ask, element),
        fields.HStoreField: hstore,
        fields.IntegerRangeField: whole_range,
        fields.BigIntegerRangeField: whole_range,
        fields.DecimalRangeField: decimal_range,
        fields.DateRangeField: day_range,
        fields.DateTimeRangeField: moment_range,
        search.SearchVectorField: vector,
    }
