"""Values that meet a lookup by a constant, and whether an application would store them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from random import Random
from typing import Any, Literal, TypeAlias

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.declared_fields import DeclaredFields
from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.values.regex import text_matching
from django_switchback.worker.seed.values.validation import is_accepted

LOOKUPS = frozenset(
    {"exact", "iexact", "in", "startswith", "istartswith", "endswith", "iendswith", "contains", "icontains"}
    | {"gt", "gte", "lt", "lte", "range", "regex", "iregex", "isnull", "like", "date", "year"}
    | {"has_key", "overlap"}
)
Standing: TypeAlias = Literal["typical", "edge"]
"""Whether the field's own validation takes a value, or only its column."""

_TYPES: tuple[tuple[type[models.Field[Any, Any]], tuple[type, ...]], ...] = (
    (models.BooleanField, (bool, int)),
    (models.IntegerField, (int,)),
    (models.FloatField, (int, float)),
    (models.DecimalField, (int, Decimal)),
    (models.BinaryField, (bytes,)),
)


def matching_value(lookup: str, constant: Any, field: Field) -> Any:
    """Return a value for ``field`` that a ``lookup`` with ``constant`` finds; ``None`` if none is known."""
    match lookup:
        case "gt" | "lt":
            return _beside(constant, 1 if lookup == "gt" else -1)
        case "regex" | "iregex":
            return text_matching(str(constant), 0, Random(0))
        case "like":
            return str(constant).replace("%", "")
        case "year":
            return datetime.datetime(constant, 3, 5, tzinfo=datetime.UTC) if _is_year(constant) else None
        case "isnull":
            return None
    if isinstance(field, models.BooleanField) or not isinstance(constant, bool):
        return constant
    return None


def _is_year(constant: Any) -> bool:
    return isinstance(constant, int) and datetime.MINYEAR < constant < datetime.MAXYEAR


def _beside(constant: Any, step: int) -> Any:
    if isinstance(constant, int | float | Decimal):
        return constant + step
    if isinstance(constant, datetime.date):
        return constant + datetime.timedelta(days=step)
    return constant


def standing_of(
    field: Field, value: Any, declared: DeclaredFields, position: int, connection: BaseDatabaseWrapper
) -> Standing | None:
    """Return whether ``value`` is one that an application stores in ``field``; ``None`` if nobody can.

    The field counts as every migration before ``position`` has declared it: rows are older than choices.
    """
    if not _fits(field, value) or not _is_storable(field, value, connection):
        return None
    if declared.default_of_old_rows(field, position) == value:
        return "typical"
    if any(is_accepted(known, value) for known in (field, *declared.earlier(field, position))):
        return "typical"
    return "edge"


def _fits(field: Field, value: Any) -> bool:
    if isinstance(field, models.CharField | models.TextField):
        limit = getattr(field, "max_length", None)
        return isinstance(value, str) and (limit is None or len(value) <= limit)
    if isinstance(field, models.DateField):
        return isinstance(value, datetime.date | str)
    return all(isinstance(value, types) for kind, types in _TYPES if isinstance(field, kind))


def _is_storable(field: Field, value: Any, connection: BaseDatabaseWrapper) -> bool:
    try:
        field.get_db_prep_save(field.to_python(value), connection)
    except Exception:  # a field of theirs may refuse a value with any exception
        return False
    return True
