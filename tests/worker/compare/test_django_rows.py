"""Content types and permissions, by what they mean."""

from __future__ import annotations

from django_switchback.worker.compare.django_rows import (
    CONTENT_TYPES,
    PERMISSIONS,
    by_natural_key,
    references_to_django,
    with_references,
)
from django_switchback.worker.snapshot.compare_rows import compare_rows
from django_switchback.worker.snapshot.interface import CatalogueObject, RowKey, RowSet, RowTexts, TableRows


def maintained(first_id: int, *, name: str = "Can add post") -> RowSet:
    """Return a content type and a permission on it, with keys that begin at ``first_id``."""
    type_id, permission_id = str(first_id), str(first_id + 100)
    types: dict[RowKey, RowTexts] = {(type_id,): {"id": type_id, "app_label": "blog", "model": "post"}}
    row: RowTexts = {"id": permission_id, "content_type_id": type_id, "codename": "add_post", "name": name}
    return {
        CONTENT_TYPES: TableRows(("id",), ("id", "app_label", "model"), types),
        PERMISSIONS: TableRows(("id",), tuple(row), {(permission_id,): row}),
    }


def meant(rows: RowSet) -> RowSet:
    """Return ``rows`` by their meaning."""
    return by_natural_key(rows, {})


def test_keys_do_not_count() -> None:
    """A permission that was made anew with another key, on a content type with another key, is the same."""
    assert meant(maintained(1)) == meant(maintained(50))


def test_what_a_permission_says_counts() -> None:
    """Another name is a difference, and the permission is found by model and codename."""
    assert meant(maintained(1)) != meant(maintained(1, name="May add post"))
    assert list(meant(maintained(1))[PERMISSIONS].rows) == [("blog.post", "add_post")]


def test_a_project_without_them_is_left_as_it_is() -> None:
    """Other tables pass through, and no content types are no error."""
    rows: RowSet = {"blog_post": TableRows(("id",), ("id",), {("1",): {"id": "1"}})}
    assert meant(rows) == rows


HELD = {"auth_group_permissions": {"permission_id": PERMISSIONS}, "note": {"kind_id": CONTENT_TYPES}}
"""References to content types and permissions."""


def referring(first_id: int, *, held: int | None = None) -> RowSet:
    """Return ``maintained(first_id)`` with a grant of the permission and a note about a post."""
    grant: RowTexts = {"id": "7", "permission_id": str(held or first_id + 100)}
    note: RowTexts = {"id": "1", "kind_id": str(held or first_id), "oid": "3"}
    return {
        **maintained(first_id),
        "auth_group_permissions": TableRows(("id",), tuple(grant), {("7",): grant}),
        "note": TableRows(("id",), tuple(note), {("1",): note}),
    }


def test_references_that_follow_a_new_key() -> None:
    """A reference holds what it means: with another number of the same meaning, it is equal."""
    first = by_natural_key(referring(1), HELD)
    assert first == by_natural_key(referring(50), HELD)
    assert first["note"].rows["1",]["kind_id"] == "blog.post"
    assert first["auth_group_permissions"].rows["7",]["permission_id"] == "blog.post.add_post"


def test_references_whose_row_has_changed() -> None:
    """With the same number, a reference differs if that row now means something else."""
    raw = referring(1)
    types: dict[RowKey, RowTexts] = {("1",): {"id": "1", "app_label": "news", "model": "post"}}
    moved = {**raw, CONTENT_TYPES: raw[CONTENT_TYPES]._replace(rows=types)}
    compared = compare_rows(by_natural_key(raw, HELD), by_natural_key(moved, HELD))
    assert "auth_group_permissions" in [item.table for item in compared]
    (difference,) = with_references([item for item in compared if item.table == "note"], HELD)
    assert difference.refers == {"kind_id": CONTENT_TYPES}
    assert difference.examples[0].before == {"kind_id": "blog.post"}
    assert difference.examples[0].after == {"kind_id": "news.post"}


def test_a_dangling_reference_keeps_its_number() -> None:
    """What refers to no row is compared as it is."""
    assert by_natural_key(referring(1, held=9), HELD)["note"].rows["1",]["kind_id"] == "9"


def test_tables_that_did_not_change_are_reused() -> None:
    """Rows that were read again are translated anew, all of them if a content type changed."""
    raw = referring(1)
    first = by_natural_key(raw, HELD)
    note = raw["note"]._replace(rows={("2",): {"id": "2", "kind_id": "1", "oid": "3"}})
    second = by_natural_key({**raw, "note": note}, HELD, raw, first)
    assert second["auth_group_permissions"] is first["auth_group_permissions"]
    assert second["note"].rows["2",]["kind_id"] == "blog.post"
    moved = raw[CONTENT_TYPES]._replace(rows={("1",): {"id": "1", "app_label": "news", "model": "post"}})
    third = by_natural_key({**raw, CONTENT_TYPES: moved}, HELD, raw, first)
    assert third["note"].rows["1",]["kind_id"] == "news.post"


def test_references_are_read_from_foreign_keys() -> None:
    """Foreign keys to other tables, and other constraints, are no references to Django's rows."""
    schema = {
        ("constraint", "note.a"): CatalogueObject("note", {}, ("kind_id",), (CONTENT_TYPES, "id")),
        ("constraint", "note.b"): CatalogueObject("note", {}, ("author_id",), ("auth_user", "id")),
        ("constraint", "note.c"): CatalogueObject("note", {}, ("kind_id",)),
    }
    assert references_to_django(schema) == {"note": {"kind_id": CONTENT_TYPES}}
