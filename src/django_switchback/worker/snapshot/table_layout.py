"""Table layouts for reading rows, taken from the schema: pure, the same for both engines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from django_switchback.worker.snapshot.interface import RowKey, RowTexts, Schema, TableRows


class TableLayout(NamedTuple):
    """A table's columns sorted by name, with their types, and the primary key columns in order."""

    name: str
    parts: tuple[str, ...]
    columns: tuple[str, ...]
    types: tuple[str, ...]
    key: tuple[str, ...]
    partitioned: bool

    @property
    def fingerprint(self) -> str:
        """The part of a digest that makes equal values under another layout differ."""
        return _fingerprint(self.columns, self.types, self.key)


@lru_cache(maxsize=4096)
def _fingerprint(*parts: tuple[str, ...]) -> str:
    return repr(parts)


def layouts(schema: Schema, tables: Collection[str]) -> tuple[TableLayout, ...]:
    """Return the layout of each of ``tables``, in their order; columns are sorted by name.

    Virtual columns are left out: no value is stored, and their expression may fail for some row.
    """
    selected = set(tables)
    columns: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    keys: dict[str, tuple[str, ...]] = {}
    for (kind, _), item in schema.items():
        if item.table not in selected:
            continue
        if kind == "column" and not (item.attributes.get("generated") or "").endswith(" virtual"):
            columns[item.table].append((item.parts[0], item.attributes.get("type") or ""))
        elif kind == "constraint" and item.attributes.get("type") == "primary key":
            keys[item.table] = item.parts
    return tuple(_layout(schema, name, sorted(columns[name]), keys.get(name, ())) for name in tables)


def _layout(schema: Schema, name: str, columns: list[tuple[str, str]], key: tuple[str, ...]) -> TableLayout:
    table = schema["table", name]
    return TableLayout(
        name=name,
        parts=table.parts,
        columns=tuple(column for column, _ in columns),
        types=tuple(kind for _, kind in columns),
        key=key,
        partitioned=table.attributes.get("kind") == "partitioned",
    )


def rows_by_key(table: TableLayout, values: Iterable[tuple[str | None, ...]]) -> TableRows:
    """Return rows, given as values in the layout's column order, by primary key.

    A table with a repeated key (SQLite allows nulls in a key) is treated as a table without a key.
    """
    keyed: list[RowTexts] = [dict(zip(table.columns, row, strict=True)) for row in values]
    by_key = {tuple(row[column] for column in table.key): row for row in keyed} if table.key else {}
    if table.key and len(by_key) == len(keyed):
        return TableRows(table.key, table.columns, by_key)
    return TableRows((), table.columns, rows_by_values(keyed, table.columns))


def rows_by_values(rows: Iterable[RowTexts], columns: tuple[str, ...]) -> dict[RowKey, RowTexts]:
    """Return ``rows`` keyed by their values of ``columns`` and a running number among equal rows."""
    seen: defaultdict[RowKey, int] = defaultdict(int)
    keyed: dict[RowKey, RowTexts] = {}
    for row in rows:
        values = tuple(row[column] for column in columns)
        seen[values] += 1
        keyed[(*values, str(seen[values]))] = row
    return keyed


def quote_identifier(name: str) -> str:
    """Return ``name`` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
