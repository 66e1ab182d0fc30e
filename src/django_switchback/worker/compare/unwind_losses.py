"""What a migration that the unwind took down and up again did not bring back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django_switchback.evidence import Comparison
from django_switchback.worker.compare.renames import reused_columns
from django_switchback.worker.compare.representable import excused, let_go
from django_switchback.worker.compare.snapshots import Moment, merged_columns, repetition
from django_switchback.worker.snapshot.interface import Row, RowKey, TableRows
from django_switchback.worker.snapshot.large.changes import settled_bulk
from django_switchback.worker.snapshot.large.hashed_rows import BulkRows, bulk_of


class Passage(NamedTuple):
    """One migration in the unwind, at four moments.

    ``top`` and ``floor`` are before and after it was rolled back, ``below`` and ``again`` before and after it
    was applied once more.
    """

    top: Moment
    floor: Moment
    below: Moment
    again: Moment


def rewound(passage: Passage, bounds: Moment) -> Comparison:
    """Return what a migration took away on the way down and did not bring back on the way up.

    As :func:`repetition`, for the values that its rollback changed. What it left alone may come out changed
    or be deleted: a data migration that meets rows which were written at head does for them what it once did
    for others. Nor can it keep what the schema below cannot hold, or what has another column's name there.
    """
    freed = merged_columns(let_go(passage.floor.schema, passage.top.schema), _reused(passage))
    settled = {
        table: content._replace(rows=_settled_rows(content, passage, table, freed.get(table, ())))
        for table, content in passage.again.rows.items()
    }
    return repetition(passage.top, passage.again._replace(rows=settled), bounds)


def _reused(passage: Passage) -> dict[str, set[str]]:
    floor, top = passage.floor.rows, passage.top.rows
    return {table: reused_columns(floor[table], top[table]) for table in floor.keys() & top.keys()}


def _settled_rows(
    content: TableRows, passage: Passage, table: str, freed: Collection[str]
) -> Mapping[RowKey, Row]:
    if isinstance(content.rows, BulkRows):
        top, floor, below = (bulk_of(one.rows.get(table)) for one in passage[:3])
        return settled_bulk(content.rows, top, floor, below, freed)
    rows = {key: _settled(row, passage, table, key, freed) for key, row in content.rows.items()}
    settled = {table: content._replace(rows=rows | _deleted(content, passage, table))}
    return excused(settled, passage.top.rows, passage.floor.schema)[table].rows


def _settled(row: Row, passage: Passage, table: str, key: RowKey, freed: Collection[str]) -> Row:
    """Return ``row`` with the value of the top in each column that this migration did not answer for."""
    top, floor, below = (_row(moment, table, key) for moment in passage[:3])
    answered = {
        column
        for column in floor
        if floor[column] == below.get(column) != top.get(column) and column not in freed
    }
    return {column: value if column in answered else top.get(column, value) for column, value in row.items()}


def _deleted(content: TableRows, passage: Passage, table: str) -> dict[RowKey, Row]:
    """Return the rows, as they were at the top, that the rollback left and something else deleted."""
    if table not in passage.top.rows or table not in passage.floor.rows:
        return {}
    top, floor = passage.top.rows[table], passage.floor.rows[table]
    if not set(content.columns) <= set(top.columns):
        return {}
    return {key: top.rows[key] for key in top.rows.keys() & floor.rows.keys() if key not in content.rows}


def _row(moment: Moment, table: str, key: RowKey) -> Row:
    return moment.rows[table].rows.get(key, {}) if table in moment.rows else {}
