"""Reads the constants of one migration's data operations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation

from django_switchback.worker.seed.constants.calls import Arguments
from django_switchback.worker.seed.constants.choices import ChoiceRecorder
from django_switchback.worker.seed.constants.functions import code_of
from django_switchback.worker.seed.constants.interface import MigrationConstants
from django_switchback.worker.seed.constants.sql import choices_in_sql, dialect_of
from django_switchback.worker.seed.constants.statements import FunctionReader


def constants_of_operations(
    operations: Iterable[Operation], vendor: str, *, reverse: bool = False
) -> MigrationConstants:
    """Return the choices of rows that ``operations`` make by constants, forward or in ``reverse``."""
    recorder = ChoiceRecorder()
    for operation in operations:
        _read(operation, dialect_of(vendor), recorder, reverse=reverse)
    return recorder.constants()


def _read(operation: Operation, dialect: str, recorder: ChoiceRecorder, *, reverse: bool) -> None:
    match operation:
        case ops.RunPython():
            _read_function(operation.reverse_code if reverse else operation.code, dialect, recorder)
        case ops.RunSQL():
            for text, parameters in _statements(operation.reverse_sql if reverse else operation.sql):
                choices_in_sql(text, parameters, dialect, recorder)
        case ops.SeparateDatabaseAndState():
            for inner in operation.database_operations:
                _read(inner, dialect, recorder, reverse=reverse)


def _read_function(function: Any, dialect: str, recorder: ChoiceRecorder) -> None:
    code = None if function is None else code_of(function)
    if code is not None:
        FunctionReader(code, Arguments([], {}), recorder, dialect).read()


def _statements(sql: Any) -> Iterable[tuple[str, Any]]:
    """Return the statements of ``RunSQL`` with their parameters."""
    for item in [sql] if isinstance(sql, str) else sql or ():
        if isinstance(item, str):
            yield item, None
        elif len(item) == 2:
            yield str(item[0]), item[1]
