"""The rules' pages: on a terminal, and as files that are what the records say."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.errors import UsageError
from django_switchback.report.rules_page import rule_documents, rule_page
from django_switchback.rules.registry import BY_SLUG

DOCS = Path(__file__).parents[2] / "docs" / "rules"


def test_the_published_pages_are_the_records() -> None:
    """``docs/rules/`` holds what ``documents()`` gives, nothing else; write it there after a change."""
    published = {path.name: path.read_text(encoding="utf-8") for path in DOCS.iterdir()}
    assert published == rule_documents()


def test_the_list_names_every_rule() -> None:
    """``switchback rules`` shows every slug at the beginning of a line, within 80 columns."""
    lines = rule_page(None).splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "} == set(BY_SLUG)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("slug", BY_SLUG)
def test_a_page_holds_every_part(slug: str) -> None:
    """``switchback rules NAME`` says when, why, what to do, and shows both examples."""
    heads = [line for line in rule_page(slug).splitlines() if line and not line.startswith(" ")]
    assert heads[1:] == ["When", "Why it matters", "What to do", "Bad", "Good"]


def test_an_unknown_rule_is_refused_by_name() -> None:
    """A typing error is answered with the names that there are."""
    with pytest.raises(UsageError, match="unknown rule 'irreversable': expected one of irreversible, "):
        rule_page("irreversable")
