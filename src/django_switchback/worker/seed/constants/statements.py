"""Reads the statements of a data migration's function, and of the functions that it calls."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from importlib.util import resolve_name
from types import FunctionType, MethodType
from typing import Any

from django_switchback.worker.seed.constants.alternatives import as_rows
from django_switchback.worker.seed.constants.calls import Arguments, CallReader
from django_switchback.worker.seed.constants.choices import ChoiceRecorder
from django_switchback.worker.seed.constants.functions import CodeOf, FunctionNode, code_of
from django_switchback.worker.seed.constants.interface import MAX_ALTERNATIVES, Alternatives, Column

_MAX_DEPTH = 5
_LEAVING = (ast.Continue, ast.Return, ast.Raise, ast.Break)
_BLOCKS = ("body", "orelse", "finalbody")


class LocalFunction:
    """A function defined within another one."""

    def __init__(self, node: FunctionNode) -> None:
        self.node = node


class FunctionReader(CallReader):
    """Reads one function, and the functions of its own package that it calls."""

    def __init__(
        self, code: CodeOf, arguments: Arguments, recorder: ChoiceRecorder, dialect: str, depth: int = 0
    ) -> None:
        super().__init__(_parameters(code, arguments), code.names, recorder, dialect)
        self._code = code
        self._depth = depth
        self._returned: list[Any] = []

    def read(self) -> Alternatives:
        """Read the body of the function; return what it may return."""
        if isinstance(self._code.node, ast.Lambda):
            return self.evaluate(self._code.node.body)
        with self.recorder.each_alone():
            self._block(self._code.node.body)
        return tuple(self._returned[:MAX_ALTERNATIVES])

    def _block(self, statements: list[ast.stmt]) -> None:
        for index, statement in enumerate(statements):
            if isinstance(statement, ast.If):
                self._condition(statement, statements[index + 1 :] if _is_guard(statement) else [])
                if _is_guard(statement):
                    return
            elif isinstance(statement, ast.Assert):
                with self.recorder.ignored():
                    self.visit(statement)
            else:
                self.visit(statement)
                self._blocks_of(statement)

    def _condition(self, statement: ast.If, rest: list[ast.stmt]) -> None:
        """Read a condition; ``rest`` is what runs only where it does not hold."""
        with self.recorder.all_met():
            with self.recorder.ignored() if _refuses(statement) else nullcontext():
                self.evaluate(statement.test)
            with self.recorder.each_alone():
                self._block(statement.body)
                self._block(rest)
        self._block(statement.orelse)

    def _blocks_of(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return
        for name in _BLOCKS:
            self._block(getattr(statement, name, []))
        for handler in getattr(statement, "handlers", []):
            self._block(handler.body)

    def generic_visit(self, node: ast.AST) -> None:
        """Evaluate the expressions of a statement that nothing else is known of."""
        if isinstance(node, ast.stmt):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr | ast.withitem):
                    self.visit(child)

    def visit_Assign(self, node: ast.Assign) -> None:
        values = self.evaluate(node.value)
        for target in node.targets:
            self.bind(target, values)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            # Only what is loaded already: an import may do anything.
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            self._bind_name(alias.asname or name, sys.modules.get(name))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        package = str(self._code.names.get("__package__") or "")
        try:
            name = resolve_name("." * node.level + (node.module or ""), package)
        except ImportError:
            return
        for alias in node.names:
            value = getattr(sys.modules.get(name), alias.name, sys.modules.get(f"{name}.{alias.name}"))
            self._bind_name(alias.asname or alias.name, value)

    def _bind_name(self, name: str, value: Any) -> None:
        self.names[name] = () if value is None else (as_rows(value),)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.bind(node.target, self.evaluate(node.value))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.bind(node.target, self.elements(self.evaluate(node.iter)))

    visit_AsyncFor = visit_For

    def visit_withitem(self, node: ast.withitem) -> None:
        self.evaluate(node.context_expr)

    def visit_Return(self, node: ast.Return) -> None:
        self._returned += self.evaluate(node.value)

    def visit_Lambda(self, node: ast.Lambda) -> Alternatives:
        return (LocalFunction(node),)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.names[node.name] = (LocalFunction(node),)

    def visit_Match(self, node: ast.Match) -> None:
        subject = self.evaluate(node.subject)
        for case in node.cases:
            parts = [part for part in ast.walk(case.pattern) if isinstance(part, ast.MatchValue)]
            values = [value for part in parts for value in self.evaluate(part.value)]
            with self.recorder.all_met():
                for column in (item for item in subject if isinstance(item, Column)):
                    self.recorder.choose_column(column, values, "in")
                self.evaluate(case.guard)
                with self.recorder.each_alone():
                    self._block(case.body)

    def enter(self, function: Any, arguments: Arguments) -> Alternatives:
        if self._depth >= _MAX_DEPTH:
            return ()
        around: Mapping[str, Alternatives] = {}
        code: CodeOf | None = None
        if isinstance(function, LocalFunction):
            code, around = self._code._replace(node=function.node, given=(), keywords={}), self.names
        elif isinstance(function, FunctionType | MethodType) and self._is_near(function):
            code = code_of(function)
        if code is None:
            return ()
        reader = FunctionReader(code, arguments, self.recorder, self._dialect, self._depth + 1)
        reader.names = {**around, **reader.names}
        return reader.read()

    def _is_near(self, function: FunctionType | MethodType) -> bool:
        """Return whether ``function`` belongs to the same package as the migration."""
        own = str(self._code.names.get("__name__", "")).partition(".")[0]
        return str(function.__module__).partition(".")[0] == own


def _is_guard(statement: ast.If) -> bool:
    """Return whether what follows ``statement`` runs only where its negative condition does not hold."""
    leaves = not statement.orelse and isinstance(statement.body[-1], _LEAVING)
    return leaves and _is_negative(statement.test)


def _refuses(statement: ast.If) -> bool:
    """Return whether the code raises for the rows of a condition."""
    return isinstance(statement.body[-1], ast.Raise) and not _is_negative(statement.test)


def _is_negative(test: ast.expr) -> bool:
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.NotEq | ast.NotIn)
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)


def _parameters(code: CodeOf, arguments: Arguments) -> dict[str, Alternatives]:
    """Return the values of the parameters that ``code`` is called with."""
    declared = code.node.args
    names = [item.arg for item in (*declared.posonlyargs, *declared.args)]
    defaults = zip(reversed(names), reversed(declared.defaults), strict=False)
    found: dict[str, Alternatives] = {
        name: (default.value,) for name, default in defaults if isinstance(default, ast.Constant)
    }
    positional = [*((value,) for value in code.given), *arguments.positional]
    found |= dict(zip(names, positional, strict=False))
    return found | {name: (value,) for name, value in code.keywords.items()} | arguments.named
