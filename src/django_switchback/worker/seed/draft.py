"""One row, drafted: every value valid on its own, together with the others, and beside the rows there are."""

from __future__ import annotations

from itertools import islice, product
from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from django_switchback.worker.seed import conditions
from django_switchback.worker.seed.generic import generic_foreign_keys
from django_switchback.worker.seed.interface import (
    Field,
    Model,
    ModelRowValues,
    NoRow,
    RowAt,
    RowRequest,
    referred_model,
)
from django_switchback.worker.seed.shape import ModelShape, UniqueFields, has_database_default
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.uniqueness import getter
from django_switchback.worker.seed.values import by_field, words
from django_switchback.worker.seed.values.request import ValueRequest

_ATTEMPTS = 25
_MAX_REFUSED_ATTEMPTS = 2
"""How often an extreme value that is taken is tried again."""
_COMBINATIONS = 3000


def draft_row(bench: SeedContext, shape: ModelShape, wish: RowRequest, index: int) -> ModelRowValues:
    """Return the values of one row; ``index`` is its place in the batch.

    Raises :class:`NoRow` with the reason where none could be made.
    """
    reason = ""
    for attempt in range(_ATTEMPTS):
        trial = wish._replace(attempt=wish.attempt + attempt)
        row = _row(bench, shape, trial, index)
        if not _meets_checks(shape, row, bench, trial):
            reason = "no values were found that meet its check constraints"
            continue
        conflict = bench.used_values(shape).conflict(row)
        if conflict is None:
            return _duplicate(bench, shape, row) if wish.profile == "twin" else row
        reason = f"no further values of {', '.join(conflict.names)} are free"
        if attempt >= _MAX_REFUSED_ATTEMPTS:
            wish = _with_typical_values(shape, wish, conflict)
    raise NoRow(shape.table, reason)


def _with_typical_values(shape: ModelShape, wish: RowRequest, conflict: UniqueFields) -> RowRequest:
    """Return ``wish`` with typical values where the extreme ones are taken: a flag has no more than two."""
    spoken = conditions.field_names_in(conflict.condition) if conflict.condition is not None else frozenset()
    taken = {
        field.column for field in shape.fields if field.attname in conflict.names or field.name in spoken
    }
    held = (field.column for field in shape.fields) if wish.extreme is None else wish.extreme
    return wish._replace(extreme=frozenset(column for column in held if column and column not in taken))


def _duplicate(bench: SeedContext, shape: ModelShape, row: ModelRowValues) -> ModelRowValues:
    """Return ``row`` with the values of the table's first row wherever that breaks nothing."""
    first = bench.first(shape)
    fixed = {*shape.unclear, *(unique.names[0] for unique in shape.uniques if unique.alone)}
    # What holds the place of a key is replaced in the row that it was drafted for alone.
    fixed |= {field.attname for field in shape.references if not _refers(bench, field, first)}
    # Both halves of a generic reference, or none.
    pairs = [(*generic.types, generic.key) for generic in generic_foreign_keys(shape.model)]
    single = [name for name in row if not any(name in pair for pair in pairs)]
    # References last: what is unique beside one is repeated beside another one.
    referring = {field.attname for field in shape.references}
    for names in (*sorted(((name,) for name in single), key=lambda one: one[0] in referring), *pairs):
        if fixed.isdisjoint(names) and all(name in row and name in first for name in names):
            trial = row | {name: first[name] for name in names}
            if bench.used_values(shape).conflict(trial, sense=False) is None and not _broken(shape, trial):
                row = trial
    return row


def _refers(bench: SeedContext, field: Field, row: ModelRowValues) -> bool:
    """Tell whether ``field`` refers to a row, or to none."""
    held = row.get(field.attname)
    return held is None or isinstance(held, RowAt) or held in bench.references.of(field)


def _row(bench: SeedContext, shape: ModelShape, wish: RowRequest, index: int) -> ModelRowValues:
    chance = bench.rng(shape, wish)
    links = {parent.link.attname for parent in shape.parents}
    row: ModelRowValues = {}
    for place, field in enumerate(shape.fields):
        kind = wish.profile_of(field)
        if field.attname in links or (kind == "typical" and has_database_default(field)):
            continue
        if wants_null(field, wish, place, chance):
            row[field.attname] = None
        elif referred_model(field) is not None:
            row[field.attname] = _reference(bench, shape, field, wish, index, chance)
        else:
            row[field.attname] = _value(bench, shape, field, wish, chance)
    _point_generics(bench, shape.model, row, chance)
    return row


def wants_null(field: Field, wish: RowRequest, place: int, chance: Random) -> bool:
    """Whether the column is left null: over three typical rows each nullable column is null and filled."""
    if not field.null or field.primary_key:
        return False
    match wish.profile_of(field):
        case "low":
            return True
        case "high":
            return False
        case "odd":
            return chance.random() < 0.5
    return wish.number % 3 != 0 and (wish.number + place) % 2 == 0


