"""The comparison of two schemas: one difference for one cause."""

from __future__ import annotations

from django_switchback.evidence import Difference
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.snapshot.interface import CatalogueObject, Schema

TABLE = {
    ("table", "t"): CatalogueObject(None, {}),
    ("column", "t.a"): CatalogueObject("t", {"type": "integer"}),
    ("index", "i"): CatalogueObject("t", {"definition": "(a)"}),
}


def test_equal_schemas() -> None:
    """Equal schemas have no differences, whatever their order."""
    assert compare_schemas(TABLE, dict(reversed(TABLE.items()))) == ()


def test_a_table_stands_for_what_hangs_on_it() -> None:
    """Of a table that only one side has, its columns and indexes are not listed one by one."""
    assert compare_schemas(TABLE, {}) == (Difference("table", "t", "missing"),)
    assert compare_schemas({}, TABLE) == (Difference("table", "t", "extra"),)


def test_each_attribute_is_a_difference() -> None:
    """Two attributes that differ are two differences, with both values, an absent one being none."""
    before: Schema = {("column", "t.a"): CatalogueObject("t", {"type": "integer", "default": "1"})}
    after: Schema = {("column", "t.a"): CatalogueObject("t", {"type": "text"})}
    assert compare_schemas(before, after) == (
        Difference("column", "t.a", "different", "t", "default", "1", None),
        Difference("column", "t.a", "different", "t", "type", "integer", "text"),
    )


def test_renamed_only_where_all_else_is_equal() -> None:
    """A leftover pairs with one of its kind, table and attributes; every other is missing or extra."""
    before: Schema = {
        ("index", "old"): CatalogueObject("t", {"definition": "(a)"}),
        ("index", "twin"): CatalogueObject("t", {"definition": "(a)"}),
        ("column", "t.a"): CatalogueObject("t", {}),
    }
    after: Schema = {
        ("index", "new"): CatalogueObject("t", {"definition": "(a)"}),
        ("index", "else"): CatalogueObject("u", {"definition": "(a)"}),
        ("column", "t.b"): CatalogueObject("t", {}),
    }
    assert compare_schemas(before, after) == (
        Difference("column", "t.a", "missing", "t"),
        Difference("column", "t.b", "extra", "t"),
        Difference("index", "old", "renamed", "t", None, "old", "new"),
        Difference("index", "twin", "missing", "t"),
        Difference("index", "else", "extra", "u"),
    )


def test_a_sequence_may_catch_up() -> None:
    """A sequence that fell behind its table is a difference, one that caught up is none."""
    ok: Schema = {("sequence", "s"): CatalogueObject("t", {"position": "ok"})}
    behind: Schema = {("sequence", "s"): CatalogueObject("t", {"position": "behind"})}
    assert [item.attribute for item in compare_schemas(ok, behind)] == ["position"]
    assert compare_schemas(behind, ok) == ()


def test_parts_are_not_compared() -> None:
    """The bare names that an object is made of are for writing statements with."""
    item = CatalogueObject("t", {}, ("a",))
    assert compare_schemas({("constraint", "c"): item}, {("constraint", "c"): item._replace(parts=())}) == ()
