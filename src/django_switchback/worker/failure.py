"""Converts exceptions of the project's code to ``Failure`` evidence; no other module does."""

from __future__ import annotations

import traceback
from types import FrameType, TracebackType
from typing import Any, Literal

import msgspec
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.transaction import TransactionManagementError

from django_switchback.evidence import Failure
from django_switchback.worker.replacements.missing_features import replaced_setting

MESSAGE_LENGTH = 4_000
TRACEBACK_LENGTH = 12_000


class TransactionLeftOpen(Exception):
    """A migration finished with a transaction of its own still open."""

    def __init__(self) -> None:
        super().__init__(
            "it leaves a transaction open: its changes, and its record as applied, are lost when migrate ends"
        )


class BelongsToTheServer(Exception):
    """A step would change, or failed at, objects shared by all databases of the user's own server."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: it belongs to the whole server, which Switchback did not start, so it is not rehearsed"
        )
        self.what = what


class SwallowedError(Exception):
    """A reverse caught ``error``, which aborted its transaction; ``None``: it is unknown."""

    def __init__(
        self, error: Exception | None = None, statement: str = "", operation: Operation | None = None
    ) -> None:
        super().__init__("its transaction was rolled back without an exception")
        self.error = error
        self.statement = statement
        self.operation = operation


def failure_of(error: BaseException) -> Failure:
    """Convert ``error`` to a failure with its shortened message and traceback, and the SQLSTATE if any."""
    if isinstance(error, SwallowedError):
        return msgspec.structs.replace(
            _failure_of(error.error or error),
            swallowed=True,
            statement=_shorten(error.statement, MESSAGE_LENGTH),
            operation=None if error.operation is None else description_of(error.operation),
        )
    return _failure_of(error)


def _failure_of(error: BaseException) -> Failure:
    cause = original_exception(error)
    return Failure(
        type=type(cause).__qualname__,
        message=_shorten(_message_of(cause).strip() or type(cause).__qualname__, MESSAGE_LENGTH),
        sqlstate=_sqlstate(cause),
        traceback=_shorten("".join(traceback.format_exception(error)), TRACEBACK_LENGTH),
        operation=_operation(cause.__traceback__),
        irreversible=isinstance(cause, IrreversibleError),
        replaced=replaced_setting(cause),
        of_server=cause.what if isinstance(cause, BelongsToTheServer) else "",
        doubt=_doubt(cause),
    )


def original_exception(error: BaseException) -> BaseException:
    """Return the original exception if ``error`` only reports that the transaction is broken.

    SQLite's schema editor checks constraints on exit even after an exception, so the exception of the
    migration is the context of a ``TransactionManagementError`` (django/db/backends/sqlite3/schema.py).
    """
    while isinstance(error, TransactionManagementError) and error.__context__ is not None:
        error = error.__context__
    return error


def _message_of(error: BaseException) -> str:
    """Return the message of ``error``, or a placeholder if its ``__str__`` raises."""
    try:
        return str(error)
    except Exception as other:
        return f"message not available: __str__ raises {type(other).__qualname__}"


def _shorten(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]}\n[…]\n{text[-half:]}"


class UpdateSuppressed(Exception):
    """The update of a row that is there changed no row."""

    def __init__(self) -> None:
        super().__init__("a trigger or rule of the database suppresses the update: Model.save fails")


def _doubt(error: BaseException) -> Literal["", "trigger", "field"]:
    """Return who may have raised ``error`` on purpose: a trigger, or a field's class of the project's own."""
    driver = driver_error(error)
    by_trigger = (
        isinstance(error, UpdateSuppressed)
        or getattr(getattr(driver, "diag", None), "source_function", None) == "exec_stmt_raise"
        or getattr(driver, "sqlite_errorname", None) == "SQLITE_CONSTRAINT_TRIGGER"
    )
    if by_trigger:
        return "trigger"
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return "field" if any(map(_is_own_converter, frames)) else ""


def _is_own_converter(frame: FrameType) -> bool:
    """Return whether ``frame`` converts a value read from the database, in code that is not Django's."""
    module = str(frame.f_globals.get("__name__"))
    return frame.f_code.co_name == "from_db_value" and module.partition(".")[0] != "django"


def driver_error(error: BaseException) -> BaseException:
    """Return the database driver's exception that Django's ``error`` wraps, or ``error`` itself."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _sqlstate(error: BaseException) -> str | None:
    state: Any = getattr(driver_error(error), "sqlstate", None)
    return state if isinstance(state, str) else None


def _operation(trace: TracebackType | None) -> str | None:
    """Return the description of the operation that ``Migration.apply`` or ``unapply`` was running."""
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code in (Migration.apply.__code__, Migration.unapply.__code__):
            operation = frame.f_locals.get("operation")
            return None if operation is None else description_of(operation)
        trace = trace.tb_next
    return None


def description_of(operation: Operation) -> str:
    """Return the description of ``operation``, or its class name if describing it raises."""
    try:
        return operation.formatted_description()
    except Exception:
        # A project's own operation may raise anything in its description.
        return type(operation).__qualname__
