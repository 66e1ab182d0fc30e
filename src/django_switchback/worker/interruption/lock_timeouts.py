"""Ends a concurrent statement of a step by a ``lock_timeout``, while another session writes to its table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.migrate.statements.operation_statements import (
    first_word,
    is_named,
    statement_text,
)

LOCK_NOT_AVAILABLE = "55P03"
"""The SQLSTATE of a statement that a ``lock_timeout`` has ended."""
_TIMEOUT = "100ms"
_BUILDS = {"CREATE", "DROP", "REINDEX"}
_TABLES_AND_INDEXES = """
SELECT t.oid::pg_catalog.regclass::text, t.relname, coalesce(c.relname, t.relname)
FROM pg_catalog.pg_class t
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
LEFT JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE t.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
"""


def concurrent_statements(found: list[str], connection: BaseDatabaseWrapper) -> Callable[..., Any]:
    """Return an ``execute_wrapper`` that adds to ``found`` the statements that build or drop concurrently."""

    def collect(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = statement_text(sql, connection)
        if first_word(text) in _BUILDS and "CONCURRENTLY" in text.upper().split():
            found.append(text)
        return execute(sql, params, many, context)

    return collect


def ended_by_lock_timeout(statement: str, connection: BaseDatabaseWrapper) -> Callable[..., Any]:
    """Return an ``execute_wrapper`` under which ``statement`` waits for another session in vain."""

    def wait(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if statement_text(sql, connection) != statement:
            return execute(sql, params, many, context)
        with _written_elsewhere(statement, connection), connection.connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{_TIMEOUT}'")
            try:
                return execute(sql, params, many, context)
            finally:
                cursor.execute("RESET lock_timeout")

    return wait


@contextmanager
def _written_elsewhere(statement: str, connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Keep a transaction of another session open that has locked the tables of ``statement`` for writing.

    Its tables are those whose name is in it, and those of an index whose name is in it.
    """
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(_TABLES_AND_INDEXES)
            tables = {
                table
                for table, *names in cursor.fetchall()
                if any(is_named(name, statement) for name in names)
            }
            other.set_autocommit(False)
            for table in sorted(tables):
                cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
            yield
    finally:
        other.close()
