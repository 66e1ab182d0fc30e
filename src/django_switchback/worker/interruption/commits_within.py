"""Finds where operations commit on their way, and ends the step after such a commit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from django_switchback.worker.migrate.interruption import StepInterrupted
from django_switchback.worker.migrate.statements.operation_statements import (
    NEITHER,
    first_word,
    running_operation,
    statement_text,
    writes,
)
from django_switchback.worker.project.describe import is_data

_SQL_CHARACTERS = 2000
AT_THE_END = -1
"""The index of the statements that operations defer: Django sends them after all operations."""
_END = BaseDatabaseSchemaEditor.__exit__.__code__
_IDLE = 0
"""``transaction_status`` of psycopg 2 and 3 outside of a transaction, and before its first statement."""


class CommittedWrite(NamedTuple):
    """A statement that is committed before its operation, the one at ``operation_index``, ends.

    :data:`AT_THE_END`, it is committed before a deferred statement is sent.
    """

    operation_index: int
    sql: str


class CommitsWithin:
    """An ``execute_wrapper`` that collects the commits within ``operations``: of equal statements, the first.

    Only if the operation writes once more: otherwise it is done. With ``end_after``, the next statement after
    that commit that writes raises, as do all that follow it: code that catches the exception does nothing
    more than a killed process.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        operations: Sequence[Operation],
        end_after: CommittedWrite | None = None,
    ) -> None:
        self._connection = connection
        self._operations = operations
        self._indexes = {id(operation): index for index, operation in enumerate(operations)}
        self._end_after = end_after
        self._written: CommittedWrite | None = None
        self._committed: CommittedWrite | None = None
        self.found: list[CommittedWrite] = []
        self.texts: set[str] = set()
        """The statements of the operations in Python or SQL."""
        self.ended = False

    @property
    def found_in_data(self) -> list[CommittedWrite]:
        """The commits within operations in Python or SQL."""
        return [commit for commit in self.found if self._is_data(commit.operation_index)]

    @property
    def found_in_schema(self) -> list[CommittedWrite]:
        """The commits within Django's own operations, and before the statements that they defer."""
        return [commit for commit in self.found if not self._is_data(commit.operation_index)]

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute one statement, unless the step has ended before it."""
        text = statement_text(sql, self._connection)
        is_write = writes(text)
        if self._written is not None and not self._is_in_transaction():
            self._committed, self._written = self._written, None
        index = self._index_of(sys._getframe(1))
        if index is not None:
            if self._is_data(index):
                self.texts.add(text)
            if is_write:
                self._before_write(index)
        if self.ended and first_word(text) not in NEITHER:
            raise StepInterrupted
        result = execute(sql, params, many, context)
        if is_write and index is not None:
            self._written = CommittedWrite(index, text[:_SQL_CHARACTERS])
        return result

    def _index_of(self, frame: FrameType) -> int | None:
        """Return the index of the statement that is sent from ``frame``, ``None`` for any other."""
        running = running_operation(frame)
        if running is not None:
            return self._indexes.get(id(running.operation))
        caller: FrameType | None = frame
        while caller is not None and caller.f_code is not _END:
            caller = caller.f_back
        return None if caller is None else AT_THE_END

    def _is_data(self, index: int) -> bool:
        return index != AT_THE_END and is_data(self._operations[index])

    def _before_write(self, index: int) -> None:
        committed, self._committed = self._committed, None
        if committed is not None and index == AT_THE_END:
            committed = committed._replace(operation_index=index)
        if committed is None or committed.operation_index != index or committed in self.found:
            return
        self.found.append(committed)
        self.ended = self.ended or committed == self._end_after

    def _is_in_transaction(self) -> bool:
        raw: Any = self._connection.connection
        if self._connection.vendor == "sqlite":
            return bool(raw.in_transaction)
        return bool(raw.info.transaction_status != _IDLE)
