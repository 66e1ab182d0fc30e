"""Word locks, statements and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django_switchback.evidence import StatementWork
from django_switchback.rules.deploy_window.growth import BLOCKING, STRONGEST, GrownStatement, HeldLock
from django_switchback.rules.wording import enumerate_items, shown_sql

_SAFER = (
    (
        re.compile(r"^\s*(VACUUM\b.*\bFULL|CLUSTER)\b", re.I | re.S),
        "Leave it out of the migrations: it copies the table while nobody can use it (pg_repack does not).",
    ),
    (
        re.compile(r"^\s*REFRESH\s+MATERIALIZED\s+VIEW\b", re.I),
        (
            "Refresh it CONCURRENTLY, which needs a unique index on the view, or leave it to a job outside "
            "of the migrations."
        ),
    ),
    (
        re.compile(r"\bATTACH\s+PARTITION\b", re.I),
        (
            "First add a check that says which rows the table holds, NOT VALID, and VALIDATE it; and to a "
            "DEFAULT partition one that excludes them. PostgreSQL then reads no row to attach it."
        ),
    ),
    (
        re.compile(r"\bADD\b.*\bFOREIGN KEY\b|\bREFERENCES\b", re.I | re.S),
        "Add the foreign key NOT VALID in one migration, and VALIDATE it in a later one.",
    ),
    (
        re.compile(r"\bEXCLUDE\s+(USING|\()", re.I),
        (
            "An exclusion constraint is built only under this lock: set a lock_timeout, and apply it when "
            "few use the table."
        ),
    ),
    (
        re.compile(r"\bADD CONSTRAINT\b.*\b(UNIQUE|PRIMARY KEY)\b", re.I | re.S),
        "Create the unique index concurrently first, and add the constraint with USING INDEX.",
    ),
    (
        re.compile(r"\bADD COLUMN\b.*\bUNIQUE\b", re.I | re.S),
        (
            "Add the column without UNIQUE, then create the unique index concurrently, and add the "
            "constraint with USING INDEX."
        ),
    ),
    (
        re.compile(r"\bVALIDATE CONSTRAINT\b", re.I),
        "Validate the constraint in a later migration, whose transaction holds no stronger lock.",
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
        re.compile(r"^\s*CREATE\s+UNIQUE\s+INDEX\b", re.I),
        (
            "Create the unique index concurrently, by RunSQL with state_operations, in a migration with "
            "atomic = False."
        ),
    ),
    (
        re.compile(r"^\s*REINDEX\b", re.I),
        "Build the index anew with REINDEX ... CONCURRENTLY, in a migration with atomic = False.",
    ),
    (
        re.compile(r"^\s*(UPDATE|INSERT|DELETE)\b", re.I),
        "Write the rows in a migration of its own with atomic = False, in batches.",
    ),
    (
        re.compile(r"^\s*CREATE\s+INDEX\b", re.I),
        "Build the index with AddIndexConcurrently, in a migration with atomic = False.",
    ),
    (
        re.compile(r"\bADD COLUMN\b", re.I),
        (
            "Add an ordinary column that may be null, without a default, fill it in batches, and make it "
            "mandatory in a later migration."
        ),
    ),
    (
        re.compile(r"\b(TYPE|SET (UN)?LOGGED|SET EXPRESSION)\b", re.I),
        (
            "Add a new column that may be null, write both, fill it in batches, and switch over in a later "
            "release."
        ),
    ),
)
"""What to write instead of a statement that scans or rewrites a table under a lock."""
_OF_PARTITIONS = (
    "Create the index ON ONLY the partitioned table, then on each partition concurrently (atomic = False), "
    "and attach these to it (ALTER INDEX ... ATTACH PARTITION)."
)
_BUILT_ON = re.compile(r'^building index ".*" on table "(.*)" ')
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
    """Return what to write instead of ``statements``; of a script, of each statement in it."""
    found = (way for work in statements for way in _ways(work))
    return " ".join(dict.fromkeys(found)) or IN_GENERAL


def _ways(work: StatementWork) -> Iterator[str]:
    if _builds_on_partitions(work):
        yield _OF_PARTITIONS
        return
    for sql in work.sql.split(";"):
        yield from [way for form, way in _SAFER if form.search(sql)][:1]


def _builds_on_partitions(work: StatementWork) -> bool:
    """Return whether the server built indexes on other tables than it counted, which are roots."""
    built = {match[1] for text in work.notices if (match := _BUILT_ON.match(text))}
    return bool(built) and built.isdisjoint(table.rpartition(".")[2] for table in (*work.locks, *work.read))
