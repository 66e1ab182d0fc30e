"""Inserts rows that only the new schema may allow, as a new release would write them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal

from django.db.models import F, JSONField, QuerySet, TextField
from django.db.models.functions import Cast

from django_switchback.worker.seed.batches import RowInserter
from django_switchback.worker.seed.constraints.equal_values import insert_equal_rows
from django_switchback.worker.seed.constraints.unique_indexes import UniqueIndex
from django_switchback.worker.seed.insert import key_fields
from django_switchback.worker.seed.interface import EDGE_PROFILES, Field, Model, NewRows, RowRequest
from django_switchback.worker.seed.recipes.interface import empty_reason, is_library_owned
from django_switchback.worker.seed.references.references_to_inserted import Key, requests_for_references
from django_switchback.worker.seed.row_counts import RowCounts
from django_switchback.worker.seed.tables import SeedContext
from django_switchback.worker.seed.transaction import fill_tables
from django_switchback.worker.seed.values import field_values, words

_FIRST_ROW_NUMBER = 100
"""First number of the new rows, so that their values differ from those of the old rows."""

_TYPICAL = 2
_PLAIN_TEXT = "plain text"
_MAX_CHOICES = 12
_MAX_FREED_COLUMNS = 4
_OPPOSITES: Final[tuple[Literal["low", "high"], ...]] = ("low", "high")


def insert_new_rows(
    inserter: RowInserter,
    row_counts: RowCounts,
    tables: tuple[str, ...],
    old: Mapping[str, Model],
    inserted: Mapping[str, Collection[Key]],
    removed_indexes: Mapping[str, Collection[UniqueIndex]],
) -> NewRows:
    """Insert new rows into ``tables``; ``old`` holds the models before the target by table, where known.

    ``inserted`` are primary keys of rows that the target made: others refer to these, if accepted. Some rows
    are equal by ``removed_indexes``, which the target removed.
    """
    unwritten = {table: _why_not(inserter, row_counts, table) for table in tables}
    unwritten = {table: reason for table, reason in unwritten.items() if reason}
    requests_by_model = {
        row_counts.models[table]: _requests_for(
            row_counts.models[table], row_counts.rows[table], old.get(table)
        )
        for table in tables
        if table not in unwritten
    }
    if not requests_by_model and not inserted:
        return NewRows(unwritten=unwritten)
    filled = fill_tables(inserter, requests_by_model)
    old_by_new = {
        model: old[model._meta.db_table] for model in requests_by_model if model._meta.db_table in old
    }
    insert_equal_rows(inserter, old_by_new, removed_indexes)
    if inserted:
        models = [
            model for table, model in row_counts.models.items() if not _why_not(inserter, row_counts, table)
        ]
        fill_tables(inserter, requests_for_references(inserter.context, models, inserted))
    keys = _texts(inserter.context, tuple(inserter.context.inserted))
    for model in requests_by_model:
        table = model._meta.db_table
        if table not in keys:
            unwritten[table] = filled.refused.get(table, "no row was inserted")
    return NewRows(keys=keys, unwritten=unwritten)


def _why_not(inserter: RowInserter, row_counts: RowCounts, table: str) -> str:
    if table not in row_counts.models:
        return "no managed model uses this table"
    if table in row_counts.missing:
        return row_counts.missing[table]
    reason = empty_reason(row_counts.models[table], inserter.recipes)
    if reason:
        return reason
    library_owned = is_library_owned(row_counts.models[table], inserter.recipes)
    return "the table is maintained by the library" if library_owned and row_counts.rows[table] else ""


def _requests_for(model: Model, rows: int, old: Model | None) -> list[RowRequest]:
    changed = None if old is None else changed_columns(old, model)
    first = _FIRST_ROW_NUMBER + rows
    offered = [
        len(field_values.choices(field))
        for field in model._meta.local_concrete_fields
        if changed is None or field.column in changed
    ]
    typical = min(max([_TYPICAL, *offered]), _MAX_CHOICES)
    requests = [RowRequest(first + index) for index in range(typical)]
    requests += [
        RowRequest(first + typical + index, kind, extreme=changed) for index, kind in enumerate(EDGE_PROFILES)
    ]
    if old is not None:
        requests += _extreme_requests(freed_columns(old, model), first + len(requests))
        plain = tuple((field.attname, _PLAIN_TEXT) for field in _former_documents(old, model))
        requests += [RowRequest(first + len(requests), fixed=plain)] if plain else []
    return requests


def _former_documents(old: Model, model: Model) -> list[Field]:
    """Return the fields that held JSON, and hold any text now; by their name alone it would be JSON."""
    documents = {field.column for field in old._meta.local_concrete_fields if isinstance(field, JSONField)}
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, TextField)
        and field.column in documents
        and words.names_document(field.name)
        and not field.choices
    ]


def _extreme_requests(freed: frozenset[str], first: int) -> list[RowRequest]:
    """Return requests with one extreme column each, for columns freed from a constraint over several."""
    if len(freed) < 2:
        return []
    pairs = [(column, kind) for column in sorted(freed)[:_MAX_FREED_COLUMNS] for kind in _OPPOSITES]
    return [
        RowRequest(first + index, kind, extreme=frozenset({column}))
        for index, (column, kind) in enumerate(pairs)
    ]


def changed_columns(old: Model, new: Model) -> frozenset[str]:
    """Return the columns of ``new`` that differ from ``old`` or that a changed constraint mentions."""
    were = {field.column: _declared(field) for field in old._meta.local_concrete_fields}
    changed = {
        field.column
        for field in new._meta.local_concrete_fields
        if field.column is not None and were.get(field.column) != _declared(field)
    }
    return frozenset(changed) | _constraint_columns(new, set(_demands(old)) ^ set(_demands(new)))


def freed_columns(old: Model, new: Model) -> frozenset[str]:
    """Return the columns of ``new`` that a removed constraint of ``old`` mentions."""
    return _constraint_columns(new, set(_demands(old)) - set(_demands(new)))


def _constraint_columns(model: Model, constraints: set[str]) -> frozenset[str]:
    mentioned = {word.split("__")[0] for text in constraints for word in re.findall(r"\w+", text)}
    return frozenset(
        field.column
        for field in model._meta.local_concrete_fields
        if field.column is not None and field.name in mentioned
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
    context: SeedContext, inserted: tuple[tuple[Model, list[Any]], ...]
) -> dict[str, tuple[tuple[str | None, ...], ...]]:
    """Return the primary keys as the database's text, by table."""
    texts_by_table: dict[str, tuple[tuple[str | None, ...], ...]] = {}
    for model, keys in inserted:
        rows: QuerySet[Any] = QuerySet(model=model, using=context.connection.alias)
        columns = [Cast(F(field.attname), TextField()) for field in key_fields(model)]
        texts = tuple(rows.filter(pk__in=keys).order_by("pk").values_list(*columns))
        table = model._meta.db_table
        texts_by_table[table] = texts_by_table.get(table, ()) + texts
    return texts_by_table
