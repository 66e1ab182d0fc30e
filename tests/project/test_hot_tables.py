"""Which tables ``--hot-tables`` means."""

from __future__ import annotations

import pytest

from django_switchback.errors import UsageError
from django_switchback.project.hot_tables import hot_tables

from .graphs import project

PROJECT = project(
    tables={
        "blog.Article": ("blog_post", "blog_article"),
        "blog.Comment": ("blog_comment",),
        "audit.entries": ("audit.entries",),
    }
)


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("blog.Comment", ("blog_comment",)),
        ("blog.comment", ("blog_comment",)),
        ("blog.Article", ("blog_article", "blog_post")),
        ("blog_post", ("blog_article", "blog_post")),
        ('"audit"."entries"', ("audit.entries",)),
    ],
)
def test_a_model_or_a_table(name: str, tables: tuple[str, ...]) -> None:
    """A table is meant by its model or by any name that it has had, and counts under each of them."""
    assert hot_tables(PROJECT, [name]) == tables


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("blog.Coment", ": did you mean blog.Comment or blog_comment or blog_post?"),
        ("blog_artcle", ": did you mean blog_article or blog.Article or blog_comment?"),
        ("shop.Order", "one of its tables"),
    ],
)
def test_an_unknown_name_is_refused(name: str, hint: str) -> None:
    """The sentence names it, what was expected, and what is spelt alike."""
    with pytest.raises(
        UsageError, match=f"unknown table '{name}' in hot-tables, expected a model"
    ) as refusal:
        hot_tables(PROJECT, ["blog.Comment", name])
    assert str(refusal.value).endswith(hint)
