"""Reads rows through a model, and saves them as they were read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import DatabaseError, connections
from django.db.models import QuerySet

from django_switchback.worker.failure import UpdateSuppressed
from django_switchback.worker.seed.insert import key_fields
from django_switchback.worker.seed.interface import Field

_MAX_ROWS = 1000


class ReadRow(NamedTuple):
    """One row as its model reads it: values by attribute, and the mandatory columns that are ``None``."""

    key: Any
    values: Mapping[str, Any]
    read_as_none: tuple[str, ...]


def read_rows(rows: QuerySet[Any]) -> tuple[ReadRow, ...]:
    """Return the first rows by primary key; raises what the database and the fields raise."""
    # NOTE: values, not instances: building one runs project code, which may open files that do not exist.
    mandatory = [field for field in rows.model._meta.local_concrete_fields if _is_mandatory(field)]
    keys = [field.attname for field in key_fields(rows.model)]
    return tuple(
        ReadRow(
            values[keys[0]] if len(keys) == 1 else tuple(values[name] for name in keys),
            values,
            tuple(
                str(field.column)
                for field in mandatory
                if values[field.attname] is None and _saves_none_as_null(field, rows.db)
            ),
        )
        for values in rows.order_by("pk").values()[:_MAX_ROWS]
    )


def _is_mandatory(field: Field) -> bool:
    """Return whether the field has no ``None``: its converters, if they are Django's own, may return it."""
    converter = getattr(type(field), "from_db_value", None)
    own = converter is not None and not converter.__module__.startswith("django.")
    return not field.null and not field.generated and not own


def _saves_none_as_null(field: Field, alias: str) -> bool:
    try:
        return field.get_db_prep_save(None, connections[alias]) is None
    except Exception:
        return True  # NOTE: a field that refuses ``None`` cannot save it either


def save_row(rows: QuerySet[Any], row: ReadRow) -> None:
    """Write every column of ``row`` back, as ``Model._do_update`` in django/db/models/base.py."""
    found = rows.filter(pk=row.key)
    values = {
        field.attname: row.values[field.attname]
        for field in rows.model._meta.local_concrete_fields
        if not field.primary_key and not field.generated
    }
    written = found.update(**values) if values else int(found.exists())
    if written:
        return
    if not found.exists():
        raise DatabaseError("a row is not found by the key that was read")
    if not rows.model._meta.select_on_save:
        raise UpdateSuppressed


def save_row_of(rows: QuerySet[Any], key: Any) -> None:
    """Read the row of ``key`` alone, and write it back."""
    found = read_rows(rows.filter(pk=key))
    if not found:
        raise DatabaseError("a row is not found by the key that was read")
    save_row(rows, found[0])
