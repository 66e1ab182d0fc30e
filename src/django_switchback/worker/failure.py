"""The one place that turns an exception of the project's code into evidence."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.transaction import TransactionManagementError

from django_switchback.evidence import Failure
from django_switchback.worker.replacements.missing_features import replaced_setting

MESSAGE_LENGTH = 4_000
TRACEBACK_LENGTH = 12_000


class TransactionLeftOpen(Exception):
    """A migration came to its end within a transaction of its own."""

    def __init__(self) -> None:
        super().__init__(
            "it leaves a transaction open: what it did, and the note that it did, are gone when migrate ends"
        )


class BelongsToTheServer(Exception):
    """A step would change, or failed at, objects that all databases of a server that is not ours share."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: it belongs to the whole server, which is not ours, so it is not rehearsed there"
        )
        self.what = what


def failure_of(error: BaseException) -> Failure:
    """Return what ``error`` says, shortened; the database's SQLSTATE where it has one."""
    cause = _original_exception(error)
    return Failure(
        type=type(cause).__qualname__,
        message=_shorten(_said(cause).strip() or type(cause).__qualname__, MESSAGE_LENGTH),
        sqlstate=_sqlstate(cause),
        traceback=_shorten("".join(traceback.format_exception(error)), TRACEBACK_LENGTH),
        operation=_operation(cause.__traceback__),
        irreversible=isinstance(cause, IrreversibleError),
        replaced=replaced_setting(cause),
        of_server=cause.what if isinstance(cause, BelongsToTheServer) else "",
    )


def _original_exception(error: BaseException) -> BaseException:
    """Return what was raised first where ``error`` only says that the transaction was broken by then.

    SQLite's schema editor checks constraints as it is left, whatever it is left with: what a migration raised
    inside of it is the context of that (django/db/backends/sqlite3/schema.py).
    """
    while isinstance(error, TransactionManagementError) and error.__context__ is not None:
        error = error.__context__
    return error


def _said(error: BaseException) -> str:
    """Return the message of ``error``, or that there is none since asking for it raises."""
    try:
        return str(error)
    except Exception as other:
        return f"its message cannot be told: __str__ raises {type(other).__qualname__}"


def _shorten(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]}\n[…]\n{text[-half:]}"


def _sqlstate(error: BaseException) -> str | None:
    while error.__cause__ is not None:
        error = error.__cause__
    state: Any = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else None


def _operation(trace: TracebackType | None) -> str | None:
    """Return the description of the operation that was under way in ``Migration.apply`` or ``unapply``."""
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code in (Migration.apply.__code__, Migration.unapply.__code__):
            operation = frame.f_locals.get("operation")
            return None if operation is None else description_of(operation)
        trace = trace.tb_next
    return None


def description_of(operation: Operation) -> str:
    """Return how ``operation`` describes itself, by its kind where that raises."""
    try:
        return operation.formatted_description()
    except Exception:
        # It is the project's own, and may describe itself by what raises.
        return type(operation).__qualname__
