"""Changes rows that the application refuses until it accepts them, one column after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from django_switchback.untrusted_text import contains_word
from django_switchback.worker.seed import draft_row
from django_switchback.worker.seed.application.head_checks import Refusal
from django_switchback.worker.seed.interface import Field, ModelRowValues, NoRow, RowRequest, referred_model
from django_switchback.worker.seed.model_fields import ModelShape
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.values import field_values

MAX_CHECKS = 40
"""Changed rows that are checked before the row is kept as it was drafted."""
_MAX_VALUES = 6


def accepted_row(
    context: SeedContext, shape: ModelShape, row: ModelRowValues, request: RowRequest
) -> ModelRowValues:
    """Return ``row``, changed where the application refuses it; as it is if no change helps."""
    checks = context.head_checks
    refusal = checks.refusal(shape.model, row)
    if not refusal:
        return row
    search = _search(context, shape, row, refusal, request)
    return next((trial for trial, again in search if not again), row)


def _search(
    context: SeedContext, shape: ModelShape, row: ModelRowValues, refusal: Refusal, request: RowRequest
) -> Iterator[tuple[ModelRowValues, Refusal]]:
    """Yield changed rows with their refusals, at most :data:`MAX_CHECKS`, and as many as the table may have.

    Best-first search: of the rows tried, the one that the fewest fields are refused of is changed next.
    """
    waiting, tried = [(row, refusal)], {repr(row)}
    while waiting:
        waiting.sort(key=lambda item: len(item[1]))
        for trial in _changed_rows(context, shape, *waiting.pop(0), request):
            if repr(trial) in tried:
                continue
            if len(tried) > MAX_CHECKS or not context.head_checks.may_change(shape.model):
                return
            tried.add(repr(trial))
            again = context.head_checks.refusal(shape.model, trial)
            yield trial, again
            waiting.append((trial, again))


def _changed_rows(
    context: SeedContext, shape: ModelShape, row: ModelRowValues, refusal: Refusal, request: RowRequest
) -> Iterator[ModelRowValues]:
    fixed = {name for name, _ in request.fixed} | {parent.link.attname for parent in shape.parents}
    used = context.used_values(shape)
    for field in _suspects(shape, refusal):
        if field.attname in fixed or field.attname not in row or request.profile_of(field) != "typical":
            continue
        for value in _values(context, shape, field, row[field.attname], request):
            trial = {**row, field.attname: value}
            if used.conflict(trial) is None and not draft_row.breaks_checks(shape, trial):
                yield trial


def _suspects(shape: ModelShape, refusal: Refusal) -> list[Field]:
    """Return the fields that a refusal is for, those that its text names, then all with few values."""
    text = " ".join(refusal.values()).lower()
    named = [field for field in shape.fields if field.name in refusal or field.attname in refusal]
    told = [field for field in shape.fields if any(contains_word(text, name) for name in _names(field))]
    rest = [field for field in shape.fields if field.null or field.choices or _is_boolean(field)]
    return list(dict.fromkeys([*named, *told, *rest]))


def _names(field: Field) -> tuple[str, ...]:
    return field.name.lower(), field.name.replace("_", " ").lower(), str(field.verbose_name).lower()


def _is_boolean(field: Field) -> bool:
    return isinstance(field, models.BooleanField)


def _values(
    context: SeedContext, shape: ModelShape, field: Field, present: Any, request: RowRequest
) -> Iterator[Any]:
    """Yield other values for one column: filled if it is null, and null at the end."""
    if referred_model(field) is not None:
        others = context.free(shape, field)[:_MAX_VALUES]
    elif offered := field_values.choices(field) or context.head_checks.choices(field):
        others = list(offered[:_MAX_VALUES])
    elif _is_boolean(field):
        others = [not present]
    else:
        others = list(_drafted(context, shape, field, request))
    yield from (value for value in others if value != present)
    if field.null and present is not None:
        yield None


def _drafted(context: SeedContext, shape: ModelShape, field: Field, request: RowRequest) -> Iterator[Any]:
    for step in range(3):
        again = request._replace(number=request.number + 7 * step, profile="typical")
        try:
            yield draft_row.drafted_value(context, shape, field, again, context.rng(shape, again))
        except (NoRow, ValidationError):
            return
