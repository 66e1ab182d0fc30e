"""Statements are shown without the values in them; names and changes of the schema stay as they are."""

from __future__ import annotations

import pytest

from django_switchback.worker.migrate.sent_statements import without_literals


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("UPDATE t SET a = 'it''s', n = 12.5 WHERE id IN (%s)", "UPDATE t SET a = …, n = … WHERE id IN (%s)"),
        ('insert into "t1" ("a") values (\'x\', -3)', 'insert into "t1" ("a") values (…, …)'),
        ("SELECT setval('t_id_seq', 7)", "SELECT setval(…, …)"),
        ("WITH x AS (SELECT 1) DELETE FROM t2 USING x", "WITH x AS (SELECT …) DELETE FROM t2 USING x"),
        ('UPDATE "t" SET "a" = $$secret$$', 'UPDATE "t" SET "a" = …'),
        ('ALTER TABLE "t" ADD COLUMN "a" varchar(20) DEFAULT \'x\'', None),
        ('DROP TABLE "t" CASCADE', None),
    ],
)
def test_literals(sql: str, shown: str | None) -> None:
    """Texts and numbers of statements that move data are left out."""
    assert without_literals(sql) == (shown or sql)
