"""Which rows and columns are suspected first, by what the evidence names: pure, where the search begins."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from django_switchback.evidence import Failure, RowDifference
from django_switchback.worker.minimise.rows import RowId, RowsById
from django_switchback.worker.snapshot.interface import RowTexts

MIN_VALUE_CHARACTERS = 3
"""Characters that a value must have to be looked for in a message: shorter ones are in every text."""


class Hints(NamedTuple):
    """What the evidence of a trouble names: a message, rows that differ, tables that were touched."""

    text: str = ""
    differences: tuple[RowDifference, ...] = ()
    touched: Collection[str] = ()


def hints_from(
    failure: Failure | None, differences: tuple[RowDifference, ...], touched: Collection[str]
) -> Hints:
    """Return the clues of a step that raised, of a comparison, or of both."""
    text = f"{failure.message}\n{failure.operation or ''}" if failure is not None else ""
    return Hints(text, differences, touched)


def rank(rows: RowsById, found: Hints) -> tuple[RowId, ...]:
    """Return the places of ``rows``, the most suspected first, otherwise in their order."""
    examples = {
        (difference.table, tuple(example.key.items()))
        for difference in found.differences
        for example in difference.examples
    }
    keyed = {(table, key) for table, key in examples if key}
    counts = {place: _weight(place, row, found, keyed) for place, row in rows.items()}
    return tuple(sorted(rows, key=lambda place: -counts[place]))


def _weight(place: RowId, row: RowTexts, found: Hints, keyed: Collection[tuple[str, object]]) -> int:
    weight = 0
    if any(table == place.table and _has(row, key) for table, key in keyed):
        weight += 16
    weight += 4 * (place.table in {difference.table for difference in found.differences})
    weight += 8 * any(mentions_value(value, found.text) for value in row.values())
    weight += 4 * mentions(place.table, found.text)
    weight += 2 * any(value is None and mentions(column, found.text) for column, value in row.items())
    weight += 2 * (place.table in found.touched)
    return weight + (place.written == "after")


def _has(row: RowTexts, key: object) -> bool:
    return isinstance(key, tuple) and all(row.get(column) == value for column, value in key)


def mentions(name: str, text: str) -> bool:
    """Tell whether ``text`` names a table or column, as a word of its own."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def mentions_value(value: str | None, text: str) -> bool:
    """Tell whether ``text`` repeats a value of a row, one that is long enough to tell something."""
    return value is not None and len(value) >= MIN_VALUE_CHARACTERS and mentions(value, text)


def mentioned_columns(
    place: RowId, row: RowTexts, found: Hints, changed: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """Return the columns of a row that the evidence names or that the target ``changed``, by table."""
    differing = {
        column
        for difference in found.differences
        if difference.table == place.table
        for column in difference.columns
    }
    return tuple(
        column
        for column, value in row.items()
        if column in differing
        or column in changed.get(place.table, ())
        or mentions(column, found.text)
        or mentions_value(value, found.text)
    )
