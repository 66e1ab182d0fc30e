"""Types of a snapshot: the schema and the rows of a database as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from django_switchback.errors import SwitchbackError

ObjectKey: TypeAlias = tuple[str, str]
"""Kind and name of a catalogue object: ``("column", "blog_post.slug")``."""


class CatalogueObject(NamedTuple):
    """One object of the catalogue; ``table`` is the table or view that it belongs to, if any.

    An attribute with its default value is left out. ``parts`` are the unquoted names for writing statements:
    a column's own, those of the columns of a constraint or index in its order, the schema and name of a
    table. ``refers`` is the table that a foreign key refers to, and its columns unless they are the primary
    key. Neither is ever compared, since name and attributes contain the same. ``storage`` is equal for types
    of columns that differ by name alone, ``None`` where there are none such.
    """

    table: str | None
    attributes: Mapping[str, str | None]
    parts: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    storage: str | None = None


Schema: TypeAlias = Mapping[ObjectKey, CatalogueObject]
"""All objects except system objects. A table outside the default schema is named ``schema.table``."""

RowTexts: TypeAlias = Mapping[str, str | None]
RowKey: TypeAlias = tuple[str | None, ...]


class RowIdentity(tuple[str | None, ...]):
    """Identifies a row in place of its primary key, whose values are ``shown`` by column."""

    shown: dict[str, str | None]

    def __new__(cls, values: tuple[str | None, ...], shown: dict[str, str | None]) -> RowIdentity:
        """Return the identity with these ``values``, which alone are compared."""
        identity = super().__new__(cls, values)
        identity.shown = shown
        return identity


class TableRows(NamedTuple):
    """The rows of one table by primary key.

    Without a primary key, ``key`` is empty and a row's key consists of all its values and a running number.
    """

    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[RowKey, RowTexts]


RowSet: TypeAlias = Mapping[str, TableRows]
"""The rows of every table, with values as the database's exact text."""

Digests: TypeAlias = Mapping[str, str]
"""A fingerprint of each table's columns, key and rows; equal if nothing in them changed."""

RECORDER_TABLE = "django_migrations"
"""Changed by each migration itself, so it is not part of a snapshot."""


class UnsupportedVendor(SwitchbackError):
    """Raised for a database alias whose engine snapshots cannot read."""

    def __init__(self, vendor: str) -> None:
        super().__init__(f"cannot take a snapshot of a {vendor} database: expected sqlite or postgresql")


class UnreadableDefinition(SwitchbackError):
    """Raised for a statement in SQLite's catalogue that cannot be parsed."""

    def __init__(self, statement: str) -> None:
        super().__init__(f"cannot understand the definition {statement!r} in sqlite_master")
