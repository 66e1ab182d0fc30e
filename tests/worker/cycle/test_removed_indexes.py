"""Unique indexes that a target removes, as the schemas before and after it have them."""

from __future__ import annotations

import pytest

from django_switchback.worker.cycle.removed_indexes import removed_unique_indexes
from django_switchback.worker.snapshot.interface import CatalogueObject, Schema

EMAIL = ("email",)


def schema(*, kind: str = "varchar", collation: str | None = None, index: str = "") -> Schema:
    """Return a table with a unique column, and perhaps an index, as PostgreSQL has them."""
    column = {"type": kind} | ({"collation": collation} if collation else {})
    objects = {
        ("column", "account.email"): CatalogueObject("account", column, EMAIL),
        ("constraint", "account.key"): CatalogueObject("account", {"type": "unique"}, EMAIL),
    }
    if index:
        attributes = {"unique": "yes", "definition": f" USING btree {index}"}
        objects["index", "other"] = CatalogueObject("account", attributes)
    return objects


@pytest.mark.parametrize(
    ("before", "compared"),
    [
        (schema(), ()),
        (schema(index="(email)"), ()),
        (schema(index="(lower((email)::text)) WHERE (sold = false)"), ("LOWER(CAST((email) AS TEXT))",)),
        (schema(kind="citext"), ('"email"::citext',)),
        (schema(collation="nocase"), ('"email" COLLATE nocase',)),
    ],
)
def test_removed_indexes(before: Schema, compared: tuple[str, ...]) -> None:
    """An index counts that compares columns otherwise than as they are, by expression, type or collation."""
    removed = removed_unique_indexes(before, schema(), "postgresql")
    assert [text for index in removed.get("account", ()) for text in index.expressions] == list(compared)
    assert removed_unique_indexes(before, before, "postgresql") == {}
