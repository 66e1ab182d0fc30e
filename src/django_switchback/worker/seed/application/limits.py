"""Requests the rows that ``limit_choices_to`` allows a foreign key to refer to, where there are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import Error, models, transaction
from django.db.models import QuerySet

from django_switchback.worker.seed.interface import (
    FixedValues,
    Model,
    RowRequest,
    limit_of,
    referred_model,
    row_order,
)
from django_switchback.worker.seed.tables import SeedContext

LookupValues: TypeAlias = list[tuple[str, Any]]
"""Lookups and values that all must hold."""

_FIRST_ROW_NUMBER = 60
_ROWS = 2
_PLAIN = ("", "exact", "iexact")


def allowed_rows(context: SeedContext, model: Model) -> Iterator[tuple[Model, list[RowRequest]]]:
    """Yield requests for rows that the foreign keys of ``model`` may refer to, where a limit allows none yet.

    A limit on columns asks for new rows of the table referred to, a limit on a many-to-many relation for rows
    of its table between two existing ones. Other limits are left as they are.
    """
    for field in model._meta.local_concrete_fields:
        target = referred_model(field)
        if target is None or target._meta.db_table not in context.counts:
            continue
        conditions = _conditions(limit_of(field))
        if conditions and not context.references.within_limit(field):
            yield from _requests(context, target, conditions)
            context.references.forget(target)


def _conditions(limit: Any) -> LookupValues:
    """Return the parts of a limit that all must hold; empty if it has other parts."""
    if isinstance(limit, Mapping):
        return list(limit.items())
    if not isinstance(limit, models.Q) or limit.negated or limit.connector != models.Q.AND:
        return []
    parts: list[LookupValues] = [
        [child] if isinstance(child, tuple) else _conditions(child) for child in limit.children
    ]
    return [part for some in parts for part in some] if all(parts) else []


def _requests(
    context: SeedContext, target: Model, conditions: LookupValues
) -> Iterator[tuple[Model, list[RowRequest]]]:
    by_name: dict[str, LookupValues] = {}
    for path, value in conditions:
        name, _, rest = path.partition("__")
        by_name.setdefault(name, []).append((rest, value))
    try:
        fields = {name: target._meta.get_field(name) for name in by_name}
    except FieldDoesNotExist:
        return
    if all(field.many_to_many and field.concrete for field in fields.values()):
        for name, field in fields.items():
            yield from _between(context, target, field, by_name[name])
    elif all(isinstance(field, models.Field) and not field.many_to_many for field in fields.values()):
        fixed = [_fixed(context, fields[name], rest) for name, rest in by_name.items()]
        if all(len(values) == 1 for values in fixed):
            values = tuple(value for some in fixed for value in some)
            yield target, [RowRequest(_FIRST_ROW_NUMBER + index, fixed=values) for index in range(_ROWS)]


def _fixed(context: SeedContext, field: Any, conditions: LookupValues) -> FixedValues:
    """Return the value of one column that meets the conditions on it; empty if none is known."""
    related = referred_model(field)
    if related is not None and any(rest not in _PLAIN for rest, _ in conditions):
        key = _first_key(context, related, conditions)
        return () if key is None else ((field.attname, key),)
    if len(conditions) != 1:
        return ()
    ((lookup, value),) = conditions
    if lookup == "in" and isinstance(value, list | tuple | set | frozenset) and value:
        return ((field.attname, sorted(value, key=repr)[0]),)
    if lookup == "isnull" and value:
        return ((field.attname, None),)
    return ((field.attname, getattr(value, "pk", value)),) if lookup in _PLAIN else ()


def _between(
    context: SeedContext, target: Model, field: Any, conditions: LookupValues
) -> Iterator[tuple[Model, list[RowRequest]]]:
    """Yield the request that relates existing rows of ``target`` to a row that meets the conditions."""
    through: Model = field.remote_field.through
    key = _first_key(context, field.related_model, conditions)
    if key is None or through._meta.db_table not in context.counts:
        return
    near, far = (_attname(through, name) for name in (field.m2m_field_name(), field.m2m_reverse_field_name()))
    rows = [((near, own), (far, key)) for own in context.references.keys(target)[:_ROWS]]
    yield through, [RowRequest(_FIRST_ROW_NUMBER + index, fixed=row) for index, row in enumerate(rows)]


def _attname(through: Model, name: str) -> str:
    return next(field.attname for field in through._meta.local_concrete_fields if field.name == name)


def _first_key(context: SeedContext, model: Model, conditions: LookupValues) -> Any:
    lookups = {rest or "pk": value for rest, value in conditions}
    rows: QuerySet[Any] = QuerySet(model=model, using=context.connection.alias)
    try:
        with transaction.atomic(using=context.connection.alias):
            return rows.filter(**lookups).order_by(*row_order(model)).values_list("pk", flat=True).first()
    except (FieldError, Error, TypeError, ValueError):
        return None
