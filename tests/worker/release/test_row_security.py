"""Forced row security binds the owner of a table, as which the old release is tried, and no superuser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from seed.support import connected

from django_switchback.sandbox.interface import Server
from django_switchback.worker.release.row_security import become_owner, tables_with_new_row_security
from django_switchback.worker.snapshot.reading import schema

_SHARED = """
SELECT relation::regclass::text FROM pg_locks
WHERE locktype = 'relation' AND database = 0 AND mode = 'RowExclusiveLock' AND pid = pg_backend_pid()
    AND relation <> 'pg_shdepend'::regclass"""
"""The catalogues of the whole server that the transaction wrote to, but that of dependencies."""


@pytest.fixture
def database(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox."""
    yield from connected(server_of("postgresql-18"))


def run(connection: BaseDatabaseWrapper, *statements: str) -> None:
    """Run statements."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_only_the_owner_is_refused(database: BaseDatabaseWrapper) -> None:
    """Rows are refused as the plain owner alone, which is no role that the server does not have anyway."""
    run(database, 'CREATE TABLE "a b" (id serial PRIMARY KEY, n integer)', "CREATE TABLE t (id integer)")
    before = schema(database)
    run(
        database,
        'ALTER TABLE "a b" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    )
    after = schema(database)
    assert tables_with_new_row_security(before, after) == {"a b"}
    assert not tables_with_new_row_security(after, after)
    run(database, 'INSERT INTO "a b" (n) VALUES (1)')
    with transaction.atomic(using=database.alias):
        with database.cursor() as cursor:
            become_owner(database)
            cursor.execute(_SHARED)
            assert cursor.fetchall() == []
        run(database, "SELECT * FROM t", "INSERT INTO t VALUES (1)")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic(database.alias):
            run(database, 'INSERT INTO "a b" (n) VALUES (2)')
        transaction.set_rollback(True, using=database.alias)
