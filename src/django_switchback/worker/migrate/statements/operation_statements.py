"""Counts the statements of a step, and what each data operation wrote: rows, and sequences that it set."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration
from django.db.migrations.operations import RunPython
from django.db.migrations.operations.base import Operation
from django.db.models.sql.compiler import SQLCompiler

from django_switchback.evidence import OperationRan
from django_switchback.untrusted_text import contains_word
from django_switchback.worker.migrate.statements.sequence_states import SequenceStates, read_sequence_states

_AT_COMMIT = BaseDatabaseWrapper.run_and_clear_commit_hooks.__code__
_STEPS = frozenset({Migration.apply.__code__, Migration.unapply.__code__})
WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"})
"""PostgreSQL command tags that end in the number of rows written."""
READS = frozenset({"SELECT", "DECLARE", "FETCH", "SHOW", "EXPLAIN", "LOCK"})
NEITHER = frozenset({"SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET", "RESET", "CLOSE"})
"""Statements that control the session or the transaction."""
UPKEEP = frozenset({"VACUUM", "ANALYZE", "REINDEX", "REFRESH", "CLUSTER", "CHECKPOINT", "LOCK"})
"""Statements that change neither rows nor the schema, whatever rows there are."""


class OperationStatements:
    """An ``execute_wrapper`` that counts all statements, and those of each of ``operations``.

    The running operation is read from the frames of ``Migration.apply``: Django is not patched. Statements of
    functions that were registered with ``on_commit`` count for the last operation in Python.
    """

    def __init__(self, connection: BaseDatabaseWrapper, operations: Mapping[int, Operation]) -> None:
        self.total = 0
        self._connection = connection
        self._operations = {id(operation): index for index, operation in operations.items()}
        in_python = (item for item in reversed(tuple(operations.values())) if isinstance(item, RunPython))
        self._at_commit = next(in_python, None)
        self._results: dict[int, OperationRan] = {}
        self._last: int | None = None
        self._changes = 0
        self._sequences: tuple[int, SequenceStates] | None = None
        """The operation that may set a sequence, and the states before its first such statement."""

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute one statement, and record its operation and the rows it wrote."""
        self.total += 1
        running = running_operation(sys._getframe(1), self._at_commit) if self._operations else None
        index = None if running is None else self._operations.get(id(running.operation))
        self._assign_changes(index)
        self._assign_sequences(index)
        text = statement_text(sql, self._connection) if index is not None else ""
        if index is not None and running is not None and not running.by_models:
            self._before_raw_statement(index, text)
        result = execute(sql, params, many, context)
        if index is not None and running is not None:
            written, unknown = self._effect(text, many, context["cursor"], by_models=running.by_models)
            session = first_words(text) <= NEITHER | UPKEEP
            self._add(index, int(not session), written, unknown=unknown, session=int(session))
        return result

    def results(self) -> tuple[OperationRan, ...]:
        """Return the counts of each operation that executed a statement."""
        self._assign_changes(None)
        self._assign_sequences(None)
        return tuple(self._results[index] for index in sorted(self._results))

    def _add(
        self,
        index: int,
        statements: int,
        written: int,
        *,
        unknown: bool,
        sequences: bool = False,
        session: int = 0,
    ) -> None:
        before = self._results.get(index, OperationRan(index))
        self._results[index] = OperationRan(
            index,
            statements=before.statements + statements,
            written=before.written + written,
            unknown=before.unknown or unknown,
            sequences=before.sequences or sequences,
            session=before.session + session,
        )

    def _before_raw_statement(self, index: int, sql: str) -> None:
        """Read the sequences before the first statement of an operation that may call a function."""
        if self._sequences is None and first_word(sql) not in WRITES | NEITHER | UPKEEP:
            states = read_sequence_states(self._connection)
            self._sequences = None if states is None else (index, states)

    def _assign_sequences(self, index: int | None) -> None:
        """Note whether an operation set a sequence once that of another ``index`` follows it."""
        if self._sequences is None or self._sequences[0] == index:
            return
        (ended, before), self._sequences = self._sequences, None
        after = read_sequence_states(self._connection)
        if after is not None and after != before:
            self._add(ended, 0, 0, unknown=False, sequences=True)

    def _assign_changes(self, index: int | None) -> None:
        """Add the rows that SQLite counted since the last statement to the operation that executed it."""
        raw = self._connection.connection
        changes = getattr(raw, "total_changes", None)
        if not isinstance(changes, int):
            return
        if self._last is not None and changes > self._changes:
            self._add(self._last, 0, changes - self._changes, unknown=False)
        self._last, self._changes = index, changes

    def _effect(self, sql: str, many: bool, cursor: Any, *, by_models: bool) -> tuple[int, bool]:
        """Return the number of rows a statement wrote, and whether it may have written more."""
        if self._connection.vendor == "sqlite":
            # The connection counts rows; all other statements change the schema.
            return 0, first_word(sql) not in {*WRITES, *READS, *NEITHER, "REPLACE", "PRAGMA", "WITH"}
        tag = (getattr(cursor, "statusmessage", None) or first_word(sql)).split()
        kind = tag[0].upper() if tag else ""
        if kind in WRITES:
            several = ";" in sql.rstrip("; \n\t")
            count = cursor.rowcount if many or not tag[-1].isdigit() else int(tag[-1])
            return max(count, 0), several
        # Raw SQL may call a function that writes; queries of models do not.
        return 0, kind not in NEITHER and not (kind in READS and by_models)


class RunningOperation:
    """The ``operation`` that executes a statement; ``by_models``: through a query of a model."""

    def __init__(self, operation: Any, *, by_models: bool) -> None:
        self.operation = operation
        self.by_models = by_models


def running_operation(frame: FrameType | None, at_commit: Operation | None = None) -> RunningOperation | None:
    """Return the operation that executes a statement, from the frames of ``Migration.apply`` above it.

    It is ``at_commit`` if an ``on_commit`` function executes it.
    """
    by_models = False
    while frame is not None:
        if frame.f_code in _STEPS:
            return RunningOperation(frame.f_locals.get("operation"), by_models=by_models)
        if frame.f_code is _AT_COMMIT:
            return RunningOperation(at_commit, by_models=by_models)
        by_models = by_models or frame.f_code is SQLCompiler.execute_sql.__code__
        frame = frame.f_back
    return None


def statement_text(sql: Any, connection: BaseDatabaseWrapper) -> str:
    """Return a statement as text: drivers take bytes and composed statements (``psycopg.sql``) too."""
    if isinstance(sql, bytes):
        return sql.decode(errors="replace")
    compose = getattr(sql, "as_string", None)
    return str(sql) if compose is None else str(compose(connection.connection))


def first_word(sql: str) -> str:
    """Return the first word of a statement in capitals; an empty text if there is none."""
    return sql.split(None, 1)[0].upper() if sql.strip() else ""


def first_words(sql: str) -> set[str]:
    """Return the first words of the statements in ``sql`` in capitals."""
    return {first_word(statement) for statement in sql.split(";")} - {""}


def writes(sql: str) -> bool:
    """Return whether SQL may write: one of its statements does more than read, or control the session."""
    return bool(first_words(sql) - NEITHER - READS - {"PRAGMA"})


def is_named(name: str, sql: str) -> bool:
    """Return whether ``sql`` has the word ``name`` in any letter case, not only a longer one with it."""
    return contains_word(sql.lower(), name.lower())
