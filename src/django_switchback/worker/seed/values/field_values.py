"""Makes one value for one field, by the Django class that the field extends.

For a unique column ``numeric.py`` and ``text.py`` derive it from the row's sequence number; ``draft_row.py``
tries another where the table has it already.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.values import json, numeric, own_fields, temporal, text
from django_switchback.worker.seed.values.rng import item_at
from django_switchback.worker.seed.values.value_request import ValueMaker, ValueRequest

_MAKERS: dict[type[models.Field[Any, Any]], ValueMaker] = {
    models.IntegerField: numeric.integer,
    models.FloatField: numeric.floating,
    models.DecimalField: numeric.fixed,
    models.BooleanField: numeric.truth,
    models.DateTimeField: temporal.date_and_time,
    models.DateField: temporal.day,
    models.TimeField: temporal.time_of_day,
    models.DurationField: temporal.duration,
    models.CharField: text.text,
    models.TextField: text.text,
    models.SlugField: text.slug,
    models.EmailField: text.e_mail,
    models.URLField: text.url,
    models.GenericIPAddressField: text.address,
    models.FileField: text.file,
    models.FilePathField: text.file,
    models.BinaryField: text.binary,
    models.UUIDField: text.identity,
    models.JSONField: json.document,
}
_PLAIN: dict[str, ValueMaker] = {
    "text": text.text,
    "varchar": text.text,
    "char": text.text,
    "integer": numeric.integer,
    "bigint": numeric.integer,
    "smallint": numeric.integer,
    "bool": numeric.truth,
    "boolean": numeric.truth,
    "real": numeric.floating,
    "double": numeric.floating,
    "datetime": temporal.date_and_time,
    "timestamp": temporal.date_and_time,
    "date": temporal.day,
    "uuid": text.identity,
    "jsonb": json.stored,
    "json": json.stored,
}


@cache
def _makers(vendor: str) -> dict[type[models.Field[Any, Any]], ValueMaker]:
    if vendor != "postgresql":
        return _MAKERS
    from django_switchback.worker.seed.values import postgresql  # only here does its driver have to be there

    return _MAKERS | postgresql.makers(lambda request: plain_value(request, vendor))


def plain_value(request: ValueRequest, vendor: str) -> Any:
    """Return a value for the field's class; ``None`` if the class is unknown.

    A class unknown to Django counts as the class that its ``get_internal_type`` names.
    """
    makers = _makers(vendor)
    for field_class in type(request.field).__mro__:
        if field_class in makers:
            return makers[field_class](request)
    base_class = getattr(models, request.field.get_internal_type(), None)
    return makers[base_class](request) if base_class in makers else None


def _choices(field: Field) -> tuple[Any, ...]:
    values = [value for value, _ in field.flatchoices or ()]
    limit = getattr(field, "max_length", None)
    return tuple(
        value for value in values if not isinstance(value, str) or limit is None or len(value) <= limit
    )


def choices(field: Field, *, null: bool = False) -> tuple[Any, ...]:
    """Return the values of the field's ``choices``, including ``None`` only if ``null``."""
    return tuple(value for value in _choices(field) if value is not None or null)


def make_value(request: ValueRequest, connection: BaseDatabaseWrapper) -> Any:
    """Return a valid, unprepared value for ``request.field``; ``None`` if its type is unknown."""
    request = request._replace(vendor=connection.vendor)
    if not own_fields.has_own_checks(request.field):
        value = _by_class(request, connection)
        return accepted_value(request.field, value, connection) if value is not None else None
    if _by_class(request, connection) is None and not own_fields.can_be_searched(request.field, connection):
        return None
    return own_fields.fitting_value(
        request,
        partial(_by_class, connection=connection),
        partial(make_value, connection=connection),
        connection,
    )


def _by_class(request: ValueRequest, connection: BaseDatabaseWrapper) -> Any:
    """Return one of the field's choices, or a value by its class or column type; ``None`` if unknown."""
    offered = choices(request.field)
    if offered:
        return {"low": offered[0], "high": offered[-1]}.get(request.profile, item_at(offered, request.number))
    value = plain_value(request, connection.vendor)
    return _by_column(request, connection) if value is None else value


def _by_column(request: ValueRequest, connection: BaseDatabaseWrapper) -> Any:
    kind = (request.field.db_type(connection) or "").split("(")[0].split(" ")[0].lower()
    return _PLAIN[kind](request) if kind in _PLAIN else None


def accepted_value(field: Field, value: Any, connection: BaseDatabaseWrapper) -> Any:
    """Return ``value``, or the result of the field's ``to_python`` if the field refuses the plain value.

    Raises the field's exception if it refuses both.
    """
    try:
        field.get_db_prep_save(value, connection)
    except (TypeError, ValueError, AttributeError, ValidationError):
        converted = field.to_python(value)
        field.get_db_prep_save(converted, connection)
        return converted
    return value
