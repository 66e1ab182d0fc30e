"""Replaces the object keys of generic relations by assigned keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import TypeAlias

from django.db.migrations.state import ModelState, ProjectState

from django_switchback.worker.compare.django_rows import CONTENT_TYPES
from django_switchback.worker.compare.row_pairing import KeyedRows
from django_switchback.worker.compare.table_keys import KeySchema, TableKey
from django_switchback.worker.snapshot.interface import RowKey, RowTexts
from django_switchback.worker.table_names import split_db_table

ModelTables: TypeAlias = Mapping[str, tuple[str, ...]]
"""The names that a model's table may have in snapshots, by ``app.model``, where Django does not name it."""
DJANGO_NAMES: ModelTables = {}
_ENDS = ("id", "pk", "uuid")
"""Ends of the names of columns that hold object keys."""


def model_tables(states: Iterable[ProjectState]) -> ModelTables:
    """Return the tables of the models of ``states`` with a ``db_table``, and of proxies."""
    tables: dict[str, tuple[str, ...]] = {}
    for state in states:
        for (app, name), model in state.models.items():
            names = tuple(_table_names(_concrete(model, state)))
            if names != (f"{app}_{name}",):
                tables[f"{app}.{name}"] = (*tables.get(f"{app}.{name}", ()), *names)
    return tables


def _concrete(model: ModelState, state: ProjectState) -> ModelState:
    """Return the model whose table ``model`` uses."""
    while model.options.get("proxy"):
        bases = (base.partition(".")[::2] for base in model.bases if isinstance(base, str))
        found = next((state.models[key] for key in bases if key in state.models), None)
        if found is None:
            break
        model = found
    return model


def _table_names(model: ModelState) -> Iterator[str]:
    schema, table = split_db_table(model.options.get("db_table") or f"{model.app_label}_{model.name_lower}")
    yield table
    if schema is not None:
        yield f"{schema}.{table}"


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
    rows: KeyedRows,
    columns: Mapping[str, str],
    names: Mapping[str, Mapping[str | None, str]],
    tables: ModelTables,
) -> KeyedRows:
    """Return ``rows`` with assigned keys in place of object keys, by the ``names`` of the tables' rows.

    ``columns`` are those of :func:`object_columns`. Content types are read as ``app.model``; the table is one
    of ``tables``, or the one that Django names by that.
    """
    by_model = {
        table: {plain_key(value): name for value, name in found.items() if value is not None}
        for table, found in names.items()
    }
    return {key: _with_objects(row, columns, by_model, tables) for key, row in rows.items()}


def _with_objects(
    row: RowTexts, columns: Mapping[str, str], names: Mapping[str, Mapping[str, str]], tables: ModelTables
) -> RowTexts:
    replaced: dict[str, str | None] = {}
    for type_column, column in columns.items():
        value = row.get(column)
        table = next((name for name in _tables_of(row.get(type_column), tables) if name in names), None)
        if table is not None and value is not None:
            replaced[column] = names[table].get(plain_key(value), f"{value} (no row)")
    return {**row, **replaced} if replaced else row


def referring_objects(
    rows: KeyedRows, columns: Mapping[str, str], table: str, tables: ModelTables
) -> Iterator[tuple[str, RowKey, str]]:
    """Yield column, key and object key, as :func:`plain_key`, of the ``rows`` that lead to ``table``."""
    for type_column, column in columns.items():
        for key, row in rows.items():
            value = row.get(column)
            if value is not None and table in _tables_of(row.get(type_column), tables):
                yield column, key, plain_key(value)


def _tables_of(model: str | None, tables: ModelTables) -> tuple[str, ...]:
    """Return the names that the table of a content type, read as ``app.model``, may have in snapshots."""
    return () if model is None else tables.get(model) or (model.replace(".", "_", 1),)


def plain_key(value: str) -> str:
    """Return a key as equal text, whether its column is a number, text or a UUID."""
    text = value.strip("'")
    return text.replace("-", "") if len(text) == 36 else text
