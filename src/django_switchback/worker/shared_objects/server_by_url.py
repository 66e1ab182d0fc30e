"""Prevents a step from changing server-wide objects (roles, settings) of a user's PostgreSQL server.

Right before a commit, the locks that the transaction holds on shared catalogs show whether it wrote to them;
it is rolled back then. A statement outside a transaction is wrapped in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors, pq

from django_switchback.worker.failure import BelongsToTheServer
from django_switchback.worker.shared_objects.state import ServerState

_OBJECTS_BY_CATALOG = {
    "pg_authid": "roles",
    "pg_auth_members": "memberships",
    "pg_db_role_setting": "settings of roles or databases",
    "pg_parameter_acl": "grants on parameters",
    "pg_shdescription": "comments on roles, databases or tablespaces",
    "pg_tablespace": "tablespaces",
}
_WRITTEN_CATALOGS_QUERY = """
SELECT c.relname::text FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.database = 0
  AND l.mode = 'RowExclusiveLock' AND c.relname = ANY (%s) ORDER BY 1"""
_SETTINGS_QUERY = """
SELECT s.setdatabase, s.setrole, s.setconfig::text FROM pg_catalog.pg_db_role_setting s
WHERE s.setdatabase NOT IN (
    SELECT d.oid FROM pg_catalog.pg_database d
    WHERE pg_catalog.starts_with(d.datname::text, 'switchback_'))
ORDER BY 1, 2"""
"""Settings that belong to no sandbox: other workers' sandboxes may have their own at any time."""
_NON_TRANSACTIONAL = (
    "ALTER SYSTEM",
    "CREATE DATABASE",
    "CREATE TABLESPACE",
    "DROP DATABASE",
    "DROP TABLESPACE",
)
"""Server-wide statements that cannot run in a transaction; PostgreSQL's error message starts with them."""
_SERVER_SOURCE_FILES = frozenset({"user.c", "tablespace.c"})
"""Source files of PostgreSQL that raise only errors about roles, memberships and tablespaces."""


class ServerByUrl(ServerState):
    """A server that belongs to the user."""

    @contextmanager
    def watched(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Refuse changes to the server on ``connection`` within the block.

        Raises :class:`BelongsToTheServer`, also instead of an error of PostgreSQL about such a change.
        """
        watch = _StatementWatch(connection)
        connection.commit = watch.commit  # type: ignore[method-assign]  # restored after the step
        try:
            with connection.execute_wrapper(watch.statement):
                yield
        except BaseException as error:
            message = _server_object_error(error)
            if message is None:
                raise
            raise BelongsToTheServer(message) from error
        finally:
            del connection.commit


def _server_object_error(error: BaseException | None) -> str | None:
    """Return PostgreSQL's message if it is about roles, memberships or tablespaces, else ``None``."""
    while error is not None:
        if isinstance(error, psycopg.Error) and error.diag.source_file in _SERVER_SOURCE_FILES:
            return error.diag.message_primary or "roles"
        error = error.__cause__
    return None


class _StatementWatch:
    """Watches one step on one connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._commit = connection.commit
        connection.ensure_connection()
        self._settings = self._query(_SETTINGS_QUERY)

    def commit(self) -> None:
        """Commit, unless the transaction wrote to shared catalogs."""
        try:
            self._refuse_server_changes()
        except BelongsToTheServer:
            self._connection.rollback()
            raise
        self._commit()

    def statement(
        self, execute: Callable[..., Any], statement: str, params: Any, many: bool, context: Any
    ) -> Any:
        """Execute a statement; one outside a transaction is checked before it is committed."""
        inner = self._connection.connection
        if (
            self._connection.in_atomic_block
            or not self._connection.get_autocommit()
            or inner.info.transaction_status != pq.TransactionStatus.IDLE
        ):
            return execute(statement, params, many, context)
        try:
            with inner.transaction():
                result = execute(statement, params, many, context)
                self._refuse_server_changes()
            return result
        except Error as error:
            if not isinstance(error.__cause__, errors.ActiveSqlTransaction):
                raise
            message = error.__cause__.diag.message_primary or ""
            if message.startswith(_NON_TRANSACTIONAL):
                raise BelongsToTheServer(" ".join(message.split()[:2])) from error
        # CREATE INDEX CONCURRENTLY, VACUUM and similar statements cannot run in a transaction.
        return execute(statement, params, many, context)

    def _refuse_server_changes(self) -> None:
        inner = self._connection.connection
        if inner is None or inner.info.transaction_status != pq.TransactionStatus.INTRANS:
            return
        written = [name for (name,) in self._query(_WRITTEN_CATALOGS_QUERY, list(_OBJECTS_BY_CATALOG))]
        if "pg_db_role_setting" in written and self._query(_SETTINGS_QUERY) == self._settings:
            # Settings of a sandbox are dropped with it.
            written.remove("pg_db_role_setting")
        if written:
            raise BelongsToTheServer(
                ", ".join(word for name, word in _OBJECTS_BY_CATALOG.items() if name in written)
            )

    def _query(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection.connection.cursor() as cursor:
            cursor.execute(query, values or None)
            return [tuple(row) for row in cursor.fetchall()]
