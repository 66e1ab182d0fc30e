"""Finds where an operation in Python or SQL commits on its way, and ends the step after such a commit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation

from django_switchback.worker.migrate.interruption import StepInterrupted
from django_switchback.worker.migrate.statements.operation_statements import (
    NEITHER,
    READS,
    first_word,
    running_operation,
    statement_text,
)

_SQL_CHARACTERS = 2000
_IDLE = 0
"""``transaction_status`` of psycopg 2 and 3 outside of a transaction, and before its first statement."""


class CommittedWrite(NamedTuple):
    """A statement that is committed before its operation, the one with the index ``place``, ends."""

    place: int
    sql: str


class CommitsWithin:
    """An ``execute_wrapper`` that collects the commits within operations: of equal statements, the first.

    Only if the operation writes once more: otherwise it is done. ``operations`` are those in Python or SQL,
    by their place. With ``end_after``, the next statement after that commit that writes raises, as do all
    that follow it: code that catches the exception does nothing more than a killed process.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        operations: Mapping[int, Operation],
        end_after: CommittedWrite | None = None,
    ) -> None:
        self._connection = connection
        self._places = {id(operation): place for place, operation in operations.items()}
        self._end_after = end_after
        self._written: CommittedWrite | None = None
        self._committed: CommittedWrite | None = None
        self.found: list[CommittedWrite] = []
        self.texts: set[str] = set()
        """The statements of the operations."""
        self.ended = False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute one statement, unless the step has ended before it."""
        text = statement_text(sql, self._connection)
        writes = first_word(text) not in NEITHER | READS | {"PRAGMA"}
        if self._written is not None and not self._is_in_transaction():
            self._committed, self._written = self._written, None
        running = running_operation(sys._getframe(1))
        place = None if running is None else self._places.get(id(running.operation))
        if place is not None:
            self.texts.add(text)
            if writes:
                self._before_write(place)
        if self.ended and first_word(text) not in NEITHER:
            raise StepInterrupted
        result = execute(sql, params, many, context)
        if writes and place is not None:
            self._written = CommittedWrite(place, text[:_SQL_CHARACTERS])
        return result

    def _before_write(self, place: int) -> None:
        committed, self._committed = self._committed, None
        if committed is None or committed.place != place or committed in self.found:
            return
        self.found.append(committed)
        self.ended = self.ended or committed == self._end_after

    def _is_in_transaction(self) -> bool:
        raw: Any = self._connection.connection
        if self._connection.vendor == "sqlite":
            return bool(raw.in_transaction)
        return bool(raw.info.transaction_status != _IDLE)
