"""Changes rows that the application refuses until it accepts them, one column after another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from django_switchback.untrusted_text import contains_word
from django_switchback.worker.seed import draft_row
from django_switchback.worker.seed.application.head_checks import BROKEN, Refusal
from django_switchback.worker.seed.constraints.check_constraints import violates_check_constraints
from django_switchback.worker.seed.interface import Field, ModelRowValues, NoRow, RowRequest, referred_model
from django_switchback.worker.seed.model_fields import ModelShape
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.values import field_values

MAX_CHECKS = 40
"""Changed rows that are checked for one row."""
_MAX_VALUES = 4


def accepted_row(
    context: SeedContext, shape: ModelShape, row: ModelRowValues, request: RowRequest
) -> ModelRowValues:
    """Return ``row``, changed until the application accepts it or refuses the fewest of its fields."""
    checks = context.head_checks
    refusal = checks.refusal(shape.model, row)
    if not refusal or checks.is_hopeless(shape.model, refusal):
        return row
    best = row, refusal
    for trial, again in _search(context, shape, row, refusal, request):
        if _weight(again) < _weight(best[1]):
            best = trial, again
        if not again:
            break
    checks.note_search(shape.model, refusal, gain=best[0] is not row)
    return best[0]


def _search(
    context: SeedContext, shape: ModelShape, row: ModelRowValues, refusal: Refusal, request: RowRequest
) -> Iterator[tuple[ModelRowValues, Refusal]]:
    """Yield changed rows with their refusals, at most :data:`MAX_CHECKS`, and as many as the table may have.

    Best-first search: of the rows tried, the one that the fewest fields are refused of is changed next, the
    latest of several. A row that is refused as before it was changed is not changed further.
    """
    waiting = [(refusal, _changed_rows(context, shape, row, refusal, request))]
    tried = {repr(row)}
    while waiting:
        waiting.sort(key=lambda item: _weight(item[0]))
        before, trials = waiting.pop(0)
        trial = next(trials, None)
        if trial is None:
            continue
        waiting.append((before, trials))
        if repr(trial) not in tried:
            if len(tried) > MAX_CHECKS or not context.head_checks.may_change(shape.model):
                return
            tried.add(repr(trial))
            again = context.head_checks.refusal(shape.model, trial)
            yield trial, again
            if again != before:
                waiting.insert(0, (again, _changed_rows(context, shape, trial, again, request)))


def _weight(refusal: Refusal) -> int:
    """Return the number of refused fields; a check that breaks counts twice, as it hides its refusal."""
    return len(refusal) + (BROKEN in refusal)


def _changed_rows(
    context: SeedContext, shape: ModelShape, row: ModelRowValues, refusal: Refusal, request: RowRequest
) -> Iterator[ModelRowValues]:
    """Yield ``row`` with another value in one column: those that the refusal names, then others in turn."""
    fixed = {name for name, _ in request.fixed} | {parent.link.attname for parent in shape.parents}
    used = context.used_values(shape)
    free = [
        field
        for field in shape.fields
        if field.attname in row and field.attname not in fixed and request.profile_of(field) == "typical"
    ]
    suspects = _suspects(free, refusal)
    others = [field for field in free if field not in suspects and _has_few_values(field)]

    def changed(field: Field, *, null_first: bool) -> Iterator[ModelRowValues]:
        values = _values(context, shape, field, row[field.attname], request)
        if null_first and field.null and row[field.attname] is not None:
            values = chain([None], values)
        for value in values:
            trial = {**row, field.attname: value}
            if used.conflict(trial) is None and not violates_check_constraints(shape, trial):
                yield trial

    yield from chain.from_iterable(changed(field, null_first=False) for field in suspects)
    for trials in zip_longest(*(changed(field, null_first=True) for field in others)):
        yield from filter(None, trials)


def _suspects(fields: list[Field], refusal: Refusal) -> list[Field]:
    """Return the fields that a refusal is for, then those that its text names."""
    text = " ".join(refusal.values()).lower()
    named = [field for field in fields if field.name in refusal or field.attname in refusal]
    told = [field for field in fields if any(contains_word(text, name) for name in _names(field))]
    return list(dict.fromkeys([*named, *told]))


def _has_few_values(field: Field) -> bool:
    return field.null or bool(field.choices) or _is_boolean(field)


def _names(field: Field) -> tuple[str, ...]:
    return field.name.lower(), field.name.replace("_", " ").lower(), str(field.verbose_name).lower()


def _is_boolean(field: Field) -> bool:
    return isinstance(field, models.BooleanField)


def _values(
    context: SeedContext, shape: ModelShape, field: Field, present: Any, request: RowRequest
) -> Iterator[Any]:
    """Yield other values for one column: filled if it is null, and null or an empty text at the end."""
    if referred_model(field) is not None:
        others = context.free(shape, field)[:_MAX_VALUES]
    elif offered := field_values.choices(field) or context.head_checks.choices(field):
        others = list(offered[:_MAX_VALUES])
    elif _is_boolean(field):
        others = [not present]
    else:
        others = list(_drafted(context, shape, field, request))
    yield from (value for value in others if value != present)
    empty = None if field.null else ""
    if empty != present and (field.null or (field.blank and isinstance(field, models.CharField))):
        yield empty


def _drafted(context: SeedContext, shape: ModelShape, field: Field, request: RowRequest) -> Iterator[Any]:
    for step in range(3):
        again = request._replace(number=request.number + 7 * step, profile="typical")
        try:
            yield draft_row.drafted_value(context, shape, field, again, context.rng(shape, again))
        except (NoRow, ValidationError):
            return
