"""Evaluates the expressions of a data migration as far as constants decide them, without running its code.

An expression has alternatives: Python values, or the rows and columns that it stands for. Without any,
nothing is known of it.
"""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from inspect import isclass, ismodule
from typing import Any, TypeAlias

from django.conf import LazySettings

from django_switchback.worker.seed.constants.alternatives import (
    as_rows,
    class_constant,
    in_steps,
    is_hashable,
    iterate,
    merged,
)
from django_switchback.worker.seed.constants.choices import ChoiceRecorder
from django_switchback.worker.seed.constants.interface import (
    FIRST_ITEM,
    MAX_ALTERNATIVES,
    Alternatives,
    Column,
    Conditions,
    ModelRows,
    TableOf,
)

Operator: TypeAlias = Callable[[Any, Any], Any]

_OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
}
_LOOKUPS: dict[type[ast.cmpop], str] = {ast.Lt: "lt", ast.LtE: "lte", ast.Gt: "gt", ast.GtE: "gte"}
_OPPOSITE = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
_MANAGERS = {"objects", "_default_manager", "_base_manager"}


class ExpressionReader(ast.NodeVisitor):
    """Evaluates expressions with the names known so far, and records how they choose rows."""

    def __init__(
        self, names: dict[str, Alternatives], known: Mapping[str, Any], recorder: ChoiceRecorder
    ) -> None:
        self.names = names
        self._known = known
        self.recorder = recorder

    def evaluate(self, node: ast.expr | None) -> Alternatives:
        """Return the alternatives of an expression."""
        found: Alternatives | None = None if node is None else self.visit(node)
        return found or ()

    def visit_Constant(self, node: ast.Constant) -> Alternatives:
        return (node.value,)

    def visit_Name(self, node: ast.Name) -> Alternatives:
        if node.id in self.names:
            return self.names[node.id]
        value = self._known.get(node.id, getattr(builtins, node.id, None))
        return () if value is None else (as_rows(value),)

    def visit_Attribute(self, node: ast.Attribute) -> Alternatives:
        found = (self.attribute(base, node.attr) for base in self.evaluate(node.value))
        return tuple(value for value in found if value is not None)

    def attribute(self, base: Any, name: str) -> Any:
        """Return an attribute of rows, of a column's related row, of a module, class or choice."""
        match base:
            case ModelRows():
                if name in _MANAGERS or name == "_meta":
                    return base if name in _MANAGERS else TableOf(base.owner)
                constant = class_constant(base, name)
                return Column(base, name) if constant is None else constant
            case Column():
                return Column(base.rows, f"{base.path}__{name}")
            case TableOf():
                # Rows are looked up by a model's label where a statement has it for a table.
                return base.owner if name == "db_table" else None
        if name in getattr(base, "__dict__", {}) and not isclass(base):
            return as_rows(vars(base)[name])
        if ismodule(base) or isclass(base) or isinstance(base, Enum | LazySettings):
            try:
                return as_rows(getattr(base, name, None))
            except Exception:  # a property of a class of theirs may raise anything
                return None
        return None

    def visit_Subscript(self, node: ast.Subscript) -> Alternatives:
        keys = self.evaluate(node.slice)
        bases = self.evaluate(node.value)
        return merged(self.item(base, key) for base in bases for key in keys)

    def item(self, base: Any, key: Any) -> Alternatives:
        """Return what ``base[key]`` may be, and record the choice that it makes."""
        if isinstance(base, Column) and isinstance(key, str):
            place = Column(base.rows, f"{base.path}__{key}")
            self.recorder.choose_column(place, ())
            return (place,)
        if isinstance(base, Column) and isinstance(key, int) and "__" in base.path:
            return (Column(base.rows, f"{base.path}__{FIRST_ITEM}"),)
        if isinstance(base, ModelRows | Column):
            return (base,)
        if isinstance(base, dict) and isinstance(key, Column):
            self.recorder.choose_column(key, tuple(base), "in")
            return tuple(base.values())
        try:
            return (base[key],) if isinstance(base, list | tuple | dict) else ()
        except (LookupError, TypeError):
            return ()

    def visit_Tuple(self, node: ast.Tuple | ast.List | ast.Set) -> Alternatives:
        return in_steps([self.evaluate(item) for item in node.elts], tuple)

    visit_List = visit_Set = visit_Tuple

    def visit_Dict(self, node: ast.Dict) -> Alternatives:
        result: dict[Any, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            values = self.evaluate(item)
            if key is None:
                result |= next((value for value in values if isinstance(value, dict)), {})
                continue
            for name in self.evaluate(key)[:1]:
                if is_hashable(name):
                    result[name] = values[0] if values else None
        return (result,)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Alternatives:
        parts = [self.evaluate(part) for part in node.values]
        return in_steps(parts, lambda values: "".join(map(str, values))) if all(parts) else ()

    def visit_FormattedValue(self, node: ast.FormattedValue | ast.Starred | ast.Await) -> Alternatives:
        return self.evaluate(node.value)

    visit_Starred = visit_Await = visit_FormattedValue

    def visit_BoolOp(self, node: ast.BoolOp) -> Alternatives:
        if isinstance(node.op, ast.Or):
            return merged(map(self.evaluate, node.values))
        with self.recorder.all_met():
            return merged(map(self.evaluate, node.values))

    def visit_IfExp(self, node: ast.IfExp) -> Alternatives:
        with self.recorder.all_met():
            self.evaluate(node.test)
            body = self.evaluate(node.body)
        return merged((body, self.evaluate(node.orelse)))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Alternatives:
        found = self.evaluate(node.value)
        self.bind(node.target, found)
        return found

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Alternatives:
        values = self.evaluate(node.operand)
        if isinstance(node.op, ast.USub):
            return tuple(-value for value in values if isinstance(value, int | float))
        if isinstance(node.op, ast.Invert) and any(isinstance(value, Conditions) for value in values):
            # Rows that do not meet these conditions are chosen, as most rows do not.
            return (Conditions(()),)
        return tuple(value for value in values if isinstance(value, Conditions))

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Alternatives:
        with self.recorder.all_met():
            self._generate(node.generators)
            return (list(self.evaluate(node.elt)),)

    visit_SetComp = visit_GeneratorExp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> Alternatives:
        with self.recorder.all_met():
            self._generate(node.generators)
            pairs = zip(self.evaluate(node.key), self.evaluate(node.value), strict=False)
            return ({key: value for key, value in pairs if is_hashable(key)},)

    def _generate(self, generators: Iterable[ast.comprehension]) -> None:
        for generator in generators:
            self.bind(generator.target, self.elements(self.evaluate(generator.iter)))
            for condition in generator.ifs:
                self.evaluate(condition)

    def elements(self, values: Alternatives) -> Alternatives:
        """Return what a loop over one of ``values`` may give."""
        self.recorder.use(values)
        return iterate(values)

    def visit_BinOp(self, node: ast.BinOp) -> Alternatives:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        self.recorder.use((*left, *right))
        both = [item for item in (*left, *right) if isinstance(item, Conditions)]
        if both:
            return (Conditions(tuple(condition for item in both for condition in item.conditions)),)
        apply = _OPERATORS.get(type(node.op))
        if apply is None or not left or not right:
            return ()
        return in_steps([left, right], lambda pair: _applied(apply, pair))

    def visit_Compare(self, node: ast.Compare) -> Alternatives:
        operands = [self.evaluate(operand) for operand in (node.left, *node.comparators)]
        for left, kind, right in zip(operands, node.ops, operands[1:], strict=False):
            self._compared(left, kind, right)
        return ()

    def _compared(self, left: Alternatives, kind: ast.cmpop, right: Alternatives) -> None:
        lookup = _LOOKUPS.get(type(kind), "in")
        for column in (item for item in left if isinstance(item, Column)):
            self.recorder.choose_column(column, right, lookup)
        # "in": the column is searched in, for a key of a document or a part of a string.
        is_in = isinstance(kind, ast.In | ast.NotIn)
        opposite = "contains" if is_in else _OPPOSITE.get(lookup, "in")
        for column in (item for item in right if isinstance(item, Column)):
            self.recorder.choose_column(column, left, opposite)

    def bind(self, target: ast.expr, values: Alternatives) -> None:
        """Give the names of ``target`` these values, beside constants that they had before."""
        match target:
            case ast.Name(id=name):
                earlier = [
                    value for value in self.names.get(name, ()) if not isinstance(value, ModelRows | Column)
                ]
                self.names[name] = (*values, *earlier)[:MAX_ALTERNATIVES]
            case ast.Tuple(elts=items) | ast.List(elts=items):
                several = [value for value in values if type(value) in {list, tuple}]
                for place, item in enumerate(items):
                    self.bind(item, tuple(value[place] for value in several if place < len(value)))


def _applied(apply: Operator, pair: list[Any]) -> Any:
    try:
        return apply(*pair)
    except Exception:  # an operator of a class of theirs may raise anything
        return None
