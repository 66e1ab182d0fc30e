"""What a snapshot is: the whole schema and the rows of a database at one moment, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

ObjectKey: TypeAlias = tuple[str, str]
"""Kind and name of a catalogue object: ``("column", "blog_post.slug")``."""


class CatalogueObject(NamedTuple):
    """One object of the catalogue; ``table`` is the table that it hangs on, if any."""

    table: str | None
    attributes: Mapping[str, str | None]


Schema: TypeAlias = Mapping[ObjectKey, CatalogueObject]
"""Every object that is not the system's. A table outside the default schema is named ``schema.table``."""

Row: TypeAlias = Mapping[str, str | None]
RowKey: TypeAlias = tuple[str | None, ...]


class TableRows(NamedTuple):
    """The rows of one table by primary key (by all values and a running number where it has none)."""

    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[RowKey, Row]


RowSet: TypeAlias = Mapping[str, TableRows]
"""The rows of every table, values as the database's exact text."""
