"""Reads the calls of a data migration's code: querysets, rows, constructors, SQL."""

from __future__ import annotations

import ast
import datetime
import json
import re
import uuid
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, Q, When

from django_switchback.worker.seed.constants.alternatives import iterate, merged, related_rows
from django_switchback.worker.seed.constants.choices import ChoiceRecorder, lookups_of
from django_switchback.worker.seed.constants.expressions import ExpressionReader
from django_switchback.worker.seed.constants.interface import (
    Alternatives,
    Column,
    Condition,
    Conditions,
    ModelRows,
)
from django_switchback.worker.seed.constants.sql import choices_in_sql

_RELATED = frozenset(
    {"all", "filter", "exclude", "first", "last", "order_by", "update", "delete", "exists", "create"}
    | {"clear", "remove", "set"}
)
_INSERTING = {"create", "bulk_create"}
_CHOOSING = {"filter", "get", "exclude"}
_LOOKING = {"get_or_create", "update_or_create"}
_TEXT_LOOKUPS = {"startswith": "startswith", "endswith": "endswith", "removeprefix": "startswith"}
_ITEMS = {"get", "pop", "setdefault"}
_OF_OBJECTS = {"items", "values"}
_SOME_KEY = "key"
"""Stands for the keys of an object that code loops over."""
_PATTERN_METHODS = {"match", "fullmatch", "search"}
_SAME_VALUE: frozenset[Any] = frozenset({str, bytes, bytearray, memoryview, json.loads})
_METHODS_OF_VALUES = frozenset(
    {"lower", "upper", "strip", "title", "format", "split", "join", "replace"}
    | {"keys", "values", "items", "copy"}
)
_PURE: frozenset[Any] = frozenset(
    {str, int, list, tuple, set, frozenset, dict, sorted, enumerate, zip, reversed, range}
    | {datetime.date, datetime.datetime, datetime.time, datetime.timedelta, Decimal, uuid.UUID}
)


class Arguments(NamedTuple):
    """The alternatives of each argument of a call."""

    positional: list[Alternatives]
    named: dict[str, Alternatives]

    @property
    def first(self) -> Alternatives:
        """The alternatives of the first argument."""
        return self.positional[0] if self.positional else ()

    @property
    def all(self) -> Alternatives:
        """The alternatives of all arguments."""
        return tuple(value for values in (*self.positional, *self.named.values()) for value in values)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of ``Q`` and ``When`` objects among the arguments."""
        return tuple(
            condition for value in self.all if isinstance(value, Conditions) for condition in value.conditions
        )


class CallReader(ExpressionReader):
    """Reads calls; ``dialect`` is sqlglot's name of the database's SQL."""

    def __init__(
        self, names: dict[str, Alternatives], known: Mapping[str, Any], recorder: ChoiceRecorder, dialect: str
    ) -> None:
        super().__init__(names, known, recorder)
        self._dialect = dialect

    def enter(self, function: Any, arguments: Arguments) -> Alternatives:
        """Read the function of the project that is called; extended by the reader of functions."""
        raise NotImplementedError

    def visit_Call(self, node: ast.Call) -> Alternatives:
        arguments = self._arguments(node)
        if not isinstance(node.func, ast.Attribute):
            return merged(self._called(function, arguments) for function in self.evaluate(node.func))
        name = node.func.attr
        if name == "get_model":
            label = ".".join(str(value) for item in arguments.positional for value in item[:1])
            return (ModelRows(label.lower()),) if label.count(".") == 1 else ()
        if name == "quote_name":
            return arguments.first
        if name in {"execute", "executemany", "raw"}:
            self._run_sql(arguments)
        return merged(self._method(base, name, arguments) for base in self.evaluate(node.func.value))

    def _arguments(self, node: ast.Call) -> Arguments:
        positional = [
            iterate(self.evaluate(item.value)) if isinstance(item, ast.Starred) else self.evaluate(item)
            for item in node.args
        ]
        named: dict[str, Alternatives] = {}
        for keyword in node.keywords:
            values = self.evaluate(keyword.value)
            if keyword.arg is not None:
                named[keyword.arg] = values
                continue
            for several in values:
                named |= _as_arguments(several)
        return Arguments(positional, named)

    def _method(self, base: Any, name: str, arguments: Arguments) -> Alternatives:
        match base:
            case ModelRows():
                return self._of_rows(base, name, arguments)
            case Column():
                return self._of_column(base, name, arguments)
            case dict() if name in _ITEMS:
                return merged(self.item(base, key) for key in arguments.first)
            case str() | list() | tuple() | set() | frozenset() | dict():
                # Otherwise, a list of rows that goes through one more method of a queryset.
                computes = name in _METHODS_OF_VALUES
                return _computed(getattr(base, name, None), arguments) if computes else (base,)
            case re.Pattern() if name in _PATTERN_METHODS:
                for column in arguments.first:
                    if isinstance(column, Column):
                        self.recorder.choose_column(column, (base.pattern,), "regex")
                return ()
        function = self.attribute(base, name)
        return () if function is None else self._called(function, arguments)

    def _run_sql(self, arguments: Arguments) -> None:
        parameters = arguments.positional[1] if len(arguments.positional) > 1 else ()
        for text in arguments.first:
            if isinstance(text, str):
                choices_in_sql(text, next(iter(parameters), None), self._dialect, self.recorder)

    def _of_rows(self, rows: ModelRows, name: str, arguments: Arguments) -> Alternatives:
        """Return the result of a queryset's, manager's or instance's method."""
        if name == "get_for_model":
            return tuple(
                _content_type(rows, value) for value in arguments.first if isinstance(value, ModelRows)
            )
        if name in _LOOKING:
            arguments.named.pop("defaults", None)
            # No choice: a row that is not there is made.
            self.recorder.create(rows.owner, arguments.named)
            return ((rows, None),)
        if name not in _INSERTING:
            self.recorder.follow(rows)
        if name in {"values", "values_list"}:
            return _columns(rows, name, arguments)
        if name == "create":
            self.recorder.create(rows.owner, arguments.named)
        conditions = _lookups(rows, arguments) if name in _CHOOSING else arguments.conditions
        self.recorder.choose(rows if name != "exclude" else ModelRows(rows.owner), conditions)
        if name in {"filter", "get"}:
            found = rows._replace(conditions=(*rows.conditions, *conditions))
            if name == "get":
                self.recorder.expect_one(found)
            return (found,)
        return (rows,)

    def _of_column(self, column: Column, name: str, arguments: Arguments) -> Alternatives:
        if name in _RELATED or (name in _LOOKING | _CHOOSING and arguments.named):
            return self._of_rows(related_rows(column), name, arguments)
        if name in _ITEMS:
            return merged(self.item(column, key) for key in arguments.first)
        if name in _OF_OBJECTS and not (arguments.positional or arguments.named):
            value = Column(column.rows, f"{column.path}__{_SOME_KEY}")
            return ([(_SOME_KEY, value)] if name == "items" else [value],)
        if name in _TEXT_LOOKUPS:
            self.recorder.choose_column(column, arguments.first, _TEXT_LOOKUPS[name])
        else:
            self.recorder.use((column,))
        return (column,)

    def _called(self, function: Any, arguments: Arguments) -> Alternatives:
        if isinstance(function, ModelRows):
            self.recorder.create(function.owner, arguments.named)
            return (function,)
        if _is_among(function, (Q, When)):
            arguments.named.pop("then", None)
            return (Conditions((*arguments.conditions, *lookups_of(arguments.named))),)
        if function is Case:
            return (Conditions(arguments.conditions),)
        if function is transaction.on_commit:
            return merged(self.enter(item, Arguments([], {})) for item in arguments.first)
        columns = tuple(value for value in arguments.first if isinstance(value, Column))
        if columns and _is_among(function, _SAME_VALUE):
            return columns
        if function is getattr and len(arguments.positional) > 1:
            names = arguments.positional[1]
            return tuple(self.attribute(base, str(name)) for base in arguments.first for name in names)
        self.recorder.use(arguments.all)
        return (
            _computed(function, arguments) if _is_among(function, _PURE) else self.enter(function, arguments)
        )


