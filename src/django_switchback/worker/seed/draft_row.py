"""Drafts one row: values valid by themselves, together, and beside the existing rows."""

from __future__ import annotations

from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from django_switchback.worker.seed.constraints import conditions as constraint_conditions
from django_switchback.worker.seed.constraints import solver as constraint_solver
from django_switchback.worker.seed.constraints.check_constraints import violates_check_constraints
from django_switchback.worker.seed.fixed_values import fixed_value
from django_switchback.worker.seed.interface import (
    Field,
    Model,
    ModelRowValues,
    NoRow,
    RowAt,
    RowRequest,
    referred_model,
    target_field,
)
from django_switchback.worker.seed.model_fields import ModelShape, UniqueFields, has_database_default
from django_switchback.worker.seed.references.generic_foreign_keys import generic_foreign_keys
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.values import field_values, words
from django_switchback.worker.seed.values.value_request import ValueRequest

_ATTEMPTS = 25
_MAX_REFUSED_ATTEMPTS = 2
"""Retries with extreme values before a unique conflict makes them typical."""
_MAX_BROKEN = 3
"""Attempts in which no values meet the check constraints: further ones would try nearly the same values."""


def draft_row(context: SeedContext, shape: ModelShape, request: RowRequest, index: int) -> ModelRowValues:
    """Return the values of one row; ``index`` is its position in the batch.

    Raises :class:`NoRow` with the reason if no valid values were found.
    """
    reason, broken = "", 0
    for attempt in range(_ATTEMPTS):
        trial = request._replace(attempt=request.attempt + attempt)
        row = _row(context, shape, trial, index)
        if not _meet_check_constraints(shape, row, context, trial):
            reason, broken = "no values were found that meet its check constraints", broken + 1
            if broken == _MAX_BROKEN:
                break
            continue
        conflict = context.used_values(shape).conflict(row)
        if conflict is None:
            return _twin(context, shape, row) if request.profile == "twin" else row
        reason = f"no further values of {', '.join(conflict.names)} are free"
        if attempt >= _MAX_REFUSED_ATTEMPTS:
            request = _with_typical_values(shape, request, conflict)
    raise NoRow(shape.table, reason)


def _with_typical_values(shape: ModelShape, request: RowRequest, conflict: UniqueFields) -> RowRequest:
    """Return ``request`` with typical values for the conflicting columns (a boolean has only two values)."""
    condition_fields = (
        constraint_conditions.field_names_in(conflict.condition)
        if conflict.condition is not None
        else frozenset()
    )
    conflicting = {
        field.column
        for field in shape.fields
        if field.attname in conflict.names or field.name in condition_fields
    }
    extreme = (field.column for field in shape.fields) if request.extreme is None else request.extreme
    return request._replace(
        extreme=frozenset(column for column in extreme if column and column not in conflicting)
    )


def _twin(context: SeedContext, shape: ModelShape, row: ModelRowValues) -> ModelRowValues:
    """Return ``row`` with the values of the table's first row wherever no constraint forbids it."""
    first = context.first(shape)
    fixed = {*shape.unclear, *(unique.names[0] for unique in shape.uniques if unique.alone)}
    # A placeholder is only replaced in the row that it was drafted for.
    fixed |= {field.attname for field in shape.references if not _refers(context, field, first)}
    # Both columns of a generic foreign key are copied, or neither.
    pairs = [(*generic.types, generic.key) for generic in generic_foreign_keys(shape.model)]
    single = [name for name in row if not any(name in pair for pair in pairs)]
    # References last: columns unique together with a reference can repeat beside another reference.
    referring = {field.attname for field in shape.references}
    for names in (*sorted(((name,) for name in single), key=lambda columns: columns[0] in referring), *pairs):
        if fixed.isdisjoint(names) and all(name in row and name in first for name in names):
            trial = row | {name: first[name] for name in names}
            if context.used_values(shape).conflict(
                trial, sense=False
            ) is None and not violates_check_constraints(shape, trial):
                row = trial
    return row


