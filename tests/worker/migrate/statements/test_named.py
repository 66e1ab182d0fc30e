"""Which statements write, and which tables they name."""

from __future__ import annotations

import pytest

from django_switchback.worker.migrate.statements.operation_statements import is_named, writes


@pytest.mark.parametrize(
    ("name", "sql", "named"),
    [
        ("blog_post", 'UPDATE "blog_post" SET a = 1', True),
        ("blog_post", "update BLOG_POST set a = 1", True),
        ("blog_post", "UPDATE blog_posttag SET a = 1", False),
        ("post", "UPDATE blog_post SET a = 1", False),
        ("a b", 'UPDATE "x"."a b" SET a = 1', True),
    ],
)
def test_a_table_is_named_by_a_word(name: str, sql: str, named: bool) -> None:
    """A longer name with it is another table."""
    assert is_named(name, sql) is named


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SET CONSTRAINTS c IMMEDIATE; ALTER TABLE t DROP CONSTRAINT c", True),
        ("SET CONSTRAINTS c IMMEDIATE;", False),
        ("SELECT 1", False),
        ("PRAGMA foreign_keys = ON", False),
    ],
)
def test_a_text_writes_if_a_statement_of_it_does(sql: str, expected: bool) -> None:
    """Django sends several statements at once."""
    assert writes(sql) is expected
