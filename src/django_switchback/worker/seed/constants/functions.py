"""Finds the syntax tree of a function in the file that it was defined in."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import tokenize
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeAlias

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class CodeOf(NamedTuple):
    """A function with its syntax tree, and the values of the names and parameters that it is called with."""

    node: FunctionNode
    file: str
    names: dict[str, Any]
    given: tuple[Any, ...]
    keywords: dict[str, Any]


def code_of(function: Callable[..., Any]) -> CodeOf | None:
    """Return the code of a function, method or ``partial``; ``None`` if its source is not available."""
    given: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    while isinstance(function, functools.partial):
        given, keywords = (*function.args, *given), {**function.keywords, **keywords}
        function = function.func
    if inspect.ismethod(function):
        given, function = (function.__self__, *given), function.__func__
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    node = _nodes(code.co_filename).get((code.co_name, code.co_firstlineno))
    if node is None:
        return None
    cells = zip(code.co_freevars, getattr(function, "__closure__", None) or (), strict=True)
    names = {**function.__globals__, **{name: _content(cell) for name, cell in cells}}
    return CodeOf(node, code.co_filename, names, given, keywords)


def words_of(function: Callable[..., Any]) -> frozenset[str]:
    """Return the names and texts in all functions of the file that ``function`` was defined in."""
    while isinstance(function, functools.partial):
        function = function.func
    code = getattr(inspect.unwrap(function), "__code__", None)
    return frozenset() if code is None else _words(code.co_filename)


@cache
def _words(file: str) -> frozenset[str]:
    found: set[str] = set()
    for node in (part for function in _nodes(file).values() for part in ast.walk(function)):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.keyword(arg=str(word)):
                found.add(word)
            case ast.Constant(value=str(text)):
                found.update(re.findall(r"\w+", text))
    return frozenset(part for word in found for part in (word, word.partition("__")[0]))


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None  # the name is not bound yet


@cache
def _nodes(file: str) -> dict[tuple[str, int], FunctionNode]:
    """Return the functions of ``file`` by name and first line, that of the first decorator."""
    try:
        with tokenize.open(file) as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError):
        return {}
    found: dict[tuple[str, int], FunctionNode] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name, line] = node
        elif isinstance(node, ast.Lambda):
            found.setdefault(("<lambda>", node.lineno), node)
    return found