def _is_among(function: Any, known: Collection[Callable[..., Any]]) -> bool:
    # Not by equality: an object of theirs may define its own.
    return any(function is other for other in known)


def _as_arguments(value: Any) -> dict[str, Alternatives]:
    return {str(name): (item,) for name, item in value.items()} if isinstance(value, dict) else {}


def _lookups(rows: ModelRows, arguments: Arguments) -> tuple[Condition, ...]:
    conditions = (*arguments.conditions, *lookups_of(arguments.named))
    return tuple(condition._replace(path=rows.path(condition.path)) for condition in conditions)


def _content_type(rows: ModelRows, model: ModelRows) -> ModelRows:
    """Return the row among content types that stands for ``model``."""
    app_label, _, name = model.owner.partition(".")
    return rows._replace(conditions=(Condition("app_label", (app_label,)), Condition("model", (name,))))


def _columns(rows: ModelRows, name: str, arguments: Arguments) -> Alternatives:
    """Return what ``values`` or ``values_list`` gives: an iterable of columns."""
    columns = {str(some[0]): Column(rows, str(some[0])) for some in arguments.positional if some}
    if name == "values":
        return ([columns],)
    flat = arguments.named.get("flat") and columns
    return (list(columns.values()) if flat else [tuple(columns.values())],)


def _computed(function: Any, arguments: Arguments) -> Alternatives:
    """Return the result of a function without side effects for the first alternative of each argument."""
    if function is None or not all(arguments.positional):
        return ()
    named = {name: values[0] for name, values in arguments.named.items() if values}
    try:
        result = function(*(_iterable(some[0]) for some in arguments.positional), **named)
        is_iterator = hasattr(result, "__next__") or type(result).__name__.startswith("dict_")
        return (list(result) if is_iterator else result,)
    except Exception:  # nobody has tried the function with these values
        return ()


def _iterable(value: Any) -> Any:
    """Return a list for rows, which are a tuple themselves."""
    return [value] if isinstance(value, ModelRows) else value
