"""The pages of the rules are what the gallery's rehearsals say."""

from __future__ import annotations

from pathlib import Path

import django
import pytest

from django_switchback.report.rules_page import EXAMPLES
from django_switchback.rules.interface import Rule
from django_switchback.rules.registry import RULES
from gallery_tests.cases import CASES
from gallery_tests.rule_pages import DJANGO, EXHIBITS, index_page, rule_examples, rule_page, safe_twin

pytestmark = pytest.mark.timeout(900)

DOCS = Path(__file__).parents[2] / "docs" / "rules"
STALE = "is not current: run python scripts/write_docs.py docs/rules"


@pytest.mark.skipif(django.VERSION[:2] != DJANGO, reason="the pages are written with another Django")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.slug)
def test_page(rule: Rule, shared: Path) -> None:
    """A rule's page shows the code of its cases as it is, and what a rehearsal reports on them now."""
    path = DOCS / f"{rule.slug}.md"
    assert path.read_text(encoding="utf-8") == rule_page(rule, shared), f"{path.name} {STALE}"


def test_index_and_examples() -> None:
    """The index, the examples of ``switchback rules NAME`` and the list of pages are current too."""
    assert (DOCS / "README.md").read_text(encoding="utf-8") == index_page(), f"README.md {STALE}"
    assert EXAMPLES.read_text(encoding="utf-8") == rule_examples(), f"{EXAMPLES.name} {STALE}"
    assert {path.name for path in DOCS.iterdir()} == {"README.md", *(f"{rule.slug}.md" for rule in RULES)}


def test_exhibits() -> None:
    """One unsafe case of each rule is on its page, beside a safe case that passes on every database."""
    assert len(EXHIBITS) == len([case for case in CASES if case.safe_twin is not None])
    for case in EXHIBITS.values():
        assert case.unsafe
        assert {expected.verdict for expected in safe_twin(case).expected.values()} == {"passed"}