def _value(bench: SeedContext, shape: ModelShape, field: Field, wish: RowRequest, chance: Random) -> Any:
    unique = field.attname in shape.constrained or field.attname in shape.unclear or wish.attempt > 0
    ask = ValueRequest(field, wish.profile_of(field), wish.turn, chance, unique)
    try:
        made = by_field.make_value(ask, bench.connection)
    except (TypeError, ValueError, AttributeError, ValidationError, ArithmeticError) as error:
        raise NoRow(shape.table, f"{field.name}: {type(error).__name__}: {error}") from error
    if made is None and not field.null:
        return _declared(shape, field)
    return made


def _declared(shape: ModelShape, field: Field) -> Any:
    if field.has_default():
        return field.get_default()
    raise NoRow(shape.table, f"no value is known for {field.name}, a {type(field).__name__}")


def _reference(
    bench: SeedContext, shape: ModelShape, field: Field, wish: RowRequest, index: int, chance: Random
) -> Any:
    pointed = referred_model(field)
    alone = field.attname in shape.single
    keys = bench.free(shape, field)
    if keys:
        return keys[0] if alone and not wish.attempt else _turn(keys, wish, field, chance)
    if pointed is not None and pointed._meta.db_table == shape.table:
        return _own_batch_reference(field, index, alone=alone)
    return None if field.null else RowAt(-1)


def _turn(keys: list[Any], wish: RowRequest, field: Field, chance: Random) -> Any:
    if wish.attempt or wish.profile_of(field) == "odd":
        return chance.choice(keys)
    if wish.profile == "twin":
        return keys[min(1, len(keys) - 1)]
    if wish.profile_of(field) == "typical":
        return keys[min((0, 0, 1)[wish.number % 3], len(keys) - 1)]
    return keys[-1]


def _own_batch_reference(field: Field, index: int, *, alone: bool) -> RowAt | None:
    """Return a row of the same batch: the first one is everybody's parent and nobody's child."""
    if field.null:
        return RowAt(index - 1 if alone else 0) if index else None
    return RowAt(index)


def placeholder(field: Field, turn: int) -> Any:
    """Return a value that holds the place of a key yet unknown until the end of the transaction."""
    aimed: Field = field.target_field  # type: ignore[attr-defined] # a foreign key
    if isinstance(aimed, models.IntegerField):
        return -1 - turn
    return words.base36(turn) if isinstance(aimed, models.CharField) else f"{turn:032x}"


def _point_generics(bench: SeedContext, model: Model, row: ModelRowValues, chance: Random) -> None:
    fields = {field.attname: field for field in model._meta.local_concrete_fields}
    for generic in generic_foreign_keys(model):
        names = (*generic.types, generic.key)
        if all(fields[name].null for name in names) and any(row.get(name) is None for name in names):
            row |= dict.fromkeys(names, None)  # NOTE: no application writes half a reference
            continue
        found = bench.some_object(generic, fields[generic.key], chance)
        if found is not None:
            row |= {**dict.fromkeys(generic.types, found[0]), generic.key: found[1]}


def _meets_checks(shape: ModelShape, row: ModelRowValues, bench: SeedContext, wish: RowRequest) -> bool:
    """Make ``row`` meet the check constraints that are simple; false where that failed."""
    if not _broken(shape, row):
        return True
    fields = {field.name: field for field in shape.fields}
    mentioned = sorted(
        {name for check in shape.checks for name in conditions.field_names_in(check)} & set(fields)
    )
    pools = [_alternatives(shape, row, fields[name], bench, wish) for name in mentioned]
    for trial in islice(product(*pools), _COMBINATIONS):
        changed = {fields[name].attname: value for name, value in zip(mentioned, trial, strict=True)}
        if not _broken(shape, row | changed):
            row |= changed
            return True
    return False


def _broken(shape: ModelShape, row: ModelRowValues) -> bool:
    for check in shape.checks:
        try:
            if conditions.evaluate(check, getter(shape, row)) is False:
                return True
        except conditions.UnsupportedCondition:
            continue
    return False


def _alternatives(
    shape: ModelShape, row: ModelRowValues, field: Field, bench: SeedContext, wish: RowRequest
) -> list[Any]:
    found = [row.get(field.attname)]
    for check in shape.checks:
        for made in conditions.suggestions(check, field.name):
            found += list(made) if isinstance(made, tuple) else [made]
    if referred_model(field) is None:
        plain = wish._replace(profile="typical", extreme=None)
        for extra in range(3):
            trial = plain._replace(number=wish.number + extra)
            found.append(_value(bench, shape, field, trial, bench.rng(shape, trial)))
    else:
        found += bench.references.of(field)[:3]
    found += [None] if field.null else []
    return [
        value
        for at, value in enumerate(found)
        if value not in found[:at] and (value is not None or field.null)
    ]