def _refers(context: SeedContext, field: Field, row: ModelRowValues) -> bool:
    """Return whether ``field`` is null or refers to an existing row."""
    value = row.get(field.attname)
    return value is None or isinstance(value, RowAt) or value in context.references.of(field)


def _row(context: SeedContext, shape: ModelShape, request: RowRequest, index: int) -> ModelRowValues:
    rng = context.rng(shape, request)
    links = {parent.link.attname for parent in shape.parents}
    row: ModelRowValues = {}
    values = dict(request.fixed)
    fixed = {
        field.attname: fixed_value(context, shape, field, request, index)
        for field in shape.fields
        if field.attname in values
    }
    for position, field in enumerate(shape.fields):
        kind = request.profile_of(field)
        if (
            field.attname in fixed
            or field.attname in links
            or (kind == "typical" and has_database_default(field))
        ):
            continue
        if wants_null(field, request, position, rng):
            row[field.attname] = None
        elif referred_model(field) is not None:
            row[field.attname] = _reference(context, shape, field, request, index, rng)
        else:
            row[field.attname] = drafted_value(context, shape, field, request, rng)
    _point_generics(context, shape.model, row, rng)
    return row | fixed


def wants_null(field: Field, request: RowRequest, position: int, rng: Random) -> bool:
    """Return whether to use null: three typical rows have each nullable column both null and filled."""
    if not field.null or field.primary_key:
        return False
    match request.profile_of(field):
        case "low":
            return True
        case "high":
            return False
        case "odd":
            return rng.random() < 0.5
    return request.number % 3 != 0 and (request.number + position) % 2 == 0


def drafted_value(
    context: SeedContext, shape: ModelShape, field: Field, request: RowRequest, rng: Random
) -> Any:
    """Return a value for one column; raises :class:`NoRow` if none is known."""
    unique = field.attname in shape.constrained or field.attname in shape.unclear or request.attempt > 0
    value_request = ValueRequest(field, request.profile_of(field), request.sequence, rng, unique)
    try:
        value = field_values.make_value(value_request, context.connection)
    except (TypeError, ValueError, AttributeError, ValidationError, ArithmeticError) as error:
        raise NoRow(shape.table, f"{field.name}: {type(error).__name__}: {error}") from error
    if value is None and not field.null:
        return _declared(shape, field)
    return value


def random_keys(
    context: SeedContext, shape: ModelShape, row: ModelRowValues, request: RowRequest
) -> ModelRowValues:
    """Return the key that ``row`` leaves to the database, unless it is a number: the same in each run.

    Rows are read in the order of their keys, and the database would make random ones.
    """
    return {
        field.attname: drafted_value(context, shape, field, request, context.rng(shape, request))
        for field in shape.fields
        if field.primary_key and field.attname not in row and not isinstance(field, models.IntegerField)
    }


def formatted_values(
    context: SeedContext, shape: ModelShape, row: ModelRowValues, request: RowRequest
) -> ModelRowValues:
    """Return the values of a drafted row in the formats that are known of their columns, but for nulls.

    A value that a migration gave to the rows that were there is kept: no format is known of those.
    """
    formatted: ModelRowValues = {}
    fixed = dict(request.fixed)
    for field in shape.fields:
        text_format = context.text_formats.get((shape.table, str(field.column)))
        value = row.get(field.attname)
        if text_format is None or value is None:
            continue
        if field.attname in fixed and context.declared.default_when_added(field) == value:
            continue
        made = text_format.make(context.rng(shape, request), request.sequence)
        formatted[field.attname] = made.encode() if isinstance(field, models.BinaryField) else made
    return formatted


def _declared(shape: ModelShape, field: Field) -> Any:
    if field.has_default():
        return field.get_default()
    raise NoRow(shape.table, f"no value is known for {field.name}, a {type(field).__name__}")


