"""Word locks, statements and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django_switchback.evidence import StatementWork
from django_switchback.rules.deploy_window.growth import BLOCKING, STRONGEST, GrownStatement, HeldLock
from django_switchback.rules.wording import enumerate_items, shown_sql

_SAFER = (
    (
        re.compile(r"\bADD\b.*\bFOREIGN KEY\b|\bREFERENCES\b", re.I | re.S),
        "Add the foreign key NOT VALID in one migration, and VALIDATE it in a later one.",
    ),
    (
        re.compile(r"\bADD CONSTRAINT\b.*\b(UNIQUE|PRIMARY KEY|EXCLUDE)\b", re.I | re.S),
        "Create the unique index concurrently first, and add the constraint with USING INDEX.",
    ),
    (
        re.compile(r"\bCHECK\s*\(", re.I),
        (
            "Add the check with AddConstraintNotValid, and validate it in a later migration "
            "(ValidateConstraint)."
        ),
    ),
    (
        re.compile(r"\bSET NOT NULL\b", re.I),
        (
            "Add a check IS NOT NULL with AddConstraintNotValid, validate it in a later migration, then SET "
            "NOT NULL."
        ),
    ),
    (
        re.compile(r"^\s*(CREATE\s+(UNIQUE\s+)?INDEX|REINDEX)\b", re.I),
        "Build the index with AddIndexConcurrently, in a migration with atomic = False.",
    ),
    (
        re.compile(r"\b(TYPE|ADD COLUMN|SET (UN)?LOGGED|SET EXPRESSION)\b", re.I),
        (
            "Add a new column that may be null, write both, fill it in batches, and switch over in a later "
            "release."
        ),
    ),
)
"""What to write instead of a statement that scans or rewrites a table under a lock."""
IN_GENERAL = "Give it a migration of its own, set a lock_timeout, and apply it when few use the tables."


def lock_phrase(lock: HeldLock) -> str:
    """Return ``ACCESS EXCLUSIVE on blog_post (no reads, no writes)``."""
    stops = "no reads, no writes" if lock.mode == STRONGEST else "no writes"
    return f"{BLOCKING[lock.mode]} on {lock.table} ({stops})"


def work_phrase(grown: GrownStatement) -> str:
    """Return ``reads and rewrites the rows of blog_post``."""
    verbs: dict[str, list[str]] = {}
    for verb, tables in (
        ("reads", grown.read),
        ("writes", grown.written),
        ("rewrites", grown.work.rewritten),
    ):
        for table in tables:
            verbs.setdefault(table, []).append(verb)
    return enumerate_items(
        [f"{enumerate_items(found)} the rows of {table}" for table, found in verbs.items()]
    )


def statement_phrase(work: StatementWork) -> str:
    """Return the statement, shortened, with what the server says of it."""
    said = f" (PostgreSQL: {enumerate_items(work.notices)})" if work.notices else ""
    return f"{shown_sql(work.sql)}{said}"


def safer_ways(statements: Iterable[StatementWork]) -> str:
    """Return what to write instead of ``statements``."""
    found = (next((way for form, way in _SAFER if form.search(work.sql)), "") for work in statements)
    return " ".join(dict.fromkeys(filter(None, found))) or IN_GENERAL
