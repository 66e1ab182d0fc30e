"""Ranks rows and columns by how likely they cause a symptom, judging by what the evidence mentions. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django_switchback.evidence import Failure, RowDifference
from django_switchback.untrusted_text import contains_word
from django_switchback.worker.minimise.rows import RowId, RowsById
from django_switchback.worker.snapshot.interface import RowTexts

MIN_VALUE_CHARACTERS = 3
"""Minimum length of a value that is searched for in a message: shorter values occur in any text."""


class Hints(NamedTuple):
    """The hints in a symptom's evidence: error text, differing rows, changed tables."""

    text: str = ""
    differences: tuple[RowDifference, ...] = ()
    changed_tables: Collection[str] = ()


def hints_from(
    failure: Failure | None, differences: tuple[RowDifference, ...], changed_tables: Collection[str]
) -> Hints:
    """Collect the hints of a failed step, of a comparison, or of both."""
    text = f"{failure.message}\n{failure.operation or ''}" if failure is not None else ""
    return Hints(text, differences, changed_tables)


def rank(rows: RowsById, hints: Hints, refused: Collection[RowId] = ()) -> tuple[RowId, ...]:
    """Return the identities of ``rows`` sorted by suspicion, most suspected first; the sort is stable.

    Those ``refused`` by the application's own checks come last: no user has stored them.
    """
    examples = {
        (difference.table, tuple(example.key.items()))
        for difference in hints.differences
        for example in difference.examples
    }
    keyed = {(table, key) for table, key in examples if key}
    counts = {row_id: _weight(row_id, row, hints, keyed) for row_id, row in rows.items()}
    return tuple(sorted(rows, key=lambda row_id: (row_id in refused, -counts[row_id])))


def _weight(row_id: RowId, row: RowTexts, hints: Hints, keyed: Collection[tuple[str, object]]) -> int:
    weight = 0
    if any(table == row_id.table and _has(row, key) for table, key in keyed):
        weight += 16
    weight += 4 * (row_id.table in {difference.table for difference in hints.differences})
    weight += 8 * any(mentions_value(value, hints.text) for value in row.values())
    weight += 4 * contains_word(hints.text, row_id.table)
    weight += 2 * any(value is None and contains_word(hints.text, column) for column, value in row.items())
    weight += 2 * (row_id.table in hints.changed_tables)
    return weight + (row_id.written == "after")


def _has(row: RowTexts, key: object) -> bool:
    return isinstance(key, tuple) and all(row.get(column) == value for column, value in key)


def mentions_value(value: str | None, text: str) -> bool:
    """Return whether ``text`` contains a row's value of at least ``MIN_VALUE_CHARACTERS``."""
    return value is not None and len(value) >= MIN_VALUE_CHARACTERS and contains_word(text, value)


def mentioned_columns(
    row_id: RowId, row: RowTexts, hints: Hints, changed: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """Return the columns of a row that the hints mention or that the target ``changed`` (by table)."""
    differing = {
        column
        for difference in hints.differences
        if difference.table == row_id.table
        for column in difference.columns
    }
    return tuple(
        column
        for column, value in row.items()
        if column in differing
        or column in changed.get(row_id.table, ())
        or contains_word(hints.text, column)
        or mentions_value(value, hints.text)
    )
