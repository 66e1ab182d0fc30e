"""One value for one field, by the Django class that it extends."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.values import json, numeric, temporal, text
from django_switchback.worker.seed.values.dice import item_at
from django_switchback.worker.seed.values.request import ValueMaker, ValueRequest

_MAKERS: dict[type[models.Field[Any, Any]], ValueMaker] = {
    models.IntegerField: numeric.integer,
    models.FloatField: numeric.floating,
    models.DecimalField: numeric.fixed,
    models.BooleanField: numeric.truth,
    models.DateTimeField: temporal.moment,
    models.DateField: temporal.day,
    models.TimeField: temporal.clock,
    models.DurationField: temporal.length,
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
    "datetime": temporal.moment,
    "timestamp": temporal.moment,
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

    return _MAKERS | postgresql.makers(lambda ask: plain_value(ask, vendor))


def plain_value(ask: ValueRequest, vendor: str) -> Any:
    """Return a value for the field's class; ``None`` where nothing is known of it but that it can be null.

    A class that Django does not know counts as the one its ``get_internal_type`` names.
    """
    makers = _makers(vendor)
    for known in type(ask.field).__mro__:
        if known in makers:
            return makers[known](ask)
    named = getattr(models, ask.field.get_internal_type(), None)
    return makers[named](ask) if named in makers else None


def _choices(field: Field) -> tuple[Any, ...]:
    listed = [value for value, _ in field.flatchoices or ()]
    limit = getattr(field, "max_length", None)
    return tuple(
        value for value in listed if not isinstance(value, str) or limit is None or len(value) <= limit
    )


def choices(field: Field, *, null: bool = False) -> tuple[Any, ...]:
    """Return the values that the field offers, ``None`` among them only if ``null``."""
    return tuple(value for value in _choices(field) if value is not None or null)


def make_value(ask: ValueRequest, connection: BaseDatabaseWrapper) -> Any:
    """Return a value that ``ask.field`` takes, unprepared; ``None`` where none is known."""
    offered = choices(ask.field)
    if offered:
        return {"low": offered[0], "high": offered[-1]}.get(ask.profile, item_at(offered, ask.number))
    ask = ask._replace(vendor=connection.vendor)
    made = plain_value(ask, connection.vendor)
    if made is None:
        made = _by_column(ask, connection)
    return accepted_value(ask.field, made, connection) if made is not None else None


def _by_column(ask: ValueRequest, connection: BaseDatabaseWrapper) -> Any:
    kind = (ask.field.db_type(connection) or "").split("(")[0].split(" ")[0].lower()
    return _PLAIN[kind](ask) if kind in _PLAIN else None


def accepted_value(field: Field, made: Any, connection: BaseDatabaseWrapper) -> Any:
    """Return ``made``, or what the field's ``to_python`` makes of it where the plain value is refused.

    Raises what the field raises where it takes neither.
    """
    try:
        field.get_db_prep_save(made, connection)
    except (TypeError, ValueError, AttributeError, ValidationError):
        converted = field.to_python(made)
        field.get_db_prep_save(converted, connection)
        return converted
    return made
