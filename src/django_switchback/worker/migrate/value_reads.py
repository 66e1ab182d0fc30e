"""Finds the values of rows that a data migration could not read: arguments of the call in it that raised."""

from __future__ import annotations

import ast
import builtins
import tokenize
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from inspect import isclass, ismodule
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NamedTuple
from uuid import UUID

import django
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist
from django.db import Error, models
from django.db.migrations.migration import Migration

from django_switchback.worker.failure import original_exception

_DJANGO = str(Path(django.__file__).parent)
_ORM = str(Path(_DJANGO, "db"))


_PLAIN = (int, float, complex, Decimal, Fraction, date, time, timedelta, UUID, Enum)


class ValueRead(NamedTuple):
    """A value that a call could not read; table and column where the code says whose it is."""

    value: str | bytes
    table: str = ""
    column: str = ""


def values_read_by(error: BaseException) -> tuple[ValueRead, ...]:
    """Return the texts of rows that the failed call in a migration's code was given.

    None if the code itself raises, computes with a text, makes a number or date of it, or asks the database:
    then it fails for what the row says, not since it cannot be read.
    """
    cause = original_exception(error)
    if isinstance(cause, Error | ObjectDoesNotExist | MultipleObjectsReturned):
        return ()
    return tuple(dict.fromkeys(_own_calls(cause.__traceback__)))


def _own_calls(trace: TracebackType | None) -> list[ValueRead]:
    """Return what the last call in the migration's own file was given."""
    steps = list(_after_apply(trace))
    own = next((_file(step) for step in steps if not _file(step).startswith(_DJANGO)), None)
    places = [place for place, step in enumerate(steps) if _file(step) == own]
    if own is None or not places:
        return []
    last = places[-1]
    if any(_file(step).startswith(_ORM) for step in steps[last + 1 :]):
        return []
    call, frame = _call_at(steps[last]), steps[last].tb_frame
    if call is None or _is_plain(_callee(call.func, frame)):
        return []
    return list(_values(call, frame))


def _after_apply(trace: TracebackType | None) -> Iterator[TracebackType]:
    """Yield the steps of the traceback below ``Migration.apply`` or ``unapply``."""
    found = False
    while trace is not None:
        if found:
            yield trace
        found = found or trace.tb_frame.f_code in (Migration.apply.__code__, Migration.unapply.__code__)
        trace = trace.tb_next


def _file(step: TracebackType) -> str:
    return step.tb_frame.f_code.co_filename


def _call_at(step: TracebackType) -> ast.Call | None:
    """Return the call that the step of a traceback was making; ``None`` if it is no call."""
    code = step.tb_frame.f_code
    position = next(islice(code.co_positions(), step.tb_lasti // 2, None), None)
    return None if position is None else _calls(code.co_filename).get(position)


@cache
def _calls(file: str) -> dict[tuple[int | None, ...], ast.Call]:
    """Return the calls in ``file`` by first and last line, first and last column."""
    try:
        with tokenize.open(file) as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError):
        return {}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {(node.lineno, node.end_lineno, node.col_offset, node.end_col_offset): node for node in calls}


def _values(call: ast.Call, frame: FrameType) -> Iterator[ValueRead]:
    """Yield the texts of rows among the arguments of ``call``, as they are or read by another call."""
    names = frame.f_locals
    rows = [value for value in names.values() if isinstance(value, models.Model)]
    for node in _arguments(call):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if isinstance(
                names.get(name), models.Model
            ):
                yield from _of_row(names[name], attribute)
            case ast.Name(id=name) if isinstance(names.get(name), str | bytes) and names[name]:
                yield _attributed(names[name], rows)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)):
                value = _item(names.get(name), key)
                if isinstance(value, str | bytes) and value:
                    yield _attributed(value, rows)


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments, and the object of a method; those of a call in place of its result."""
    receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    for node in (*receiver, *call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(node, ast.Call):
            yield from _arguments(node)
        else:
            yield node


def _is_plain(function: Any) -> bool:
    """Return whether ``function`` makes a number, date, UUID or choice of a text, which people type."""
    owner = function if isclass(function) else getattr(function, "__self__", None)
    return isclass(owner) and issubclass(owner, _PLAIN)


def _callee(node: ast.expr, frame: FrameType) -> Any:
    """Return what is called; ``None`` if it is no name, or an attribute of one."""
    if isinstance(node, ast.Name):
        known = {**vars(builtins), **frame.f_globals, **frame.f_locals}
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _callee(node.value, frame)
        return getattr(owner, node.attr, None) if ismodule(owner) or isclass(owner) else None
    return None


def _of_row(row: models.Model, attribute: str) -> Iterator[ValueRead]:
    value = row.__dict__.get(attribute)
    if isinstance(value, str | bytes) and value:
        for field in row._meta.local_concrete_fields:
            if field.attname == attribute:
                yield ValueRead(value, row._meta.db_table, str(field.column))


def _attributed(value: str | bytes, rows: list[models.Model]) -> ValueRead:
    """Return ``value`` as that of a row which the code has at hand, if one has it."""
    for row in rows:
        for field in row._meta.local_concrete_fields:
            if row.__dict__.get(field.attname) == value:
                return ValueRead(value, row._meta.db_table, str(field.column))
    return ValueRead(value)


def _item(container: Any, key: Any) -> Any:
    try:
        return container[key] if isinstance(container, dict | list | tuple) else None
    except (LookupError, TypeError):
        return None
