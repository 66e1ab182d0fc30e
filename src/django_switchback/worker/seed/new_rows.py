"""What a new release writes: rows that only the new schema may allow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from django_switchback.worker.seed.batches import RowInserter
from django_switchback.worker.seed.insert import key_fields
from django_switchback.worker.seed.interface import EDGE_PROFILES, Field, Model, NewRows, RowRequest
from django_switchback.worker.seed.recipes.interface import left_empty, recipes_for
from django_switchback.worker.seed.row_counts import RowCounts
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.transaction import fill_tables
from django_switchback.worker.seed.values import by_field

_FIRST_ROW_NUMBER = 100
"""New rows are numbered from here, so that they are other rows than the old ones."""

_TYPICAL = 2
_MOST_CHOICES = 12
_MOST_CROSSED = 4
_OPPOSITES: Final[tuple[Literal["low", "high"], ...]] = ("low", "high")


def write_new_rows(
    workshop: RowInserter, held: RowCounts, tables: tuple[str, ...], old: Mapping[str, Model]
) -> NewRows:
    """Insert new rows into ``tables``; ``old`` holds the models before the target, by table, where known."""
    unwritten = {table: _why_not(workshop, held, table) for table in tables}
    unwritten = {table: reason for table, reason in unwritten.items() if reason}
    wanted = {
        held.models[table]: _wishes(held.models[table], held.rows[table], old.get(table))
        for table in tables
        if table not in unwritten
    }
    if not wanted:
        return NewRows(unwritten=unwritten)
    filled = fill_tables(workshop, wanted)
    keys = _texts(workshop.bench, filled.inserted)
    for model in wanted:
        table = model._meta.db_table
        if table not in keys:
            unwritten[table] = filled.refused.get(table, "no row was put in")
    return NewRows(keys=keys, unwritten=unwritten)


def _why_not(workshop: RowInserter, held: RowCounts, table: str) -> str:
    if table not in held.models:
        return "no managed model keeps its rows there"
    if table in held.missing:
        return held.missing[table]
    reason = left_empty(held.models[table], workshop.recipes)
    if reason:
        return reason
    kept = any(recipe.kept for recipe in recipes_for(held.models[table], workshop.recipes))
    return "the table is kept by the library itself" if kept and held.rows[table] else ""


def _wishes(model: Model, rows: int, old: Model | None) -> list[RowRequest]:
    touched = None if old is None else touched_columns(old, model)
    first = _FIRST_ROW_NUMBER + rows
    offered = [
        len(by_field.choices(field))
        for field in model._meta.local_concrete_fields
        if touched is None or field.column in touched
    ]
    typical = min(max([_TYPICAL, *offered]), _MOST_CHOICES)
    made = [RowRequest(first + at) for at in range(typical)]
    made += [RowRequest(first + typical + at, kind, extreme=touched) for at, kind in enumerate(EDGE_PROFILES)]
    if old is not None:
        made += _crossed(freed_columns(old, model), first + len(made))
    return made


def _crossed(freed: frozenset[str], first: int) -> list[RowRequest]:
    """Return wishes for one extreme value among typical ones, where a constraint compared columns."""
    if len(freed) < 2:
        return []
    pairs = [(column, kind) for column in sorted(freed)[:_MOST_CROSSED] for kind in _OPPOSITES]
    return [
        RowRequest(first + at, kind, extreme=frozenset({column})) for at, (column, kind) in enumerate(pairs)
    ]


def touched_columns(old: Model, new: Model) -> frozenset[str]:
    """Return the columns of ``new`` that differ from ``old`` or that a changed constraint speaks of."""
    were = {field.column: _declared(field) for field in old._meta.local_concrete_fields}
    changed = {
        field.column
        for field in new._meta.local_concrete_fields
        if field.column is not None and were.get(field.column) != _declared(field)
    }
    return frozenset(changed) | _constraint_columns(new, set(_demands(old)) ^ set(_demands(new)))


def freed_columns(old: Model, new: Model) -> frozenset[str]:
    """Return the columns of ``new`` that a constraint of ``old`` speaks of which is there no more."""
    return _constraint_columns(new, set(_demands(old)) - set(_demands(new)))


def _constraint_columns(model: Model, constraints: set[str]) -> frozenset[str]:
    spoken = {word.split("__")[0] for text in constraints for word in re.findall(r"\w+", text)}
    return frozenset(
        field.column
        for field in model._meta.local_concrete_fields
        if field.column is not None and field.name in spoken
    )


def _declared(field: Field) -> str:
    _, path, args, kwargs = field.deconstruct()
    related = field.related_model._meta.label_lower if field.related_model else ""
    return repr((path, args, sorted((name, str(value)) for name, value in kwargs.items()), related))


def _demands(model: Model) -> list[str]:
    meta = model._meta
    together = [repr(tuple(group)) for group in meta.unique_together]
    return together + [repr(constraint.deconstruct()) for constraint in meta.constraints]


def _texts(
    bench: SeedContext, inserted: tuple[tuple[Model, list[Any]], ...]
) -> dict[str, tuple[tuple[str | None, ...], ...]]:
    """Return the keys as the database writes them."""
    found: dict[str, tuple[tuple[str | None, ...], ...]] = {}
    for model, keys in inserted:
        rows: QuerySet[Any] = QuerySet(model=model, using=bench.connection.alias)
        columns = [Cast(F(field.attname), TextField()) for field in key_fields(model)]
        texts = tuple(rows.filter(pk__in=keys).order_by("pk").values_list(*columns))
        table = model._meta.db_table
        found[table] = found.get(table, ()) + texts
    return found
