"""Finds conflicts of drafted rows with unique values of their table.

The values themselves are made in ``draft_row.py`` and ``values/field_values.py``.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.worker.seed.constraints import conditions as constraint_conditions
from django_switchback.worker.seed.interface import ModelRowValues, RowAt
from django_switchback.worker.seed.model_fields import ModelShape, UniqueFields

_MAX_VALUES = 2000
"""Rows read from either end of a table; conflicts with other rows are left to the database."""


class UsedValues:
    """The unique values of one table, including those in the database."""

    def __init__(self, shape: ModelShape, connection: BaseDatabaseWrapper, *, empty: bool) -> None:
        self._shape = shape
        self.first: ModelRowValues = {}
        """The row recorded first."""
        self._keys: dict[UniqueFields, set[tuple[Any, ...]]] = {unique: set() for unique in shape.uniques}
        if shape.uniques and not empty:
            names = sorted(
                {*(name for unique in shape.uniques for name in unique.names), *self._condition_fields()}
            )
            rows: Any = QuerySet(model=shape.model, using=connection.alias).values(*names)
            first = list(rows[:_MAX_VALUES])
            for row in first if len(first) < _MAX_VALUES else (*first, *rows.order_by("-pk")[:_MAX_VALUES]):
                self.add(row)

    def _condition_fields(self) -> set[str]:
        attnames = {field.name: field.attname for field in self._shape.fields}
        mentioned = [
            constraint_conditions.field_names_in(unique.condition)
            for unique in self._shape.uniques
            if unique.condition
        ]
        return {attnames[name] for names in mentioned for name in names if name in attnames}

    def add(self, row: ModelRowValues) -> None:
        """Record the unique values of one more row."""
        self.first = self.first or row
        for unique in self._shape.uniques:
            key = self._key(unique, row)
            if key is not None:
                self._keys[unique].add(key)

    def conflict(self, row: ModelRowValues, *, sense: bool = True) -> UniqueFields | None:
        """Return the first unique group that ``row`` violates; without ``sense``, of enforced groups only."""
        for unique in self._shape.uniques:
            if not unique.enforced and not sense:
                continue
            key = self._key(unique, row)
            if key is not None and key in self._keys[unique]:
                return unique
        return None

    def values(self, name: str) -> frozenset[Any]:
        """Return the used values of a field that is unique by itself."""
        keys = self._keys.get(UniqueFields((name,)), set())
        return frozenset(key[0] for key in keys)

    def _key(self, unique: UniqueFields, row: ModelRowValues) -> tuple[Any, ...] | None:
        """Return the unique key of ``row``, ``None`` if the constraint does not apply to it."""
        if any(name not in row or isinstance(row[name], RowAt) for name in unique.names):
            return None
        if unique.nulls_distinct and any(row[name] is None for name in unique.names):
            return None
        if unique.condition is not None and self._outside(unique, row):
            return None
        return tuple(comparable(row[name]) for name in unique.names)

    def _outside(self, unique: UniqueFields, row: ModelRowValues) -> bool:
        try:
            return constraint_conditions.evaluate(unique.condition, getter(self._shape, row)) is not True
        except (constraint_conditions.UnsupportedCondition, KeyError):
            return False


def getter(shape: ModelShape, row: ModelRowValues) -> constraint_conditions.ValueGetter:
    """Return a function that reads the values of ``row`` by field name, for conditions."""
    attnames = {field.name: field.attname for field in shape.fields}

    def get(name: str) -> Any:
        attname = attnames.get(name, name)
        if attname not in row or isinstance(row[attname], RowAt):
            raise constraint_conditions.UnsupportedCondition
        return row[attname]

    return get


def comparable(value: Any) -> Any:
    """Return ``value`` in a hashable form for lookups; text is compared without case."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, list | dict | set):
        return repr(value)
    return value
