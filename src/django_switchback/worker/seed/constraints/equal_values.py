"""Inserts rows whose values one schema tells apart, and a unique constraint of another holds to be equal.

Letter case, blanks and accents, where the old uniqueness was by an expression, a collation or ``citext``, or
where a data migration may normalise what is unique.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.exceptions import FieldError
from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, QuerySet, Subquery, TextField

from django_switchback.worker.seed.batches import REFUSALS, RowInserter
from django_switchback.worker.seed.constraints.equal_nulls import insert_rows_with_equal_nulls
from django_switchback.worker.seed.constraints.unique_expressions import (
    UniqueExpressions,
    of_index,
    unique_expressions,
)
from django_switchback.worker.seed.constraints.unique_indexes import UniqueIndex
from django_switchback.worker.seed.interface import Field, Model, RowRequest, row_order
from django_switchback.worker.seed.recipes.interface import recipes_for
from django_switchback.worker.seed.values.validation import is_accepted

_FIRST_ROW_NUMBER = 300
_FIRST_ROW_NUMBER_TO_NORMALISE = 340
_ACCENTS = str.maketrans({"a": "á", "e": "é", "i": "í", "o": "ó", "u": "ú", "c": "ç", "n": "ñ"})


class _NotEqual(Exception):
    """The old schema tells the values of the row apart."""


def insert_equal_rows(
    inserter: RowInserter,
    others: Mapping[Model, Model],
    indexes: Mapping[str, Iterable[UniqueIndex]],
    *,
    to_new: bool = True,
) -> None:
    """Insert a row for each unique constraint that only the other model has, equal to a present row by it.

    ``others`` has the model of the other schema by that of the present one; the present row is one that
    ``inserter`` wrote, or any if not ``to_new``. Nothing for a constraint that compares columns as they are:
    rows with equal values are written anyway, unless these are nulls. ``indexes`` are those that only the
    other schema has, by table: they count where its model has no such constraint.
    """
    for model, other in others.items():
        connection = inserter.context.connection
        kept = {unique.identity for unique in unique_expressions(model, connection)}
        uniques = [
            unique
            for unique in unique_expressions(other, connection)
            if not unique.plain and unique.identity not in kept
        ]
        uniques = uniques or [of_index(index, model) for index in indexes.get(model._meta.db_table, ())]
        for number, unique in enumerate(uniques, _FIRST_ROW_NUMBER):
            present = _present_row(inserter, model, unique, to_new=to_new)
            if present is not None:
                _write_equal_row(inserter, model, unique, present, number)
        insert_rows_with_equal_nulls(inserter, model, other)


def unique_texts(
    model: Model, names: Collection[str], connection: BaseDatabaseWrapper
) -> list[tuple[UniqueExpressions, list[Field]]]:
    """Return what ``model`` holds to be unique, with those of its columns in ``names`` that are any text."""
    texts: dict[str, Field] = {
        field.name: field
        for field in model._meta.local_concrete_fields
        if field.name in names
        and isinstance(field, CharField | TextField)
        and not (field.choices or field.primary_key)
    }
    found = [
        (unique, [texts[name] for name in unique.names if name in texts])
        for unique in (unique_expressions(model, connection) if texts else ())
        if unique.plain
    ]
    return [(unique, fields) for unique, fields in found if fields]


def insert_rows_to_normalise(inserter: RowInserter, model: Model, names: Collection[str]) -> None:
    """Insert rows whose text differs from that of a present row in letter case, blanks or accents alone.

    In those unique columns that ``names`` has: a data migration that normalises their text makes it equal.
    Tables that a recipe fills are left out, such as those of content types and permissions.
    """
    if recipes_for(model, inserter.recipes):
        return
    attnames = {field.name: field.attname for field in model._meta.local_concrete_fields}
    numbers = count(_FIRST_ROW_NUMBER_TO_NORMALISE)
    for unique, texts in unique_texts(model, names, inserter.context.connection):
        present = _present_row(inserter, model, unique, to_new=False)
        if present is None:
            continue
        shared = {attnames[name]: present[attnames[name]] for name in unique.about & attnames.keys()}
        told_apart = unique._replace(expressions=())
        for field in texts:
            for text in _to_normalise(str(present[field.attname])):
                if is_accepted(field, text):
                    values = shared | {field.attname: text}
                    _is_written(inserter, model, told_apart, RowRequest(next(numbers)), values, present["pk"])


def _to_normalise(text: str) -> tuple[str, ...]:
    other_case = text.upper() if text == text.lower() else text.lower()
    return other_case, f" {text} ", text.translate(_ACCENTS)


def _write_equal_row(
    inserter: RowInserter, model: Model, unique: UniqueExpressions, present: dict[str, Any], number: int
) -> None:
    fields = {field.name: field for field in model._meta.local_concrete_fields}
    if not fields.keys() >= set(unique.names):
        return
    shared = {fields[name].attname: present[fields[name].attname] for name in unique.about & fields.keys()}
    for name in unique.names:
        field = fields[name]
        for value in _variants(present[field.attname], unique.texts):
            if is_accepted(field, value):
                values = {**shared, field.attname: value}
                if _is_written(inserter, model, unique, RowRequest(number), values, present["pk"]):
                    return


def _is_written(
    inserter: RowInserter,
    model: Model,
    unique: UniqueExpressions,
    request: RowRequest,
    values: dict[str, Any],
    present: Any,
) -> bool:
    """Insert a row with ``values``; return false, with nothing inserted, if it is refused or not equal."""
    context = inserter.context
    savepoint = context.savepoint()
    try:
        with transaction.atomic(using=context.connection.alias):
            shape = context.shape(model)
            drafts = inserter.draft(shape, [request], model)
            (key,) = inserter.insert(shape, [drafts[0] | values], [request])
            inserter.resolve_deferred()
            _require_equal(context.connection.alias, model, unique, present, key)
    except (_NotEqual, *REFUSALS):
        context.rollback(savepoint)
        inserter.abandon()
        return False
    return True


def _present_row(
    inserter: RowInserter, model: Model, unique: UniqueExpressions, *, to_new: bool
) -> dict[str, Any] | None:
    """Return the values of the first row that the constraint is about; ``None`` without any."""
    alias = inserter.context.connection.alias
    rows: QuerySet[Any] = QuerySet(model=model, using=alias).order_by(*row_order(model))
    if to_new:
        new = [key for other, keys in inserter.context.inserted if other is model for key in keys]
        rows = rows.filter(pk__in=new)
    try:
        with transaction.atomic(using=alias):
            rows = rows.filter(**{f"{name}__isnull": False for name in unique.names})
            found = (rows.filter(unique.condition) if unique.condition else rows).first()
    except (Error, FieldError, TypeError, ValueError):
        return None
    if found is None:
        return None
    fields = model._meta.local_concrete_fields
    return {"pk": found.pk} | {field.attname: getattr(found, field.attname) for field in fields}


def _require_equal(alias: str, model: Model, unique: UniqueExpressions, first: Any, second: Any) -> None:
    """Raise :class:`_NotEqual` if the database does not hold the expressions of two rows to be equal."""
    rows: QuerySet[Any] = QuerySet(model=model, using=alias)
    named = {f"expression_{index}": part for index, part in enumerate(unique.expressions)}
    other = rows.filter(pk=first).annotate(**named)
    # Django 6.1 compares with a query of one row only if it is limited to one.
    equal = {name: Subquery(other.values(name)[:1]) for name in named}
    if not rows.filter(pk=second).annotate(**named).filter(**equal).exists():
        raise _NotEqual


def _variants(value: Any, constants: frozenset[str]) -> Iterator[Any]:
    """Yield values that an expression, collation or type may hold to be equal to ``value``.

    ``constants`` are the texts that the expression mentions: it may leave them out, or exchange them.
    """
    match value:
        case str():
            texts = (*_texts(value), *_with_constants(value, constants))
            yield from (variant for variant in dict.fromkeys(texts) if variant != value)
        case datetime.datetime():
            yield from (value + datetime.timedelta(seconds=step) for step in (1, -1, 3600))
        case datetime.date():
            yield from (value + datetime.timedelta(days=step) for step in (1, -1))
        case float():
            yield from (value + 0.01, -value)
        case Decimal():
            yield from (value + Decimal("0.01"), -value)
        case int() if value and not isinstance(value, bool):
            yield from (-value, value + 1)


def _with_constants(text: str, constants: frozenset[str]) -> Iterator[str]:
    for constant in sorted(constants):
        middle = len(text) // 2
        yield from (f"{text}{constant}", f"{constant}{text}", f"{text[:middle]}{constant}{text[middle:]}")
        yield from (text.replace(other, constant) for other in sorted(constants - {constant}))


def _texts(text: str) -> Iterator[str]:
    yield from (text.upper(), text.lower(), text.swapcase(), text.title())
    yield from (f"{text} ", f" {text}", text.replace(" ", "  "), text.replace(" ", ""))
    yield text.translate(_ACCENTS)
    yield "".join(part for part in unicodedata.normalize("NFD", text) if not unicodedata.combining(part))
    yield unicodedata.normalize("NFD", text.translate(_ACCENTS))
    yield from (text.upper().translate(_ACCENTS), text.replace("-", "_"), text.replace("-", ""), f"{text}x")
