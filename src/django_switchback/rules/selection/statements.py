"""Select the statements of a release that a target breaks, and what speaks against an error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias, TypeVar

from django_switchback.evidence import NewCodeTried, StatementTried
from django_switchback.rules.wording import enumerate_items

Tried = TypeVar("Tried", bound=StatementTried)
Doubt: TypeAlias = Literal["edge", "trigger", "field", "later", "far"]
"""Why a broken statement is a warning; for *trigger* and *field* see :class:`Failure`."""
MANY_INSERTS = 100_000
"""Inserts that succeed until a key is taken which may have been set apart on purpose."""

VERBS = {"insert": "insert into", "select": "read", "update": "update", "delete": "delete from"}
_DOUBTS: dict[Doubt, str] = {
    "edge": "Only edge rows (extreme and duplicate values that the schema allows) show it",
    "trigger": "A trigger or rule of the database refuses it, which may be meant",
    "later": "A later migration mends it: it works again with those applied that depend on this one",
    "far": "The key that is taken is far away, and may be set apart on purpose",
    "field": "A field of the project's own refuses a value that was made for it: a scenario can give values",
}


def broken_statements(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """Return the statements that worked before the target and fail now.

    Deduplicated, because a cycle without edge rows repeats them.
    """
    broken = (attempt for attempt in tried if attempt.is_broken)
    return tuple({(attempt.table, attempt.statement): attempt for attempt in broken}.values())


def needs_edge_rows(tried: Iterable[StatementTried], attempt: StatementTried) -> bool:
    """Return whether the statement of ``attempt`` was broken, and not in the repeat without edge rows."""
    if attempt.without_edge:
        return False
    return any(
        other.without_edge and not other.is_broken and other.untried is None
        for other in tried
        if (other.table, other.statement) == (attempt.table, attempt.statement)
    )


def doubt(tried: Iterable[NewCodeTried], attempt: NewCodeTried) -> Doubt | None:
    """Return what makes the broken statement ``attempt`` a warning, ``None`` for an error."""
    if needs_edge_rows(tried, attempt):
        return "edge"
    if attempt.works_at_head:
        return "later"
    if attempt.inserts_before >= MANY_INSERTS:
        return "far"
    return failure_doubt(attempt)


def failure_doubt(attempt: StatementTried) -> Doubt | None:
    """Return what in the failure of ``attempt`` speaks against blaming the migration."""
    return (attempt.failure.doubt or None) if attempt.failure is not None else None


def doubt_sentences(found: Iterable[Doubt | None]) -> str:
    """Return a sentence for each doubt, to follow a message without a full stop."""
    return "".join(f". {_DOUBTS[reason]}" for reason in dict.fromkeys(found) if reason is not None)


def statement_phrases(broken: Iterable[StatementTried]) -> str:
    """Return ``insert into blog_post and read blog_post``."""
    phrases = (f"{VERBS[attempt.statement]} {attempt.table}" for attempt in broken)
    return enumerate_items(list(dict.fromkeys(phrases)))


def tables_of(broken: Iterable[StatementTried]) -> str:
    """Return the tables of the statements, as a phrase."""
    return enumerate_items(list(dict.fromkeys(attempt.table for attempt in broken)))
