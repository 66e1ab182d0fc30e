"""What a snapshot is: the whole schema and the rows of a database at one moment, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from django_switchback.errors import SwitchbackError

ObjectKey: TypeAlias = tuple[str, str]
"""Kind and name of a catalogue object: ``("column", "blog_post.slug")``."""


class CatalogueObject(NamedTuple):
    """One object of the catalogue; ``table`` is the table or view that it hangs on, if any.

    An attribute that has its default value is left out. ``parts`` are the bare names that it is made of, for
    writing statements with: a column's own, those of the columns of a constraint or index in its order, the
    schema and name of a table. They are never compared, since name and attributes say the same.
    """

    table: str | None
    attributes: Mapping[str, str | None]
    parts: tuple[str, ...] = ()


Schema: TypeAlias = Mapping[ObjectKey, CatalogueObject]
"""Every object that is not the system's. A table outside the default schema is named ``schema.table``."""

RowTexts: TypeAlias = Mapping[str, str | None]
RowKey: TypeAlias = tuple[str | None, ...]


class TableRows(NamedTuple):
    """The rows of one table by primary key.

    Where the table has none, ``key`` is empty and a row's key is all its values and a running number.
    """

    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[RowKey, RowTexts]


RowSet: TypeAlias = Mapping[str, TableRows]
"""The rows of every table, values as the database's exact text."""

Digests: TypeAlias = Mapping[str, str]
"""A fingerprint of each table's columns, key and rows; equal when nothing in them changed."""

RECORDER_TABLE = "django_migrations"
"""Its rows are what the walk itself does, so they are no part of a snapshot."""


class UnsupportedVendor(SwitchbackError):
    """A database alias of an engine that snapshots cannot read."""

    def __init__(self, vendor: str) -> None:
        super().__init__(f"cannot take a snapshot of a {vendor} database: expected sqlite or postgresql")


class UnreadableDefinition(SwitchbackError):
    """The text of a statement in SQLite's own catalogue is not as SQLite writes it."""

    def __init__(self, statement: str) -> None:
        super().__init__(f"cannot understand the definition {statement!r} in sqlite_master")
