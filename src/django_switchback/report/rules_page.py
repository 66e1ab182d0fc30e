"""Render the rules: as text for ``switchback rules`` and as Markdown for ``docs/rules/``."""

from __future__ import annotations

import textwrap

from django_switchback.errors import UsageError
from django_switchback.rules.interface import Rule
from django_switchback.rules.registry import BY_SLUG, RULES

GROUPS = ("rollback", "forward", "deploy window", "hygiene", "rehearsal")
WIDTH_COLUMNS = 80


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
        f"Bad\n{textwrap.indent(rule.bad, '    ')}".rstrip(),
        f"Good\n{textwrap.indent(rule.good, '    ')}".rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def _sections(rule: Rule) -> tuple[tuple[str, str], ...]:
    return (("When", rule.condition), ("Why it matters", rule.effect), ("What to do", rule.remedy))


def rule_documents() -> dict[str, str]:
    """Return the files of ``docs/rules/`` by name."""
    return {"README.md": _index()} | {f"{rule.slug}.md": _document(rule) for rule in RULES}


def _index() -> str:
    lines = [
        "# Rules",
        "",
        "The rules of Switchback. A rule is identified by its slug, which never changes and is never reused.",
        "`switchback rules NAME` shows the same on a terminal.",
    ]
    for group in GROUPS:
        members = [rule for rule in RULES if rule.group == group]
        if members:
            lines += ["", f"## {group.capitalize()}", "", "| rule | severity | when |", "|---|---|---|"]
            lines += [
                f"| [`{member.slug}`]({member.slug}.md) | {member.severity} | {member.condition} |"
                for member in members
            ]
    return "\n".join(lines) + "\n"


def _document(rule: Rule) -> str:
    lines = [f"# `{rule.slug}`", "", f"Group: {rule.group}. Severity: {rule.severity}."]
    for head, text in _sections(rule):
        lines += ["", f"## {head}", "", textwrap.fill(text, 100, break_on_hyphens=False)]
    lines += ["", "## Bad", "", "```python", rule.bad.rstrip(), "```"]
    lines += ["", "## Good", "", "```python", rule.good.rstrip(), "```"]
    return "\n".join(lines) + "\n"
