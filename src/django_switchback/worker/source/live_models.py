"""Finds where the data functions of a migration use live models in place of the historical ones."""

from __future__ import annotations

import ast
import inspect
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from importlib.util import resolve_name
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from django.apps import apps as registry
from django.contrib.auth import get_user_model
from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation
from django.db.models import Model
from django.db.models.manager import BaseManager

from django_switchback.evidence import LiveModelUse
from django_switchback.worker.seed.constants.functions import CodeOf, code_of

GETTERS = frozenset({"get_model", "get_models", "get_registered_model"})
_TYPE_CHECKS = frozenset({"isinstance", "issubclass"})
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))


def live_model_uses(operations: Iterable[Operation], root: Path) -> tuple[LiveModelUse, ...]:
    """Return where functions of ``operations`` use live models, in the order of the code.

    Functions of the project that they call are read too. Constants, managers' classes and exceptions of a
    model are not uses, nor are annotations. Paths are relative to ``root``.
    """
    finder = _Finder(root)
    for function in _functions(operations):
        finder.read(function)
    return tuple(dict.fromkeys(finder.uses))


def _functions(operations: Iterable[Operation]) -> Iterator[Callable[..., Any]]:
    for operation in operations:
        if isinstance(operation, ops.RunPython):
            yield from (code for code in (operation.code, operation.reverse_code) if code is not None)
        elif isinstance(operation, ops.SeparateDatabaseAndState):
            yield from _functions(operation.database_operations)


class _Finder:
    """Reads functions, and those that they call, each once."""

    def __init__(self, root: Path) -> None:
        self.uses: list[LiveModelUse] = []
        self._root = root
        self._package = ""
        self._read: set[ast.AST] = set()

    def read(self, function: Callable[..., Any]) -> None:
        """Collect the uses in a function that an operation runs."""
        self._package = getattr(function, "__module__", "").partition(".")[0]
        self._read_code(function)

    def _read_code(self, function: Callable[..., Any]) -> None:
        code = code_of(function)
        if code is None or code.node in self._read:
            return
        self._read.add(code.node)
        scope = _Scope(code)
        for node, parent in _expressions(code.node):
            value = scope.resolve(node)
            used = _use(node, parent, value)
            if used:
                self.uses.append(self._place(used, function, code, node))
            elif inspect.isfunction(value) and self._is_of_project(value):
                self._read_code(value)

    def _is_of_project(self, function: FunctionType) -> bool:
        if function.__module__.partition(".")[0] == self._package:
            return True
        return not function.__code__.co_filename.startswith(_LIBRARIES)

    def _place(self, used: str, function: Callable[..., Any], code: CodeOf, node: ast.expr) -> LiveModelUse:
        path = Path(code.file)
        return LiveModelUse(
            used=used,
            function=getattr(function, "__name__", type(function).__name__),
            path=str(path.relative_to(self._root)) if path.is_relative_to(self._root) else str(path),
            line=node.lineno,
        )


class _Scope:
    """The values that names have in a function, as far as they are known before it runs."""

    def __init__(self, code: CodeOf) -> None:
        self._names = {**code.names}
        for node in ast.walk(code.node):
            match node:
                case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    self._names[name] = None
                case ast.ExceptHandler(name=str(name)):
                    self._names[name] = None
        package = str(code.names.get("__package__") or "")
        for node in ast.walk(code.node):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._names.update(_imported(node, package))

    def resolve(self, node: ast.AST) -> object:
        """Return the value of a name or of an attribute of a module; ``None`` if it is not known."""
        match node:
            case ast.Name(id=name):
                return self._names.get(name)
            case ast.Attribute(value=base, attr=name):
                value = self.resolve(base)
                known = isinstance(value, ModuleType) or value is registry
                return getattr(value, name, None) if known else None
            case ast.Call(func=ast.Attribute(value=base, attr="get_app_config")):
                # The models of a configuration come from the registry too.
                return self.resolve(base)
        return None


def _imported(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, object]]:
    """Yield what an import in a function binds, of modules that are loaded."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or name, sys.modules.get(name)
        return
    try:
        source = resolve_name("." * node.level + (node.module or ""), package)
    except ImportError:
        return
    for alias in node.names:
        module = sys.modules.get(source)
        value = getattr(module, alias.name, sys.modules.get(f"{source}.{alias.name}"))
        yield alias.asname or alias.name, value


def _expressions(root: ast.AST) -> Iterator[tuple[ast.expr, ast.AST]]:
    """Yield each name and attribute below ``root`` with its parent, leaving annotations out."""
    for field, value in ast.iter_fields(root):
        if field in {"annotation", "returns"}:
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.Name | ast.Attribute):
                yield node, root
            if isinstance(node, ast.AST):
                yield from _expressions(node)


def _use(node: ast.expr, parent: ast.AST, value: object) -> str | None:
    """Return the live model that ``node`` uses, as it is written there, or ``None``."""
    called = isinstance(parent, ast.Call) and parent.func is node
    if called and value is get_user_model:
        return f"{ast.unparse(node)}()"
    if called and getattr(value, "__self__", None) is registry and isinstance(node, ast.Attribute):
        return f"{ast.unparse(node)}()" if node.attr in GETTERS else None
    if not _is_live(value):
        return None
    match parent:
        case ast.Attribute(attr=name):
            return f"{ast.unparse(node)}.{name}" if _reaches_rows(getattr(value, name, None)) else None
        case ast.Call(func=ast.Name(id=name)) if name in _TYPE_CHECKS:
            return None
    return ast.unparse(node)


def _is_live(value: object) -> bool:
    """Return whether ``value`` is a model class of the project as it is now."""
    return (
        isinstance(value, type)
        and issubclass(value, Model)
        and value is not Model
        and not value._meta.abstract
        and value._meta.apps is registry
    )


def _reaches_rows(attribute: object) -> bool:
    return isinstance(attribute, BaseManager) or inspect.isroutine(attribute)
