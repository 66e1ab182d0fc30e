"""Which values of new rows the schema before a target can hold: what it cannot, no rollback can keep."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django_switchback.worker.snapshot.interface import CatalogueObject, RowSet, RowTexts, Schema, TableRows

_VALUE_CONSTRAINTS = {"check", "unique", "exclusion"}


def columns_of_dropped_constraints(before: Schema, after: Schema) -> dict[str, set[str]]:
    """Return the columns by table that a check or uniqueness of ``before`` speaks of and ``after`` has not.

    A reverse may have to change any of them to bring the rows back under that demand.
    """
    found: dict[str, set[str]] = {}
    for key, demand in before.items():
        if demand.table is None or not _constrained_columns(key[0], demand):
            continue
        if key not in after or after[key].attributes != demand.attributes:
            spoken = set(re.findall(r"\w+", demand.attributes.get("definition") or ""))
            columns = {name for kind, name in before if kind == "column"}
            found.setdefault(demand.table, set()).update(
                column for column in spoken if f"{demand.table}.{column}" in columns
            )
    return found


def ignore_unrepresentable(restored: RowSet, loaded: RowSet, old: Schema) -> RowSet:
    """Return ``restored`` with the values of ``loaded`` wherever ``old`` cannot hold those."""
    return {
        table: content._replace(rows=_ignore_unrepresentable_rows(table, content, loaded, old))
        for table, content in restored.items()
    }


def _ignore_unrepresentable_rows(
    table: str, content: TableRows, loaded: RowSet, old: Schema
) -> Mapping[tuple[str | None, ...], RowTexts]:
    columns = {column: old.get(("column", f"{table}.{column}")) for column in content.columns}
    were = loaded[table].rows if table in loaded else {}
    return {
        key: _ignore_unrepresentable_row(row, were.get(key, {}), columns) for key, row in content.rows.items()
    }


def _ignore_unrepresentable_row(
    row: RowTexts, was: RowTexts, columns: Mapping[str, CatalogueObject | None]
) -> RowTexts:
    return {
        column: was[column] if column in was and not _holds(columns[column], was[column]) else value
        for column, value in row.items()
    }


def _holds(column: CatalogueObject | None, value: str | None) -> bool:
    if column is None:
        return True
    if value is None:
        return column.attributes.get("not null") is None
    length = re.fullmatch(r"(?:character varying|character|varchar|char)\((\d+)\)", _type(column))
    return length is None or len(value) <= int(length[1])


def _type(column: CatalogueObject) -> str:
    return (column.attributes.get("type") or "").lower()


def _constrained_columns(kind: str, item: CatalogueObject) -> bool:
    if kind == "index":
        return item.attributes.get("unique") is not None
    return kind == "constraint" and item.attributes.get("type") in _VALUE_CONSTRAINTS
