"""Collects the statements that a migration sends, without their values, with the rows that they write."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from django.db.backends.base.base import BaseDatabaseWrapper
from sqlparse import tokens
from sqlparse.lexer import tokenize

from django_switchback.evidence import SentStatement
from django_switchback.worker.migrate.statements.operation_statements import (
    NEITHER,
    READS,
    WRITES,
    first_word,
    running_operation,
    statement_text,
)
from django_switchback.worker.migrate.steps import StepResult
from django_switchback.worker.project.describe import is_data

_TRANSACTION_CONTROL = NEITHER - {"SET", "RESET"}
_READS = READS - {"LOCK"}
_WRITES_ROWS = WRITES | {"REPLACE"}
_MOVES_DATA = _WRITES_ROWS | _READS | {"WITH", "VALUES"}
_REDACTED = "…"


class SentStatements:
    """An ``execute_wrapper`` that collects statements in their order; repetitions are counted.

    Left out: savepoints, reads of the schema editor, and queries of models without a lock. Equal statements
    of one data operation are told together, where the first was sent.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._statements: list[SentStatement] = []
        self._places: dict[tuple[str, int], int] = {}

    def collect(self, step: Callable[[], Any]) -> None:
        """Collect the statements of ``step``, which is run."""
        with self._connection.execute_wrapper(self):
            step()

    def added_to(self, action: Callable[[], StepResult]) -> StepResult:
        """Return the result of ``action`` with the statements that it sent through :meth:`collect`."""
        return msgspec.structs.replace(action(), statements=tuple(self._statements))

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute one statement, and collect it if it succeeds."""
        result = execute(sql, params, many, context)
        text = statement_text(sql, self._connection).strip().rstrip(";")
        running = running_operation(sys._getframe(1))
        data = running is not None and is_data(running.operation)
        if _changes_something(text, data=data, by_models=running is not None and running.by_models):
            rows = max(context["cursor"].rowcount, 0) if first_word(text) in _WRITES_ROWS else None
            self._add(without_literals(text), rows, id(running.operation) if running and data else None)
        return result

    def _add(self, text: str, rows: int | None, operation: int | None) -> None:
        last = len(self._statements) - 1
        if operation is not None:
            place = self._places.setdefault((text, operation), last + 1)
        else:
            place = last if last >= 0 and self._statements[last].sql == text else last + 1
        if place > last:
            self._statements.append(SentStatement(text, rows=rows))
            return
        known = self._statements[place]
        together = None if rows is None else rows + (known.rows or 0)
        self._statements[place] = SentStatement(text, known.count + 1, together)


def without_literals(sql: str) -> str:
    """Return a statement that moves data without its texts and numbers, by sqlparse's lexer.

    Others are returned as they are: literals in a change of the schema come from the project's code.
    """
    if first_word(sql) not in _MOVES_DATA:
        return sql
    # sqlparse has no types.
    parts: Iterable[tuple[Any, str]] = tokenize(sql)  # type: ignore[no-untyped-call]
    return "".join(_REDACTED if _is_value(kind) else text for kind, text in parts)


def _is_value(kind: Any) -> bool:
    # NOTE: a quoted name is a literal too, for sqlparse.
    return kind in tokens.Literal and kind not in tokens.Literal.String.Symbol


def _changes_something(sql: str, *, data: bool, by_models: bool) -> bool:
    word = first_word(sql)
    if word == "PRAGMA":
        return "=" in sql
    if word in _READS and (by_models or not data):
        return "FOR UPDATE" in sql.upper()
    return bool(word) and word not in _TRANSACTION_CONTROL
