"""Chooses a default value for each column, to test whether a row's actual value matters for a symptom."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.minimise.rows import decode_sqlite_text
from django_switchback.worker.seed.interface import Field, Model
from django_switchback.worker.snapshot.interface import Schema

_BY_TYPE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("character", "varchar", "text", "char", "citext"), ""),
    (("bool",), "false"),
    (("smallint", "int", "bigint", "integer", "numeric", "decimal", "real", "double", "float"), "0"),
    (("timestamp", "datetime"), "2000-01-01 00:00:00"),
    (("date",), "2000-01-01"),
    (("json",), "{}"),
)
"""Default values by prefix of the type name; the first match wins, so ``datetime`` precedes ``date``."""


def default_values(
    schema: Schema, table: str, excluded: Collection[str], vendor: str
) -> dict[str, str | None]:
    """Return the default value of each column of ``table``, except ``excluded`` columns and unknown types."""
    defaults: dict[str, str | None] = {}
    for (kind, _), item in schema.items():
        if (
            kind != "column"
            or item.table != table
            or item.parts[0] in excluded
            or "generated" in item.attributes
        ):
            continue
        if "not null" not in item.attributes:
            defaults[item.parts[0]] = None
            continue
        type_name = (item.attributes.get("type") or "").lower()
        value = next((plain for begins, plain in _BY_TYPE if type_name.startswith(begins)), None)
        if value is not None:
            defaults[item.parts[0]] = "0" if value == "false" and vendor == "sqlite" else value
    return defaults


def readable_values(
    values: Mapping[str, str | None], model: Model | None, connection: BaseDatabaseWrapper
) -> dict[str, str | None]:
    """Return the ``values`` that the fields of ``model`` can read; no application can have stored others."""
    fields = {} if model is None else {field.column: field for field in model._meta.local_concrete_fields}
    return {
        column: value
        for column, value in values.items()
        if column not in fields or _reads(fields[column], value, connection)
    }


def _reads(field: Field, value: str | None, connection: BaseDatabaseWrapper) -> bool:
    read = decode_sqlite_text(value)
    try:
        for convert, column in _converters(field, connection):
            read = convert(read, column, connection)
    except Exception:  # any exception of a project's own field means that it cannot read the value
        return False
    return True


def _converters(field: Field, connection: BaseDatabaseWrapper) -> Iterator[tuple[Any, Any]]:
    column = field.get_col(field.model._meta.db_table)
    for converter in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
        yield converter, column
