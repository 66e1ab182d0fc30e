"""Finds values of new rows that the schema before a target cannot hold: no rollback can keep them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django_switchback.worker.snapshot.interface import (
    CatalogueObject,
    RowKey,
    RowSet,
    RowTexts,
    Schema,
    TableRows,
)
from django_switchback.worker.snapshot.large_tables.hashed_rows import is_same

_VALUE_CONSTRAINTS = {"check", "unique", "exclusion"}


def columns_of_dropped_constraints(before: Schema, after: Schema) -> dict[str, set[str]]:
    """Return the columns by table of the check and unique constraints that only ``before`` has.

    A reverse may have to change any of these columns to satisfy the restored constraint.
    """
    columns_by_table: dict[str, set[str]] = {}
    for key, constraint in before.items():
        if constraint.table is None or not _constrains_values(key[0], constraint):
            continue
        if key not in after or after[key].attributes != constraint.attributes:
            words = set(re.findall(r"\w+", constraint.attributes.get("definition") or ""))
            columns = {name for kind, name in before if kind == "column"}
            columns_by_table.setdefault(constraint.table, set()).update(
                column for column in words if f"{constraint.table}.{column}" in columns
            )
    return columns_by_table


def ignore_unrepresentable(restored: RowSet, loaded: RowSet, old: Schema) -> RowSet:
    """Return ``restored`` with the values of ``loaded`` wherever the schema ``old`` cannot hold those."""
    return {
        table: content._replace(rows=_ignore_unrepresentable_rows(table, content, loaded[table].rows, old))
        if table in loaded and not is_same(content, loaded[table])
        else content
        for table, content in restored.items()
    }


def _ignore_unrepresentable_rows(
    table: str, content: TableRows, loaded_rows: Mapping[RowKey, RowTexts], old: Schema
) -> Mapping[RowKey, RowTexts]:
    columns = {column: old.get(("column", f"{table}.{column}")) for column in content.columns}
    return {
        key: _ignore_unrepresentable_row(row, loaded_rows.get(key, {}), columns)
        for key, row in content.rows.items()
    }


def _ignore_unrepresentable_row(
    row: RowTexts, loaded_row: RowTexts, columns: Mapping[str, CatalogueObject | None]
) -> RowTexts:
    return {
        column: loaded_row[column]
        if column in loaded_row and not _can_hold(columns[column], loaded_row[column])
        else value
        for column, value in row.items()
    }


def _can_hold(column: CatalogueObject | None, value: str | None) -> bool:
    if column is None:
        return True
    if value is None:
        return column.attributes.get("not null") is None
    length = re.fullmatch(r"(?:character varying|character|varchar|char)\((\d+)\)", _type(column))
    return length is None or len(value) <= int(length[1])


def _type(column: CatalogueObject) -> str:
    return (column.attributes.get("type") or "").lower()


def _constrains_values(kind: str, item: CatalogueObject) -> bool:
    if kind == "index":
        return item.attributes.get("unique") is not None
    return kind == "constraint" and item.attributes.get("type") in _VALUE_CONSTRAINTS
