"""Finds a value that the database can fill a column with for a release that does not know it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.model_fields import has_database_default

_BY_TYPE: tuple[tuple[type[Any], Any], ...] = (
    (models.DateTimeField, Now()),
    (models.BooleanField, False),
    (models.AutoField, None),
    (models.IntegerField, 0),
    (models.FloatField, 0.0),
    (models.DecimalField, 0),
    (models.CharField, ""),
    (models.TextField, ""),
)
_CONSTANTS = (str, int, float, bool)


def with_changes(field: Field, **changes: Any) -> Field:
    """Return a field like ``field`` with other arguments; ``None`` leaves an argument out."""
    _, _, args, arguments = field.deconstruct()
    kept = {name: value for name, value in (arguments | changes).items() if value is not None}
    return type(field)(*args, **kept)


def with_database_default(field: Field) -> Field | None:
    """Return ``field`` with a ``db_default``, ``None`` if there is no value that every row may have."""
    if has_database_default(field):
        return field
    value = _value(field)
    if value is None or field.unique or field.remote_field is not None:
        return None
    return with_changes(field, db_default=value)


def _value(field: Field) -> Any:
    if not field.has_default():
        return next((value for kind, value in _BY_TYPE if isinstance(field, kind)), None)
    if field.default is timezone.now:
        return Now()
    return field.default if isinstance(field.default, _CONSTANTS) else None
