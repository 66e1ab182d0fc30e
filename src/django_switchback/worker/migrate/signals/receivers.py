"""Finds the project's own receivers of ``pre_migrate`` and ``post_migrate``, and the statements they send."""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import CodeType, FrameType
from typing import Any, Literal, TypeAlias

from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import Signal
from django.dispatch.dispatcher import NONE_ID

from django_switchback.worker.migrate.statements.operation_statements import statement_text

MigrateSignal: TypeAlias = Literal["pre_migrate", "post_migrate"]
Observe: TypeAlias = Callable[[MigrateSignal], AbstractContextManager[None]]
"""Opens a block around the receivers of a signal, to compare the database before and after them."""

SIGNALS: Mapping[MigrateSignal, Signal] = {"pre_migrate": pre_migrate, "post_migrate": post_migrate}
ROW_STATEMENTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPOINT", "RELEASE", "BEGIN"})
_WRITES_NOTHING = frozenset({"SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK", "SET", "SHOW", "EXPLAIN"})


def own_receivers(signal: MigrateSignal) -> dict[int, str]:
    """Return the names of all receivers of ``signal`` except Django's, by the ``id`` of their code.

    Code objects of different functions may be equal.
    """
    found = {}
    for receiver in live_receivers(SIGNALS[signal]):
        function = called_function(receiver)
        code = getattr(function, "__code__", None)
        module = getattr(function, "__module__", None) or ""
        if isinstance(code, CodeType) and module.partition(".")[0] != "django":
            found[id(code)] = f"{module}.{getattr(function, '__qualname__', code.co_name)}"
    return found


def live_receivers(signal: Signal, *, for_all_senders: bool = False) -> Iterator[Any]:
    """Yield the receivers of ``signal``, or only those that are called whoever sends it."""
    for entry in signal.receivers:
        if for_all_senders and entry[0][1] != NONE_ID:
            continue
        receiver = entry[1]
        alive = receiver() if isinstance(receiver, weakref.ReferenceType) else receiver
        if alive is not None:
            yield alive


def called_function(receiver: Any) -> Any:
    """Return the function that a call of ``receiver`` runs: of a method, a partial or a callable object."""
    while isinstance(receiver, functools.partial):
        receiver = receiver.func
    if hasattr(receiver, "__func__"):
        return receiver.__func__
    return receiver if hasattr(receiver, "__code__") else type(receiver).__call__


def receiver_of(error: BaseException) -> str:
    """Return the name of the own receiver in whose call ``error`` was raised; empty if there is none."""
    own = {code: name for signal in SIGNALS for code, name in own_receivers(signal).items()}
    trace = error.__traceback__
    while trace is not None and id(trace.tb_frame.f_code) not in own:
        trace = trace.tb_next
    return "" if trace is None else own[id(trace.tb_frame.f_code)]


class ReceiverStatements:
    """An ``execute_wrapper`` that counts statements and notes those of ``own`` receivers that may write.

    The running receiver is read from the frames, as the signal calls it: Django is not patched.
    """

    def __init__(self, own: Mapping[int, str], before_writes: Callable[[], object] = tuple) -> None:
        self.total = 0
        self.schema_unchanged = True
        """Whether all statements are plainly about rows."""
        self.written: list[tuple[str, str]] = []
        """The statements of own receivers that may have written, each with the receiver's name."""
        self._own = own
        self._before_writes = before_writes
        self._is_paused = False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Note one statement and execute it; call ``before_writes`` before the first that may write."""
        if self._is_paused:
            return execute(sql, params, many, context)
        text = statement_text(sql, context["connection"])
        word = text.lstrip().partition(" ")[0].upper()
        self.total += 1
        self.schema_unchanged = self.schema_unchanged and word in ROW_STATEMENTS and ";" not in text
        if self._own and may_write(word, text):
            receiver = self._running_receiver(sys._getframe(1))
            if receiver is not None:
                if not self.written:
                    self._is_paused = True
                    self._before_writes()
                    self._is_paused = False
                self.written.append((receiver, text))
        return execute(sql, params, many, context)

    def _running_receiver(self, frame: FrameType | None) -> str | None:
        while frame is not None:
            name = self._own.get(id(frame.f_code))
            if name is not None:
                return name
            frame = frame.f_back
        return None


def may_write(word: str, text: str) -> bool:
    """Whether a statement may write: a query without a table calls a function, which may."""
    return word not in _WRITES_NOTHING and not (word == "SELECT" and "FROM" in text.upper().split())
