"""Finds the values that a row is asked to have: constants, and columns of other rows."""

from __future__ import annotations

from typing import Any

from django_switchback.worker.seed.interface import (
    Field,
    NoRow,
    RowRequest,
    RowWith,
    referred_model,
    target_field,
)
from django_switchback.worker.seed.model_fields import ModelShape
from django_switchback.worker.seed.tables import SeedContext

_KEYS = 2000
"""Rows that are looked at for one to which no row refers."""


def fixed_value(
    context: SeedContext, shape: ModelShape, field: Field, request: RowRequest, index: int
) -> Any:
    """Return a fixed value; for a reference, the column of a row that has the values asked for.

    ``index`` is the row's position in the batch: where any row of the other model will do, each row of the
    batch gets another one, to which no row refers yet.
    """
    values = dict(request.fixed)
    value = values[field.attname]
    if not isinstance(value, RowWith):
        return value
    rows = context.with_values(value).order_by("-pk")
    keys = rows.values_list(value.attname or target_field(field).attname, flat=True)
    key = keys.first() if value.fixed else _another(context, shape, field, values, list(keys[:_KEYS]), index)
    if key is None:
        raise NoRow(shape.table, f"no row of {value.model._meta.db_table} has the values for {field.name}")
    return key if referred_model(field) is not None else field.to_python(key)


def _another(
    context: SeedContext,
    shape: ModelShape,
    field: Field,
    values: dict[str, Any],
    keys: list[Any],
    index: int,
) -> Any:
    """Return one of ``keys`` that no row has that refers to the same rows otherwise, if there is one."""
    references = {other.attname for other in shape.references}
    beside = RowWith(shape.model, tuple((name, values[name]) for name in values if name in references))
    # Documents have no hash.
    used = set(map(repr, context.with_values(beside).values_list(field.attname, flat=True)))
    free = [key for key in keys if repr(field.to_python(key)) not in used]
    return free[index % len(free)] if free else next(iter(keys), None)
