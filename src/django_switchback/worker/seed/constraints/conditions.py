"""Evaluates simple constraint conditions in Python with SQL's three-valued logic."""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

from django.db.models import F, Q, Value
from django.db.models.expressions import CombinedExpression, ExpressionWrapper
from django.db.models.functions import Length, Lower, Upper
from django.db.models.lookups import Lookup

ValueGetter: TypeAlias = Callable[[str], Any]
"""Returns the value of a row's field by field name."""


class UnsupportedCondition(Exception):
    """The condition is too complex to evaluate in Python; only the database can evaluate it."""


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda left, right: left in right,
    "range": lambda left, right: right[0] <= left <= right[1],
    "startswith": lambda left, right: str(left).startswith(right),
    "endswith": lambda left, right: str(left).endswith(right),
    "contains": lambda left, right: right in left,
    "iexact": lambda left, right: str(left).lower() == str(right).lower(),
    "istartswith": lambda left, right: str(left).lower().startswith(right.lower()),
    "iendswith": lambda left, right: str(left).lower().endswith(right.lower()),
    "icontains": lambda left, right: right.lower() in str(left).lower(),
    "regex": lambda left, right: re.search(right, str(left)) is not None,
    "iregex": lambda left, right: re.search(right, str(left), re.IGNORECASE) is not None,
}
_TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "length": len,
    "lower": str.lower,
    "upper": str.upper,
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "date": lambda value: value.date(),
}


def evaluate(condition: Any, get: ValueGetter) -> bool | None:
    """Return the SQL truth value of ``condition`` for one row: true, false or null.

    Raises :class:`UnsupportedCondition` if the condition is not simple.
    """
    if isinstance(condition, Q):
        return _combined(condition, get)
    if isinstance(condition, ExpressionWrapper):
        return evaluate(condition.expression, get)
    if isinstance(condition, Lookup):
        name = condition.lookup_name or ""
        return _compared(_operand(condition.lhs, get), name, _operand(condition.rhs, get))
    if isinstance(condition, tuple):
        return _looked_up(condition[0], condition[1], get)
    if isinstance(condition, F):
        value = _operand(condition, get)
        return None if value is None else bool(value)
    raise UnsupportedCondition


def _combined(condition: Q, get: ValueGetter) -> bool | None:
    parts = [evaluate(child, get) for child in condition.children]
    if condition.connector == Q.XOR:
        result = None if None in parts else sum(map(bool, parts)) % 2 == 1
    else:
        decides = condition.connector == Q.OR
        result = decides if decides in parts else None if None in parts else not decides
    if not parts:
        result = True
    return result if not condition.negated or result is None else not result


def _operand(side: Any, get: ValueGetter) -> Any:
    if isinstance(side, F):
        return get(_name(side))
    if isinstance(side, Value):
        return side.value
    if isinstance(side, ExpressionWrapper):
        return _operand(side.expression, get)
    if isinstance(side, CombinedExpression) and side.connector in _ARITHMETIC:
        left, right = _operand(side.lhs, get), _operand(side.rhs, get)
        return None if left is None or right is None else _ARITHMETIC[side.connector](left, right)
    if isinstance(side, Lower | Upper | Length):
        inner = _operand(side.get_source_expressions()[0], get)
        return None if inner is None else _TRANSFORMS[str(side.function).lower()](inner)
    if hasattr(side, "resolve_expression"):
        raise UnsupportedCondition
    return side


def _name(reference: F) -> str:
    return str(getattr(reference, "name", ""))


def _looked_up(path: str, right: Any, get: ValueGetter) -> bool | None:
    name, *rest = path.split("__")
    lookup = rest.pop() if rest and (rest[-1] in _COMPARE or rest[-1] == "isnull") else "exact"
    left = get(name)
    for transform in rest:
        if transform not in _TRANSFORMS:
            raise UnsupportedCondition
        if left is not None:
            left = _TRANSFORMS[transform](left)
    is_list = isinstance(right, list | tuple | set | frozenset)
    return _compared(
        left, lookup, [_operand(item, get) for item in right] if is_list else _operand(right, get)
    )


def _compared(left: Any, lookup: str, right: Any) -> bool | None:
    if lookup == "isnull":
        return (left is None) == bool(right)
    if lookup not in _COMPARE:
        raise UnsupportedCondition
    if right is None and lookup == "exact":
        return left is None  # NOTE: Django writes it as IS NULL
    if left is None or right is None:
        return None
    try:
        return bool(_COMPARE[lookup](left, right))
    except TypeError as error:
        raise UnsupportedCondition from error


def field_names_in(condition: Any) -> frozenset[str]:
    """Return the names of the fields that ``condition`` mentions."""
    return frozenset(name for name, _ in _mentions(condition))


def suggestions(condition: Any, name: str) -> tuple[Any, ...]:
    """Return values for the field ``name`` at or next to the constants of ``condition``."""
    values: list[Any] = []
    for mentioned, constant in _mentions(condition):
        if mentioned == name:
            values += _around(constant)
    return tuple(values)


def _around(constant: Any) -> list[Any]:
    match constant:
        case bool():
            return [constant, not constant]
        case int() | float() | Decimal():
            return [constant, constant + 1, constant - 1]
        case datetime.datetime() | datetime.date():
            day = datetime.timedelta(days=1)
            return [constant, constant + day, constant - day]
        case str():
            return [constant, f"{constant}x"]
        case list() | tuple() | set() | frozenset():
            return sorted(constant, key=repr)
        case None:
            return []
    return [constant]


def _mentions(condition: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(condition, Q):
        for child in condition.children:
            yield from _mentions(child)
    elif isinstance(condition, tuple):
        name, *rest = str(condition[0]).split("__")
        right = condition[1]
        plain = not hasattr(right, "resolve_expression")
        yield name, _lengthened(rest, right) if plain and rest[-1:] != ["isnull"] else None
        if not plain:
            yield from _mentions(right)
    elif isinstance(condition, F):
        yield _name(condition).split("__")[0], None
    elif hasattr(condition, "get_source_expressions"):
        yield from _sources(condition)


def _sources(expression: Any) -> Iterator[tuple[str, Any]]:
    # NOTE: a lookup's right side is not a source expression until it is resolved.
    both = isinstance(expression, Lookup)
    sources = [expression.lhs, expression.rhs] if both else expression.get_source_expressions()
    sides = [side for side in sources if side is not None]
    constants = [side.value if isinstance(side, Value) else side for side in sides]
    plain = [side for side in constants if not hasattr(side, "resolve_expression")]
    for side in sides:
        if isinstance(side, F) and plain:
            for constant in plain:
                yield _name(side).split("__")[0], constant
        elif hasattr(side, "resolve_expression"):
            yield from _mentions(side)


def _lengthened(path: list[str], constant: Any) -> Any:
    if "length" in path and isinstance(constant, int):
        return tuple("x" * max(0, constant + step) for step in (0, 1, -1))
    return constant
