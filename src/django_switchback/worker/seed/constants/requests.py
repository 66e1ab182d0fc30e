"""Requests the rows that a migration chooses by constants, where no row has those values yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import FieldError
from django.db import Error, transaction

from django_switchback.worker.seed.constants.rows import ChosenRow
from django_switchback.worker.seed.interface import Model, RowRequest, RowWith
from django_switchback.worker.seed.recipes.interface import Recipe, empty_reason, is_library_owned
from django_switchback.worker.seed.row_counts import RowCounts
from django_switchback.worker.seed.tables import SeedContext

_FIRST_ROW_NUMBER = 48
"""Number of the first of these rows: a multiple of three, as typical rows without nulls have."""
_PER_OTHER_ROW = 3
"""Rows that each refer to another row of a model, where the code reads those of each."""


def requests_for(
    context: SeedContext,
    counts: RowCounts,
    recipes: tuple[Recipe, ...],
    rows: Iterable[ChosenRow],
    *,
    edge: bool,
) -> dict[Model, list[RowRequest]]:
    """Return requests for those of ``rows`` that are not there, rows for edge cases only if ``edge``."""
    requests: dict[Model, list[RowRequest]] = {}
    for index, row in enumerate(rows):
        if (row.typical or edge) and _is_wanted(context, counts, recipes, row):
            number = _FIRST_ROW_NUMBER + 3 * index
            request = RowRequest(number, fixed=row.fixed)
            if not row.typical:
                request = request._replace(profile="odd", extreme=frozenset())
            copies = _PER_OTHER_ROW if any(map(_is_of_any_row, row.fixed)) else 1
            requests.setdefault(row.model, []).extend(
                request._replace(number=number + copy) for copy in range(copies)
            )
    return requests


def _is_of_any_row(value: tuple[str, Any]) -> bool:
    """Return whether ``value`` is a column of any row of another model, as in a loop over its rows."""
    return isinstance(value[1], RowWith) and not value[1].fixed


def _is_wanted(context: SeedContext, counts: RowCounts, recipes: tuple[Recipe, ...], row: ChosenRow) -> bool:
    table = row.model._meta.db_table
    if table not in counts.rows or counts.models.get(table) is not row.model:
        return False
    if empty_reason(row.model, recipes):
        return False
    if is_library_owned(row.model, recipes):
        return False
    return not counts.rows[table] or not _exists(context, row)


def _exists(context: SeedContext, row: ChosenRow) -> bool:
    try:
        with transaction.atomic(using=context.connection.alias):
            return context.with_values(RowWith(row.model, row.single or row.fixed)).exists()
    except (Error, FieldError, TypeError, ValueError):
        return False  # a field of theirs that cannot be looked up by value
