"""Content types and permissions, by what they mean."""

from __future__ import annotations

from django_switchback.worker.compare.django_rows import CONTENT_TYPES, PERMISSIONS, by_natural_key
from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, TableRows


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
    return by_natural_key(rows, rows.get(CONTENT_TYPES))


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
