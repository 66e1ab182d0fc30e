"""Describes the parts of a model that matter for drafting its rows."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import NOT_PROVIDED, Q
from django.db.models.constraints import BaseConstraint, CheckConstraint, UniqueConstraint

from django_switchback.worker.seed.constraints import conditions as constraint_conditions
from django_switchback.worker.seed.interface import Field, Model, referred_model
from django_switchback.worker.seed.references.generic_foreign_keys import generic_foreign_keys


class UniqueFields(NamedTuple):
    """Attribute names of fields unique together; ``condition`` limits that to the rows that meet it.

    ``enforced`` is false where no constraint exists: a table of nothing but references has no duplicate rows.
    """

    names: tuple[str, ...]
    condition: Q | None = None
    nulls_distinct: bool = True
    enforced: bool = True

    @property
    def alone(self) -> bool:
        """Return whether it is a single field, unique without a condition."""
        return len(self.names) == 1 and self.condition is None


class ParentTable(NamedTuple):
    """A table with the inherited part of a model's rows, and the field that links to it."""

    model: Model
    link: Field


class ModelShape(NamedTuple):
    """The fields of a model's own table that need a value, and the constraints across them."""

    model: Model
    table: str
    fields: tuple[Field, ...]
    parents: tuple[ParentTable, ...]
    uniques: tuple[UniqueFields, ...]
    check_constraints: tuple[Any, ...]
    """The conditions of the check constraints."""
    unclear: tuple[str, ...]
    """Attribute names of fields in constraints that cannot be evaluated in Python."""

    @property
    def single(self) -> frozenset[str]:
        """The fields that are unique by themselves."""
        return frozenset(unique.names[0] for unique in self.uniques if len(unique.names) == 1)

    @property
    def constrained(self) -> frozenset[str]:
        """All fields that are unique, alone or together with others."""
        return frozenset(name for unique in self.uniques if unique.enforced for name in unique.names)

    @property
    def references(self) -> tuple[Field, ...]:
        """The foreign keys, without links to inherited parts."""
        links = {parent.link.attname for parent in self.parents}
        return tuple(field for field in self.fields if referred_model(field) and field.attname not in links)

    def references_before(self, field: Field) -> int:
        """Return how many foreign keys before ``field`` refer to the same model."""
        same = [other for other in self.references if referred_model(other) is referred_model(field)]
        return same.index(field)


def field_named(model: Model, name: str) -> Any:
    """Return the field or relation of ``model`` by name, attribute or column; ``None`` without one."""
    try:
        return model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        return next(
            (field for field in model._meta.concrete_fields if name in (field.attname, field.column)), None
        )


def _is_generated(field: Field) -> bool:
    return isinstance(field, models.AutoField) or bool(getattr(field, "generated", False))


def has_database_default(field: Field) -> bool:
    """Return whether the database fills the column if an insert leaves it out."""
    return getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED


def shape_of(model: Model) -> ModelShape:
    """Return the shape of ``model``, read from its fields and constraints."""
    meta = model._meta
    own = tuple(field for field in meta.local_concrete_fields if not _is_generated(field))
    parents = tuple(
        ParentTable(parent, link) for parent, link in meta.parents.items() if link is not None and link in own
    )
    check_constraints: tuple[Any, ...] = tuple(
        constraint.condition for constraint in meta.constraints if isinstance(constraint, CheckConstraint)
    )
    beyond = frozenset[str]().union(*map(_beyond, meta.constraints))
    return ModelShape(
        model=model,
        table=meta.db_table,
        fields=own,
        parents=parents,
        uniques=_uniques(model, own),
        check_constraints=check_constraints,
        unclear=tuple(field.attname for field in own if field.name in beyond),
    )


def shape_for_both(model: Model, other: Model | None) -> ModelShape:
    """Return the shape of ``model``, with the constraints of ``other``: the same table in another state.

    Rows of this shape are accepted in both states, as far as constraints decide: what is unique, checked or
    mandatory in ``other`` is so in the shape, where ``model`` has all its fields.
    """
    shape = shape_of(model)
    if other is None:
        return shape
    theirs = shape_of(other)
    names = {field.name for field in shape.fields}
    mandatory = {field.attname for field in theirs.fields if not field.null}
    return shape._replace(
        fields=tuple(_mandatory(field) if field.attname in mandatory else field for field in shape.fields),
        uniques=(*shape.uniques, *further_uniques(shape, other)),
        check_constraints=(
            *shape.check_constraints,
            *(
                check
                for check in theirs.check_constraints
                if check not in shape.check_constraints
                and constraint_conditions.field_names_in(check) <= names
            ),
        ),
        unclear=tuple(dict.fromkeys((*shape.unclear, *theirs.unclear))),
    )


def further_uniques(shape: ModelShape, other: Model) -> tuple[UniqueFields, ...]:
    """Return what only ``other`` holds to be unique, among the fields that the table of ``shape`` has."""
    names = {field.attname for field in shape.fields}
    return tuple(
        unique
        for unique in shape_of(other).uniques
        if unique not in shape.uniques and names >= set(unique.names)
    )


def _mandatory(field: Field) -> Field:
    field = copy.copy(field)
    field.null = False
    return field


def _uniques(model: Model, own: tuple[Field, ...]) -> tuple[UniqueFields, ...]:
    attname = {field.name: field.attname for field in own}
    groups = [UniqueFields((field.attname,)) for field in own if field.unique]
    together = [tuple(group) for group in model._meta.unique_together]
    together.append(tuple(field.name for field in getattr(model._meta, "pk_fields", ()) if not field.unique))
    groups += [
        UniqueFields(tuple(attname[name] for name in group))
        for group in together
        if group and set(group) <= set(attname)
    ]
    for constraint in model._meta.constraints:
        names = _unique_names(constraint)
        if isinstance(constraint, UniqueConstraint) and names and set(names) <= set(attname):
            distinct = constraint.nulls_distinct is not False
            groups.append(
                UniqueFields(tuple(attname[name] for name in names), constraint.condition, distinct)
            )
    return tuple(dict.fromkeys([*groups, *_linking(model, own)]))


def _linking(model: Model, own: tuple[Field, ...]) -> list[UniqueFields]:
    generic = {key.key for key in generic_foreign_keys(model)}
    pointing = [
        field.attname for field in own if referred_model(field) is not None or field.attname in generic
    ]
    rest = [field for field in own if field.attname not in pointing and not field.primary_key]
    return [] if rest or len(pointing) < 2 else [UniqueFields(tuple(pointing), enforced=False)]


def _unique_names(constraint: BaseConstraint) -> tuple[str, ...]:
    if not isinstance(constraint, UniqueConstraint):
        return ()
    if constraint.fields:
        return tuple(constraint.fields)
    mentioned: dict[str, None] = {}
    for expression in constraint.expressions:
        mentioned |= dict.fromkeys(sorted(constraint_conditions.field_names_in(expression)))
    return tuple(mentioned)


def _beyond(constraint: Any) -> frozenset[str]:
    """Return the fields of an exclusion constraint, for which other values are only tried."""
    expressions = [
        pair[0] for pair in getattr(constraint, "expressions", ()) if isinstance(pair, tuple | list)
    ]
    mentioned = [
        frozenset({expression})
        if isinstance(expression, str)
        else constraint_conditions.field_names_in(expression)
        for expression in expressions
    ]
    return frozenset[str]().union(*mentioned)
