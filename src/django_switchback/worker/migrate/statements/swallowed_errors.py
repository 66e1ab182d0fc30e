"""Finds transactions of reverse operations that end in a rollback although ``migrate`` is told nothing of it.

A reverse that catches a database error leaves its transaction aborted. At its end, PostgreSQL turns COMMIT
into ROLLBACK, and Django rolls back if ``needs_rollback`` is set (``django/db/transaction.py``); neither
raises. The migration is then recorded as rolled back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.db import DatabaseError, Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic

from django_switchback.worker.failure import SwallowedError
from django_switchback.worker.migrate.statements.operation_statements import running_operation, statement_text

_ABORTED = 3
"""libpq's status of a transaction in which a statement has failed."""
_ENDS = ("commit", "rollback", "savepoint_rollback")


@contextmanager
def swallowed_errors_raised(
    connection: BaseDatabaseWrapper, restore: Callable[[], None], *, nested: bool, atomic: bool = True
) -> Iterator[None]:
    """Raise :class:`SwallowedError` after the block, and call ``restore`` before, if it swallowed an error.

    ``nested``: the block runs within an outer transaction, so that its own ends in a savepoint. Unless
    ``atomic``, it has several transactions, of which it may roll one back by ``set_rollback``.
    """
    watch = _TransactionWatch(connection, nested=nested, atomic=atomic)
    try:
        with watch.watching():
            yield
    except DatabaseError as error:
        # At the end of an aborted transaction, PostgreSQL says nothing; at that of a savepoint, it raises.
        if nested and watch.caught is not None:
            raise watch.caught from error
        raise
    if watch.swallowed is not None:
        restore()
        raise watch.swallowed


class _TransactionWatch:
    """Watches the ends of transactions; ``swallowed`` is the error behind a silent rollback."""

    def __init__(self, connection: BaseDatabaseWrapper, *, nested: bool, atomic: bool) -> None:
        self._connection = connection
        self._atomic = atomic
        self._depth = len(connection.savepoint_ids) if nested else None
        self.caught: SwallowedError | None = None
        """The first error since the transaction was last sound, which no savepoint has undone."""
        self.swallowed: SwallowedError | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch statements and the ends of transactions in the block."""
        own = vars(self._connection)
        before = {name: own[name] for name in _ENDS if name in own}
        commit, rollback, to_savepoint = (getattr(self._connection, name) for name in _ENDS)
        own["commit"] = lambda: self._commit(commit)
        own["rollback"] = lambda: self._rollback(rollback)
        own["savepoint_rollback"] = lambda sid: self._rollback(lambda: to_savepoint(sid), savepoint=True)
        try:
            with self._connection.execute_wrapper(self):
                yield
        finally:
            for name in _ENDS:
                del own[name]
            own.update(before)

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute one statement, and keep its error until the transaction is sound again."""
        try:
            result = execute(sql, params, many, context)
        except Error as error:
            if self._connection.in_atomic_block and self.caught is None:
                running = running_operation(sys._getframe(1))
                operation = None if running is None else running.operation
                self.caught = SwallowedError(error, statement_text(sql, self._connection), operation)
            raise
        if self.caught is not None and not self._is_aborted():
            self.caught = None
        return result

    def _commit(self, commit: Callable[[], None]) -> None:
        if self._is_aborted():
            self._is_silent()
        self.caught = None
        commit()

    def _rollback(self, rollback: Callable[[], None], *, savepoint: bool = False) -> None:
        outermost = not savepoint or len(self._connection.savepoint_ids) == self._depth
        if outermost and (self._atomic or self.caught) and _is_without_exception(sys._getframe(2)):
            self._is_silent()
        if outermost:
            self.caught = None
        rollback()

    def _is_silent(self) -> None:
        self.swallowed = self.swallowed or self.caught or SwallowedError()

    def _is_aborted(self) -> bool:
        raw = self._connection.connection
        if raw is None:
            return False
        if self._connection.needs_rollback:
            return True
        if self._connection.vendor == "postgresql":
            return bool(raw.info.transaction_status == _ABORTED)
        # SQLite itself rolls back at some errors (``INSERT OR ROLLBACK``).
        return self.caught is not None and not raw.in_transaction


def _is_without_exception(frame: FrameType) -> bool:
    """Return whether ``frame`` is the end of an ``atomic`` block that no exception has left."""
    return frame.f_code is Atomic.__exit__.__code__ and frame.f_locals.get("exc_type") is None
