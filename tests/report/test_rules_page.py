"""The rules' pages on a terminal; their files are written from the gallery (``tests/gallery_tests``)."""

from __future__ import annotations

import ast

import msgspec
import pytest

from django_switchback.errors import UsageError
from django_switchback.report.rules_page import EXAMPLES, rule_page
from django_switchback.rules.registry import BY_SLUG

EXAMPLES_OF = msgspec.json.decode(EXAMPLES.read_bytes())


def test_the_list_names_every_rule() -> None:
    """``switchback rules`` shows every slug at the beginning of a line, within 80 columns."""
    lines = rule_page(None).splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "} == set(BY_SLUG)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("slug", BY_SLUG)
def test_a_page_holds_every_part(slug: str) -> None:
    """``switchback rules NAME`` says when, why, what to do, and shows both examples as Python source."""
    heads = [line for line in rule_page(slug).splitlines() if line and not line.startswith(" ")]
    examples = EXAMPLES_OF.get(slug, {})
    assert heads[1:] == ["When", "Why it matters", "What to do", *map(str.capitalize, examples)]
    for source in examples.values():
        ast.parse(source)


def test_an_unknown_rule_is_refused_by_name() -> None:
    """A typing error is answered with the names that there are."""
    with pytest.raises(UsageError, match="unknown rule 'irreversable': expected one of irreversible, "):
        rule_page("irreversable")
