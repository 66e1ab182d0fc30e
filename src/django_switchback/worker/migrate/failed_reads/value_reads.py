"""Finds the values of rows that a data migration could not read: those in its expression that raised."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from inspect import isclass, ismodule
from types import FrameType
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist
from django.db import Error, models

from django_switchback.worker.failure import original_exception
from django_switchback.worker.migrate.failed_reads.document_reads import documents_read
from django_switchback.worker.migrate.failed_reads.failing_code import FailingCode, failing_code

_PLAIN = (int, float, complex, Decimal, Fraction, date, time, timedelta, UUID, Enum)
_SPLITTING = {"split", "rsplit"}
_EVALUATING = (ast.literal_eval, eval)


class ValueRead(NamedTuple):
    """A value that the code could not read; table and column where the code says whose it is.

    A text that the code takes apart has a ``separator`` and a number of ``parts``; with ``within``, each part
    is taken apart again. ``literal``: the code evaluates it as Python. ``moment`` is the format of
    a date or time.
    """

    value: Any
    table: str = ""
    column: str = ""
    separator: str = ""
    parts: int = 0
    within: str = ""
    literal: bool = False
    date_format: str = ""


def values_read_by(error: BaseException) -> tuple[ValueRead, ...]:
    """Return the texts and documents of rows that the failed expression in a migration's code read.

    None if the code itself raises, computes with text, makes a number or date of it (but for a format that
    the code names), or asks the database: then it fails for what the row says, not since it cannot be read.
    """
    cause = original_exception(error)
    if isinstance(cause, Error | ObjectDoesNotExist | MultipleObjectsReturned):
        return ()
    code = failing_code(cause.__traceback__)
    if code is None:
        return ()
    found = list(_texts_read(code, cause))
    if not found and isinstance(cause, LookupError | TypeError | AttributeError | ValueError):
        found = [ValueRead(*document) for document in documents_read(code)]
    return tuple({repr(value): value for value in found}.values())


def _texts_read(code: FailingCode, cause: BaseException) -> Iterator[ValueRead]:
    if isinstance(cause, ValueError | IndexError):
        yield from _taken_apart(code)
    if isinstance(code.node, ast.Call):
        function = _callee(code.node.func, code.frames[0])
        date_format = _date_format_of(function, code.node, code)
        if date_format or not _is_plain(function):
            for value in _values(_arguments(code.node), code):
                if value.value != date_format:
                    yield value._replace(literal=function in _EVALUATING, date_format=date_format)
    if isinstance(cause, AttributeError):
        match code.node:
            case ast.Attribute(value=ast.Call() as call):
                # A pattern that does not match returns nothing.
                yield from _values(_arguments(call), code)


def _taken_apart(code: FailingCode) -> Iterator[ValueRead]:
    """Yield the texts that the code splits, in the failed statement or for a variable of it."""
    names = {node.id for node in ast.walk(code.statement) if isinstance(node, ast.Name)}
    for source, target in [*code.assigned(names), (code.statement, None)]:
        for node in ast.walk(source):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=text, attr=name), args=[ast.Constant(value=str(separator)), *_]
                ) if name in _SPLITTING and separator.strip():
                    parts = _number_of_parts(code, node, target)
                    within = _separator_within(code, separator)
                    for value in _values([text], code):
                        yield value._replace(separator=separator, parts=parts, within=within)


def _separator_within(code: FailingCode, separator: str) -> str:
    """Return another separator, by which the function splits what a loop takes; empty without one."""
    nodes = list(ast.walk(code.function))
    loops = [node.target for node in nodes if isinstance(node, ast.For | ast.comprehension)]
    items = {target.id for target in loops if isinstance(target, ast.Name)}
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=item), attr=name),
                args=[ast.Constant(value=str(other)), *_],
            ) if name in _SPLITTING and item in items and other.strip() and other != separator:
                return other
    return ""


def _number_of_parts(code: FailingCode, call: ast.Call, variable: str | None) -> int:
    """Return into how many parts text is split, by the variables that they get or the numbers of items."""
    numbers = [2]
    for node in ast.walk(code.function):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=items)], value=value):
                source: ast.AST = value
                numbers += [len(items)] if _mentions(source, call, variable) else []
            case ast.Subscript(value=source, slice=ast.Constant(value=int(index))):
                numbers += [index + 1] if _mentions(source, call, variable) else []
    return max(numbers)


def _mentions(source: ast.AST, call: ast.Call, variable: str | None) -> bool:
    return any(
        node is call or (variable is not None and isinstance(node, ast.Name) and node.id == variable)
        for node in ast.walk(source)
    )


def _values(nodes: Iterable[ast.expr], code: FailingCode) -> Iterator[ValueRead]:
    """Yield the texts of rows among ``nodes``, as they are or read by another call."""
    names = code.names
    rows = [value for value in names.values() if isinstance(value, models.Model)]
    for node in nodes:
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
    """Yield the arguments, and the object of a method; those of a call in place of its result.

    So it is with what stands before and after ``or`` and ``and``, one of which is the argument.
    """
    receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    for argument in (*receiver, *call.args, *(keyword.value for keyword in call.keywords)):
        for node in argument.values if isinstance(argument, ast.BoolOp) else [argument]:
            if isinstance(node, ast.Call):
                yield from _arguments(node)
            else:
                yield node


def _is_plain(function: Any) -> bool:
    """Return whether ``function`` makes a number, date, UUID or choice of text, which people type."""
    owner = function if isclass(function) else getattr(function, "__self__", None)
    return isclass(owner) and issubclass(owner, _PLAIN)


def _date_format_of(function: Any, call: ast.Call, code: FailingCode) -> str:
    """Return the format by which ``strptime`` reads a date or time; empty for other functions."""
    if getattr(function, "__name__", "") != "strptime" or len(call.args) != 2:
        return ""
    match call.args[1]:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            known = {**code.frames[0].f_globals, **code.names}.get(name)
            return known if isinstance(known, str) else ""
    return ""


def _callee(node: ast.expr, frame: FrameType) -> Any:
    """Return what is called; ``None`` if it is not a name, or an attribute of one."""
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
