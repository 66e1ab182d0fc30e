"""Requests rows of the new release that refer to rows which the target has inserted.

Applications use a row as soon as a migration has made it: reverse code that deletes it meets these
references.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, QuerySet

from django_switchback.worker.seed.interface import Field, Model, RowRequest, RowWith, referred_model
from django_switchback.worker.seed.references.generic_foreign_keys import is_content_type, is_permission
from django_switchback.worker.seed.tables import SeedContext

FIRST_ROW_NUMBER = 300
"""First number of these rows, so that their values differ from those of the other new rows."""
ROWS_PER_TABLE = 3
"""Rows that refer to a table if as many were inserted; more if more columns refer to it: one for each."""

Key = tuple[str | None, ...]


def requests_for_references(
    context: SeedContext, models: Iterable[Model], inserted: Mapping[str, Collection[Key]]
) -> dict[Model, list[RowRequest]]:
    """Return a request for a row of each column of ``models`` that refers to a table of ``inserted``.

    ``inserted`` has the primary keys, as text, by table: of several keys each column refers to another one,
    in the order of the rows, first to those that no new row refers to yet. A reverse may keep what a link of
    a many-to-many field refers to, and delete the rest.
    """
    ordered = sorted(models, key=lambda model: (bool(model._meta.auto_created), model._meta.db_table))
    requests_by_model: dict[Model, list[RowRequest]] = {}
    for table, keys in sorted(inserted.items()):
        model = context.models.get(table)
        if model is None or is_content_type(model) or is_permission(model):
            continue
        places = {key: place for place, key in enumerate(context.references.keys(model))}
        values = [value for key in sorted(keys, key=repr) for value in _value(model, key)]
        columns = list(_referring(ordered, model))
        used = {key for source, field in columns for key in _referred_by_new_rows(context, source, field)}
        values.sort(key=lambda value: (value in used, places.get(value, len(places))))
        referring = [
            (referring, field, allowed)
            for referring, field in columns
            if (allowed := context.references.those_within_limit(field, values))
        ]
        count = max(len(referring), min(len(values), ROWS_PER_TABLE)) if referring else 0
        for place in range(count):
            source, field, allowed = referring[place % len(referring)]
            row = RowWith(model, ((model._meta.pk.attname, allowed[place % len(allowed)]),))
            requests = requests_by_model.setdefault(source, [])
            number = FIRST_ROW_NUMBER + context.counts[source._meta.db_table] + len(requests)
            requests.append(RowRequest(number, fixed=((field.attname, row),)))
    return requests_by_model


def _referred_by_new_rows(context: SeedContext, source: Model, field: Field) -> Iterator[object]:
    keys = [key for model, inserted in context.inserted if model is source for key in inserted]
    if keys:
        rows: QuerySet[Any] = QuerySet(model=source, using=context.connection.alias)
        yield from rows.filter(pk__in=keys).values_list(field.attname, flat=True)


def _value(model: Model, key: Key) -> Iterator[object]:
    """Yield the value of a primary key of one column; nothing if the field does not understand its text."""
    if len(key) == 1:
        try:
            yield model._meta.pk.to_python(key[0])
        except (ValidationError, TypeError, ValueError):
            return


def _referring(models: Iterable[Model], target: Model) -> Iterator[tuple[Model, Field]]:
    """Yield the foreign keys to ``target``, with their models, of which several rows may refer to one."""
    for model in models:
        for field in model._meta.local_concrete_fields:
            if isinstance(field, ForeignKey) and referred_model(field) is target and not field.primary_key:
                yield model, field
