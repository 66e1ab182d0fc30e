"""Writes values and columns of the generated tests: Python literals, SQL of natural keys."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any, NamedTuple

from django_switchback.worker.snapshot.table_layout import quote_identifier


class ContentTypeKey(NamedTuple):
    """The natural key of a content type."""

    app_label: str
    model: str


class PermissionKey(NamedTuple):
    """The natural key of a permission."""

    app_label: str
    model: str
    codename: str


def selection(column: str, referred: str | None) -> str:
    """Return the SQL of a column, or of the natural key of the row of Django's that it refers to."""
    name = quote_identifier(column)
    if referred == "django_content_type":
        return f"(SELECT app_label || '.' || model FROM django_content_type WHERE id = {name})"
    if referred == "auth_permission":
        return (
            "(SELECT t.app_label || '.' || t.model || '.' || p.codename FROM auth_permission p "
            f"JOIN django_content_type t ON t.id = p.content_type_id WHERE p.id = {name})"
        )
    return name


def _lookup(key: ContentTypeKey | PermissionKey) -> str:
    """Return an expression for the primary key, which differs between databases."""
    if isinstance(key, ContentTypeKey):
        names = f'app_label="{key.app_label}", model="{key.model}"'
        return f'apps.get_model("contenttypes.ContentType").objects.get_or_create({names})[0].pk'
    names = f'codename="{key.codename}", content_type__app_label="{key.app_label}"'
    return f'apps.get_model("auth.Permission").objects.get({names}, content_type__model="{key.model}").pk'


def literal(value: Any) -> str:
    """Return ``value`` as Python source, or its string form if its type has no literal."""
    if isinstance(value, ContentTypeKey | PermissionKey):
        return _lookup(value)
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return f"{type(value).__module__}.{value!r}"
    if isinstance(value, datetime.datetime):
        return repr(value if value.tzinfo is None else value.astimezone(datetime.UTC))
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, memoryview):
        return repr(bytes(value))
    return repr(value) if type(value) in {type(None), bool, int, float, str, bytes} else repr(str(value))
