"""Keeps a step from changing objects of a whole PostgreSQL server that is not ours: roles, settings.

What a transaction wrote is asked right before it is committed, by the locks that it holds on the catalogs
that all databases share; it is rolled back where it wrote there. A statement outside of a transaction gets
one.
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
from django_switchback.worker.server_objects.state import ServerState

_WORDS = {
    "pg_authid": "roles",
    "pg_auth_members": "memberships",
    "pg_db_role_setting": "settings of roles or databases",
    "pg_parameter_acl": "grants on parameters",
    "pg_shdescription": "comments on roles, databases or tablespaces",
    "pg_tablespace": "tablespaces",
}
_WRITTEN = """
SELECT c.relname::text FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.database = 0
  AND l.mode = 'RowExclusiveLock' AND c.relname = ANY (%s) ORDER BY 1"""
_SETTINGS = """
SELECT s.setdatabase, s.setrole, s.setconfig::text FROM pg_catalog.pg_db_role_setting s
WHERE s.setdatabase NOT IN (
    SELECT d.oid FROM pg_catalog.pg_database d
    WHERE pg_catalog.starts_with(d.datname::text, 'switchback_'))
ORDER BY 1, 2"""
"""Those that are no sandbox's: another worker's may have some of its own at any time."""
_ALONE = ("ALTER SYSTEM", "CREATE DATABASE", "CREATE TABLESPACE", "DROP DATABASE", "DROP TABLESPACE")
"""Statements that change the server and cannot run within a transaction; the refusal begins so."""
_SOURCES = frozenset({"user.c", "tablespace.c"})
"""Files of PostgreSQL that raise what is wrong with roles, memberships and tablespaces alone."""


class ForeignServer(ServerState):
    """A server that the user named."""

    @contextmanager
    def watched(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Refuse what is done inside on ``connection`` where it changes the server.

        Raises :class:`BelongsToTheServer`, also in place of what PostgreSQL says against such a change.
        """
        watch = _Watch(connection)
        connection.commit = watch.commit  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(watch.statement):
                yield
        except BaseException as error:
            raised = _raised_by(error)
            if raised is None:
                raise
            raise BelongsToTheServer(raised) from error
        finally:
            del connection.commit


def _raised_by(error: BaseException | None) -> str | None:
    """Return what PostgreSQL said, if that is about roles, memberships or tablespaces."""
    while error is not None:
        if isinstance(error, psycopg.Error) and error.diag.source_file in _SOURCES:
            return error.diag.message_primary or "roles"
        error = error.__cause__
    return None


class _Watch:
    """One step on one connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._commit = connection.commit
        connection.ensure_connection()
        self._settings = self._ask(_SETTINGS)

    def commit(self) -> None:
        """Commit, unless the transaction wrote what is the server's."""
        try:
            self._refuse()
        except BelongsToTheServer:
            self._connection.rollback()
            raise
        self._commit()

    def statement(
        self, execute: Callable[..., Any], statement: str, params: Any, many: bool, context: Any
    ) -> Any:
        """Run a statement; one that would be a transaction of its own is checked before it is committed."""
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
                self._refuse()
            return result
        except Error as error:
            if not isinstance(error.__cause__, errors.ActiveSqlTransaction):
                raise
            said = error.__cause__.diag.message_primary or ""
            if said.startswith(_ALONE):
                raise BelongsToTheServer(" ".join(said.split()[:2])) from error
        # CREATE INDEX CONCURRENTLY, VACUUM and the like, which want no transaction.
        return execute(statement, params, many, context)

    def _refuse(self) -> None:
        inner = self._connection.connection
        if inner is None or inner.info.transaction_status != pq.TransactionStatus.INTRANS:
            return
        written = [name for (name,) in self._ask(_WRITTEN, list(_WORDS))]
        if "pg_db_role_setting" in written and self._ask(_SETTINGS) == self._settings:
            # Those of a sandbox go with it.
            written.remove("pg_db_role_setting")
        if written:
            raise BelongsToTheServer(", ".join(word for name, word in _WORDS.items() if name in written))

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection.connection.cursor() as cursor:
            cursor.execute(query, values or None)
            return [tuple(row) for row in cursor.fetchall()]
