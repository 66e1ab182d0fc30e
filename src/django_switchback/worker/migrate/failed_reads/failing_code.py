"""Finds the expression of a migration's own file in which a step failed."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NamedTuple, TypeAlias

import django
from django.db import models
from django.db.migrations.migration import Migration

_DJANGO = str(Path(django.__file__).parent)
_ORM = str(Path(_DJANGO, "db"))
_COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
_Position: TypeAlias = tuple[int | None, ...]
"""First and last line, first and last column."""


class FailingCode(NamedTuple):
    """The expression that failed, its statement and function, and the frames of its file, last one first."""

    node: ast.expr
    statement: ast.stmt
    function: ast.AST
    frames: tuple[FrameType, ...]

    @property
    def names(self) -> dict[str, Any]:
        """The local variables, those around a comprehension included."""
        names: dict[str, Any] = {}
        for frame in self.frames:
            names = {**frame.f_locals, **names}
            if frame.f_code.co_name not in _COMPREHENSIONS:
                break
        return names

    @property
    def rows(self) -> list[models.Model]:
        """The rows that the code has at hand."""
        values = (value for frame in self.frames for value in frame.f_locals.values())
        return [value for value in values if isinstance(value, models.Model)]

    def assigned(self, names: set[str]) -> Iterator[tuple[ast.expr, str]]:
        """Yield what the function assigns to single variables among ``names``."""
        for node in ast.walk(self.function):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                    yield value, name


def failing_code(trace: TracebackType | None) -> FailingCode | None:
    """Return the last expression in the migration's own file; ``None`` if it asked the database."""
    steps = list(_after_apply(trace))
    own = next((_file(step) for step in steps if not _file(step).startswith(_DJANGO)), None)
    places = [place for place, step in enumerate(steps) if _file(step) == own]
    if own is None or not places:
        return None
    last = places[-1]
    if any(_file(step).startswith(_ORM) for step in steps[last + 1 :]):
        return None
    found = _at(steps[last])
    frames = tuple(steps[place].tb_frame for place in reversed(places))
    return None if found is None else FailingCode(*found, frames)


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


def _at(step: TracebackType) -> tuple[ast.expr, ast.stmt, ast.AST] | None:
    """Return the expression that the step of a traceback was evaluating; ``None`` for other statements."""
    code = step.tb_frame.f_code
    position = next(islice(code.co_positions(), step.tb_lasti // 2, None), None)
    return None if position is None else _expressions(code.co_filename).get(position)


@cache
def _expressions(file: str) -> dict[_Position, tuple[ast.expr, ast.stmt, ast.AST]]:
    """Return the expressions in ``file`` by position, with their statements and functions."""
    try:
        with tokenize.open(file) as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError):
        return {}
    return {
        (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset): (node, statement, function)
        for node, statement, function in _walk(tree, None, tree)
    }


def _walk(
    node: ast.AST, statement: ast.stmt | None, function: ast.AST
) -> Iterator[tuple[ast.expr, ast.stmt, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        inner = child if isinstance(child, ast.stmt) else statement
        if isinstance(child, ast.expr) and inner is not None:
            yield child, inner, function
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _walk(child, inner, child if is_function else function)
