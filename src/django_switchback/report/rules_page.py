"""Render the rules as text, for ``switchback rules``; their examples are cases of the gallery."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TypeAlias

import msgspec

from django_switchback.errors import UsageError
from django_switchback.rules.interface import Rule
from django_switchback.rules.registry import BY_SLUG, RULES

GROUPS = ("rollback", "forward", "deploy window", "hygiene", "rehearsal")
WIDTH_COLUMNS = 80
EXAMPLES = Path(__file__).with_name("rule_examples.json")
"""Written by ``scripts/write_docs.py``."""
Examples: TypeAlias = dict[str, dict[str, str]]
"""Source of an unsafe and of a safe migration, by slug and ``unsafe`` or ``safe``."""


class UnknownRule(UsageError):
    """The requested rule does not exist."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"unknown rule {slug!r}: expected one of {', '.join(BY_SLUG)}")


def rule_page(slug: str | None) -> str:
    """Return the terminal page of one rule, or the list of all rules.

    Raises :class:`UnknownRule`.
    """
    if slug is None:
        return _list()
    if slug not in BY_SLUG:
        raise UnknownRule(slug)
    return _page(BY_SLUG[slug])


def _list() -> str:
    widest = max(map(len, BY_SLUG))
    blocks = []
    for group in GROUPS:
        lines = [
            textwrap.fill(
                f"  {rule.slug:{widest}}  {rule.condition}",
                WIDTH_COLUMNS,
                subsequent_indent=" " * (widest + 4),
                break_on_hyphens=False,
            )
            for rule in RULES
            if rule.group == group
        ]
        blocks += ["\n".join([group.capitalize(), *lines])] if lines else []
    return "\n\n".join(blocks) + "\n"


def _page(rule: Rule) -> str:
    parts = [
        f"{rule.slug} ({rule.group}, {rule.severity})",
        *(
            f"{head}\n{textwrap.fill(text, WIDTH_COLUMNS, initial_indent='  ', subsequent_indent='  ')}"
            for head, text in _sections(rule)
        ),
        *(
            f"{head.capitalize()}\n{textwrap.indent(source, '    ')}"
            for head, source in _examples().get(rule.slug, {}).items()
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _examples() -> Examples:
    return msgspec.json.decode(EXAMPLES.read_bytes(), type=Examples)


def _sections(rule: Rule) -> tuple[tuple[str, str], ...]:
    return (("When", rule.condition), ("Why it matters", rule.effect), ("What to do", rule.remedy))
