"""The plainest value that a column takes: what a value is replaced by to see whether it matters."""

from __future__ import annotations

from collections.abc import Collection

from django_switchback.worker.snapshot.interface import Schema

_BY_TYPE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("character", "varchar", "text", "char", "citext"), ""),
    (("bool",), "false"),
    (("smallint", "int", "bigint", "integer", "numeric", "decimal", "real", "double", "float"), "0"),
    (("timestamp", "datetime"), "2000-01-01 00:00:00"),
    (("date",), "2000-01-01"),
    (("json",), "{}"),
)
"""By what the type's name begins with, the first that fits: ``datetime`` stands before ``date``."""


def plain_values(schema: Schema, table: str, kept: Collection[str], vendor: str) -> dict[str, str | None]:
    """Return the plainest value of each column of ``table``, but for those ``kept`` and types not known."""
    found: dict[str, str | None] = {}
    for (kind, _), item in schema.items():
        if kind != "column" or item.table != table or item.parts[0] in kept or "generated" in item.attributes:
            continue
        if "not null" not in item.attributes:
            found[item.parts[0]] = None
            continue
        named = (item.attributes.get("type") or "").lower()
        value = next((plain for begins, plain in _BY_TYPE if named.startswith(begins)), None)
        if value is not None:
            found[item.parts[0]] = "0" if value == "false" and vendor == "sqlite" else value
    return found
