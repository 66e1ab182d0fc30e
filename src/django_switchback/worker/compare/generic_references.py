"""Replaces the object keys of generic relations by assigned keys."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from django_switchback.worker.compare.django_rows import CONTENT_TYPES
from django_switchback.worker.compare.row_pairing import KeyedRows
from django_switchback.worker.compare.table_keys import KeySchema, TableKey
from django_switchback.worker.snapshot.interface import RowTexts

_ENDS = ("id", "pk", "uuid")
"""Ends of the names of columns that hold object keys."""


def object_columns(schema: KeySchema, table: str) -> dict[str, str]:
    """Return the column of the object key by the column of its content type, where only one can be meant."""
    references = schema.references.get(table, {})
    key = schema.keys.get(table, TableKey()).columns
    candidates = [
        column
        for column in schema.families.get(table, {})
        if column.endswith(_ENDS) and column not in references and column not in key
    ]
    found: dict[str, str] = {}
    for column, refers in references.items():
        if refers[0] == CONTENT_TYPES and candidates:
            scores = {other: (_equal_letters(column, other), "object" in other) for other in candidates}
            best = [other for other in candidates if scores[other] == max(scores.values())]
            if len(best) == 1:
                found[column] = best[0]
    return found


def _equal_letters(name: str, other: str) -> int:
    """Return the number of letters with which both names begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(name, other, strict=False)))


def with_assigned_objects(
    rows: KeyedRows, columns: Mapping[str, str], names: Mapping[str, Mapping[str | None, str]]
) -> KeyedRows:
    """Return ``rows`` with assigned keys in place of object keys, by the ``names`` of the tables' rows.

    ``columns`` are those of :func:`object_columns`. Content types are read as ``app.model``, and the table as
    the one that Django names by that.
    """
    by_model = {
        table: {_plain(value): name for value, name in found.items() if value is not None}
        for table, found in names.items()
    }
    return {key: _with_objects(row, columns, by_model) for key, row in rows.items()}


def _with_objects(
    row: RowTexts, columns: Mapping[str, str], names: Mapping[str, Mapping[str, str]]
) -> RowTexts:
    replaced: dict[str, str | None] = {}
    for type_column, column in columns.items():
        table, value = (row.get(type_column) or "").replace(".", "_", 1), row.get(column)
        if table in names and value is not None:
            replaced[column] = names[table].get(_plain(value), f"{value} (no row)")
    return {**row, **replaced} if replaced else row


def _plain(value: str) -> str:
    """Return a key as equal text, whether its column is a number, a text or a UUID."""
    text = value.strip("'")
    return text.replace("-", "") if len(text) == 36 else text
