"""Recognises generic foreign keys by their columns: a content type and an object key.

Historical models do not keep ``GenericForeignKey``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import models

from django_switchback.worker.seed.interface import Field, Model, referred_model

_TYPE_ENDS = ("content_type", "contenttype", "ct", "type")
_KEY_ENDS = ("object_id", "object_pk", "id", "pk", "oid")


class GenericForeignKeyColumns(NamedTuple):
    """The attribute names of one generic foreign key; several content types may belong to the same key."""

    types: tuple[str, ...]
    key: str
    textual: bool


def is_content_type(model: Model | None) -> bool:
    """Return whether ``model`` is Django's ``ContentType``."""
    return model is not None and model._meta.label_lower == "contenttypes.contenttype"


def is_permission(model: Model) -> bool:
    """Return whether ``model`` is Django's ``Permission``."""
    return model._meta.label_lower == "auth.permission"


def generic_foreign_keys(model: Model) -> tuple[GenericForeignKeyColumns, ...]:
    """Return the generic foreign keys of the model's own table."""
    fields = {field.name: field for field in model._meta.local_concrete_fields}
    generics: dict[str, list[str]] = {}
    for field in fields.values():
        key = _key_of(field, fields) if is_content_type(referred_model(field)) else None
        if key is not None:
            generics.setdefault(key, []).append(field.attname)
    return tuple(
        GenericForeignKeyColumns(tuple(types), fields[key].attname, _textual(fields[key]))
        for key, types in generics.items()
    )


def _key_of(field: Field, fields: dict[str, Field]) -> str | None:
    end = next((end for end in _TYPE_ENDS if field.name.endswith(end)), "")
    prefix = field.name.removesuffix(end)
    candidates = [f"{prefix}{key}" for key in _KEY_ENDS] if end else []
    if prefix in ("base_", "specific_"):
        candidates += _KEY_ENDS
    return next((name for name in candidates if name in fields and not fields[name].primary_key), None)


def _textual(field: Field) -> bool:
    return isinstance(field, models.CharField | models.TextField)


def fits(generic: GenericForeignKeyColumns, key: Any, field: Field) -> bool:
    """Return whether the primary key ``key`` can be stored in the column of a generic foreign key."""
    if generic.textual:
        return field.max_length is None or len(str(key)) <= field.max_length
    if isinstance(field, models.IntegerField):
        return isinstance(key, int)
    return type(key).__name__ == "UUID" and isinstance(field, models.UUIDField)
