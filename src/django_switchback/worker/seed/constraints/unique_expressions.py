"""Reads what a model, or an index, holds to be unique, as expressions that a query can compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, OrderBy, Q, TextField, UniqueConstraint, Value
from django.db.models.functions import Collate

from django_switchback.worker.seed.constraints.conditions import field_names_in
from django_switchback.worker.seed.constraints.unique_indexes import UniqueIndex
from django_switchback.worker.seed.interface import Field, Model


class UniqueExpressions(NamedTuple):
    """Expressions whose values are unique together in the rows that meet ``condition``.

    ``names`` are the fields of the expressions, ``about`` those of the condition too, ``texts`` the text
    constants of the expressions. ``identity`` tells whether two models have the same one; ``plain``: every
    expression is a column.
    """

    names: tuple[str, ...]
    expressions: tuple[Any, ...]
    condition: Q | Func | None
    about: frozenset[str]
    texts: frozenset[str]
    identity: str = ""
    plain: bool = False


def unique_expressions(model: Model, connection: BaseDatabaseWrapper) -> list[UniqueExpressions]:
    """Return what the fields and constraints of ``model`` make unique."""
    fields: dict[str, Field] = {field.name: field for field in model._meta.local_concrete_fields}
    found = [_of_columns([field], None, connection) for field in fields.values() if field.unique]
    for group in model._meta.unique_together:
        found.append(_of_columns([fields[name] for name in group if name in fields], None, connection))
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.expressions:
            found.append(_of_expressions(constraint, fields))
        elif isinstance(constraint, UniqueConstraint):
            columns = [fields[name] for name in constraint.fields if name in fields]
            found.append(_of_columns(columns, constraint.condition, connection))
    return found


def _of_columns(
    fields: list[Field], condition: Q | None, connection: BaseDatabaseWrapper
) -> UniqueExpressions:
    parts = tuple(_compared(field, connection) for field in fields)
    names = tuple(field.name for field in fields)
    plain = all(isinstance(part, F) for part in parts)
    identity = f"{sorted(map(repr, parts))} {condition}"
    return UniqueExpressions(names, parts, condition, _about(names, condition), frozenset(), identity, plain)


def _of_expressions(constraint: UniqueConstraint, fields: Mapping[str, Field]) -> UniqueExpressions:
    expressions = tuple(map(_without_order, constraint.expressions))
    mentioned = {name for part in expressions for name in field_names_in(part)}
    names = tuple(name for name in fields if name in mentioned)
    identity = f"{sorted(map(repr, expressions))} {constraint.condition}"
    about = _about(names, constraint.condition)
    return UniqueExpressions(
        names, expressions, constraint.condition, about, _texts_in(expressions), identity
    )


def _about(names: tuple[str, ...], condition: Q | None) -> frozenset[str]:
    return frozenset(names) | (frozenset() if condition is None else field_names_in(condition))


def of_index(index: UniqueIndex, model: Model) -> UniqueExpressions:
    """Return what an index compares; a column without a field is kept as a name that ``model`` lacks."""
    names = {str(field.column): field.name for field in model._meta.local_concrete_fields}
    condition = None if not index.condition else _sql(index.condition, BooleanField())
    about = frozenset(names.get(column, column) for column in (*index.columns, *index.columns_of_condition))
    return UniqueExpressions(
        tuple(names.get(column, column) for column in index.columns),
        tuple(_sql(text, TextField()) for text in index.expressions),
        condition,
        about,
        index.texts,
    )


def _sql(text: str, output_field: Field) -> Func:
    return Func(template=text.replace("%", "%%%%"), output_field=output_field)


def _without_order(expression: Any) -> Any:
    """Return an index's expression without its order and operator class."""
    while isinstance(expression, OrderBy) or type(expression).__name__ == "OpClass":
        (expression,) = expression.get_source_expressions()
    return expression


def _compared(field: Field, connection: BaseDatabaseWrapper) -> Any:
    """Return what the database compares of a column: its text in another collation, or without case."""
    collation = getattr(field, "db_collation", None)
    if collation:
        return Collate(F(field.name), collation)
    if field.db_type(connection) == "citext":
        return Func(F(field.name), template="(%(expressions)s)::citext", output_field=TextField())
    return F(field.name)


def _texts_in(expressions: Iterable[Any]) -> frozenset[str]:
    """Return the text constants of expressions, such as what ``Replace`` leaves out."""
    found: set[str] = set()
    for expression in expressions:
        if isinstance(expression, Value):
            found |= {expression.value} if isinstance(expression.value, str) and expression.value else set()
        else:
            found |= _texts_in(getattr(expression, "get_source_expressions", tuple)())
    return frozenset(found)
