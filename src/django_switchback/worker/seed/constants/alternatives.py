"""Combines the alternatives of expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from inspect import getattr_static, isclass
from typing import Any

from django.apps import apps
from django.db import models

from django_switchback.worker.seed.constants.interface import (
    CONSTANT_TYPES,
    FIRST_ITEM,
    MAX_ALTERNATIVES,
    Alternatives,
    Column,
    ModelRows,
)

_CONTAINERS = (list, tuple, set, frozenset, dict, range)


def as_rows(value: Any) -> Any:
    """Return the rows of a model's class, any other value as it is."""
    if isclass(value) and issubclass(value, models.Model) and hasattr(value, "_meta"):
        return ModelRows(value._meta.label_lower)
    return value


def class_constant(rows: ModelRows, name: str) -> Any:
    """Return a constant or choices of the model at head, such as ``Note.DRAFT``; ``None`` without one."""
    try:
        value = getattr_static(apps.get_model(rows.owner), name, None)
    except (LookupError, ValueError):
        return None
    is_constant = isinstance(value, CONSTANT_TYPES) or (isclass(value) and issubclass(value, Enum))
    return value if is_constant else None


def merged(several: Iterable[Alternatives]) -> Alternatives:
    """Return all alternatives of ``several`` expressions."""
    return tuple(value for values in several for value in values)[:MAX_ALTERNATIVES]


def in_steps(items: list[Alternatives], build: Callable[[list[Any]], Any]) -> Alternatives:
    """Return what ``build`` makes of the first alternatives, of the second ones and so on.

    Shorter ones begin again; what is unknown is left out.
    """
    known = [item for item in items if item]
    length = min(max(map(len, known), default=1), MAX_ALTERNATIVES)
    return tuple(build([item[index % len(item)] for item in known]) for index in range(length))


def iterate(values: Alternatives) -> Alternatives:
    """Return what a loop over one of ``values`` may give."""
    found: list[Any] = []
    for value in values:
        if isinstance(value, ModelRows):
            found.append(value)
        elif isinstance(value, Column):
            found += [related_rows(value), Column(value.rows, f"{value.path}__{FIRST_ITEM}")]
        elif isinstance(value, _CONTAINERS):
            found += list(value)[:MAX_ALTERNATIVES]
    return tuple(found[:MAX_ALTERNATIVES])


def related_rows(column: Column) -> ModelRows:
    """Return the rows of a relation."""
    rows = column.rows
    return ModelRows(rows.owner, rows.path(column.path), rows.conditions)


def is_hashable(value: Any) -> bool:
    """Return whether ``value`` can be a key."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
