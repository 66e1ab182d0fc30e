"""Inserts rows with the same values and nulls, which a constraint with ``nulls_distinct=False`` refuses."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import UniqueConstraint

from django_switchback.worker.seed.batches import REFUSALS, RowInserter
from django_switchback.worker.seed.interface import Model, RowRequest

_FIRST_ROW_NUMBER = 350


def insert_rows_with_equal_nulls(inserter: RowInserter, model: Model, other: Model) -> None:
    """Insert two rows for each constraint of ``other`` by which nulls are equal, unless ``model`` has it."""
    kept = {frozenset(constraint.fields) for constraint in _with_equal_nulls(model)}
    fields = {field.name: field for field in model._meta.local_concrete_fields}
    for index, constraint in enumerate(_with_equal_nulls(other)):
        names = frozenset(constraint.fields)
        if names not in kept and names <= fields.keys() and any(fields[name].null for name in names):
            number = _FIRST_ROW_NUMBER + 2 * index
            columns = {fields[name].attname: fields[name].null for name in names}
            _insert_two(inserter, model, columns, [RowRequest(number), RowRequest(number + 1)])


def _with_equal_nulls(model: Model) -> Iterator[UniqueConstraint]:
    for constraint in model._meta.constraints:
        match constraint:
            case UniqueConstraint(nulls_distinct=False, condition=None, fields=[_, *_]):
                yield constraint


def _insert_two(
    inserter: RowInserter, model: Model, columns: dict[str, bool], requests: list[RowRequest]
) -> None:
    """Insert two rows that have the same values in ``columns``, and null where that is true."""
    context = inserter.context
    savepoint = context.savepoint()
    try:
        with transaction.atomic(using=context.connection.alias):
            shape = context.shape(model)
            drafts = inserter.draft(shape, requests, model)
            same = {name: None if null else drafts[0].get(name) for name, null in columns.items()}
            inserter.insert(shape, [draft | same for draft in drafts], requests)
            inserter.resolve_deferred()
    except REFUSALS:
        context.rollback(savepoint)
        inserter.abandon()
