"""Requests rows that refer to the content types and permissions of certain models.

A data migration may rename, move or delete these; whether that harms anybody shows only in rows that refer to
them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from django_switchback.worker.seed.interface import Field, Model, RowRequest, referred_model
from django_switchback.worker.seed.recipes.interface import Recipe, recipes_for
from django_switchback.worker.seed.references.generic_foreign_keys import (
    fits,
    generic_foreign_keys,
    is_content_type,
    is_permission,
)
from django_switchback.worker.seed.tables import SeedContext

_FIRST_ROW_NUMBER = 200
"""First number of these rows, so that their values differ from those of all others."""
_MAX_ROWS = 12
"""Rows per foreign key."""


def type_references(
    context: SeedContext, recipes: tuple[Recipe, ...], labels: Collection[str]
) -> dict[Model, list[RowRequest]]:
    """Return a request for each content type and permission of the models ``labels`` that no row refers to.

    They are by referring model; tables that a recipe fills are left out.
    """
    types = {key: label for label, key in context.content_types().items() if label in labels}
    requests: dict[Model, list[RowRequest]] = {}
    for table, model in context.models.items():
        if not types or table not in context.counts or recipes_for(model, recipes):
            continue
        rows = [
            row
            for field in model._meta.local_concrete_fields
            if not field.primary_key
            for row in _rows(context, model, field, types)
        ]
        if rows:
            requests[model] = [
                RowRequest(_FIRST_ROW_NUMBER + index, fixed=tuple(row.items()))
                for index, row in enumerate(rows)
            ]
    return requests


def _rows(
    context: SeedContext, model: Model, field: Field, types: Mapping[Any, str]
) -> Iterator[dict[str, Any]]:
    """Yield the fixed values of each row that ``field`` lacks."""
    target = referred_model(field)
    if is_content_type(target):
        candidates = list(types)
    elif target is not None and is_permission(target):
        rows = context.rows(target, "pk", "content_type_id")
        candidates = [key for key, content_type in rows if content_type in types]
    else:
        return
    used = set(
        QuerySet(model=model, using=context.connection.alias).values_list(field.attname, flat=True).distinct()
    )
    for key in [key for key in candidates if key not in used][:_MAX_ROWS]:
        row = _row(context, model, field, key, types)
        if row is not None:
            yield row


def _row(
    context: SeedContext, model: Model, field: Field, key: Any, types: Mapping[Any, str]
) -> dict[str, Any] | None:
    """Return the fixed values of a row that refers to ``key``; ``None`` if a generic key has no object."""
    fields = {other.attname: other for other in model._meta.local_concrete_fields}
    row = {field.attname: key}
    for generic in generic_foreign_keys(model):
        if field.attname in generic.types:
            objects = (
                other
                for table, other in context.models.items()
                if table == context.table_of(types[key]) and context.counts.get(table)
            )
            object_keys = next((context.references.keys(other) for other in objects), ())
            if not object_keys or not fits(generic, object_keys[0], fields[generic.key]):
                return None
            row |= dict.fromkeys(generic.types, key)
            row[generic.key] = str(object_keys[0]) if generic.textual else object_keys[0]
    return row