def _reference(
    context: SeedContext, shape: ModelShape, field: Field, request: RowRequest, index: int, rng: Random
) -> Any:
    target = referred_model(field)
    alone = field.attname in shape.single
    keys = context.free(shape, field)
    if keys:
        return keys[0] if alone and not request.attempt else _choose_key(keys, request, shape, field, rng)
    if target is not None and target._meta.db_table == shape.table:
        return _own_batch_reference(field, index, alone=alone)
    return None if field.null else RowAt(-1)


def _choose_key(keys: list[Any], request: RowRequest, shape: ModelShape, field: Field, rng: Random) -> Any:
    if request.attempt or request.profile_of(field) == "odd":
        return rng.choice(keys)
    if request.profile == "twin":
        return keys[min(1, len(keys) - 1)]
    if request.profile_of(field) == "typical":
        turn = request.number - shape.references_before(field)
        return keys[min((0, 0, 1)[turn % 3], len(keys) - 1)]
    return keys[-1]


def _own_batch_reference(field: Field, index: int, *, alone: bool) -> RowAt | None:
    """Return a reference within the batch: the first row is the parent of all others and has no parent."""
    if field.null:
        return RowAt(index - 1 if alone else 0) if index else None
    return RowAt(index)


def placeholder(field: Field, sequence: int) -> Any:
    """Return a temporary foreign key value, unique to ``sequence``, replaced before the transaction ends."""
    target = target_field(field)
    if isinstance(target, models.IntegerField):
        return -1 - sequence
    return words.base36(sequence) if isinstance(target, models.CharField) else f"{sequence:032x}"


def _point_generics(context: SeedContext, model: Model, row: ModelRowValues, rng: Random) -> None:
    fields = {field.attname: field for field in model._meta.local_concrete_fields}
    for generic in generic_foreign_keys(model):
        names = (*generic.types, generic.key)
        if all(fields[name].null for name in names) and any(row.get(name) is None for name in names):
            row |= dict.fromkeys(names, None)  # NOTE: no application sets only some of the columns
            continue
        reference = context.random_object(generic, fields[generic.key], rng)
        if reference is not None:
            row |= {**dict.fromkeys(generic.types, reference[0]), generic.key: reference[1]}


def _meet_check_constraints(
    shape: ModelShape, row: ModelRowValues, context: SeedContext, request: RowRequest
) -> bool:
    """Adjust ``row`` to meet the simple check constraints; return whether that succeeded."""
    if not violates_check_constraints(shape, row):
        return True
    fields = {field.name: field for field in shape.fields}
    mentioned = sorted(
        {name for check in shape.check_constraints for name in constraint_conditions.field_names_in(check)}
        & set(fields)
    )
    pools = {name: _alternatives(shape, row, fields[name], context, request) for name in mentioned}
    for values in constraint_solver.solutions(shape.check_constraints, pools, request.number):
        changed = {fields[name].attname: value for name, value in values.items()}
        if not violates_check_constraints(shape, row | changed):
            row |= changed
            return True
    return False


def _alternatives(
    shape: ModelShape, row: ModelRowValues, field: Field, context: SeedContext, request: RowRequest
) -> list[Any]:
    values = [row.get(field.attname)]
    for check in shape.check_constraints:
        for suggestion in constraint_conditions.suggestions(check, field.name):
            values += list(suggestion) if isinstance(suggestion, tuple) else [suggestion]
    if referred_model(field) is None:
        plain = request._replace(profile="typical", extreme=None)
        for extra in range(3):
            trial = plain._replace(number=request.number + extra)
            values.append(drafted_value(context, shape, field, trial, context.rng(shape, trial)))
    else:
        values += context.references.of(field)[:3]
    values += [None] if field.null else []
    return [
        alternative
        for position, alternative in enumerate(values)
        if alternative not in values[:position] and (alternative is not None or field.null)
    ]
