"""Collects the choices of rows that the code of one migration makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any

from django_switchback.worker.seed.constants.interface import (
    CONSTANT_TYPES,
    MAX_ALTERNATIVES,
    Column,
    Condition,
    MigrationConstants,
    ModelRows,
    RowChoice,
)

_CONTAINERS = {list, tuple, set, frozenset, dict}


class ChoiceRecorder:
    """Collects row choices, each once and in the order of the code."""

    def __init__(self) -> None:
        self._chosen: dict[RowChoice, None] = {}
        self._created: dict[RowChoice, None] = {}
        self._single: dict[RowChoice, None] = {}
        self._read: dict[RowChoice, None] = {}
        self._used: dict[tuple[str, str], None] = {}
        self._met: list[RowChoice] = []
        self._adding_up = False

    def constants(self) -> MigrationConstants:
        """Return what was collected."""
        return MigrationConstants(
            tuple(self._chosen),
            tuple(self._created),
            tuple(self._single),
            tuple(self._used),
            tuple(self._read),
        )

    @contextmanager
    def all_met(self) -> Iterator[None]:
        """Let the choices recorded in the block add up: each needs rows that those before it chose too."""
        if self._adding_up:
            yield  # a part of a condition
            return
        known, self._adding_up = len(self._met), True
        try:
            yield
        finally:
            self._adding_up = False
            del self._met[known:]

    @contextmanager
    def each_alone(self) -> Iterator[None]:
        """Let no choice in the block be needed by the next one: they are statements, not conditions."""
        before, self._adding_up = self._adding_up, False
        try:
            yield
        finally:
            self._adding_up = before

    @contextmanager
    def ignored(self) -> Iterator[None]:
        """Record no choice in the block: the code refuses such rows."""
        before = dict(self._chosen)
        try:
            yield
        finally:
            self._chosen = before

    def choose(self, rows: ModelRows, conditions: Iterable[Condition]) -> None:
        """Record that the code chooses those of ``rows`` that meet ``conditions``."""
        more = tuple(conditions)
        if not more:
            return
        around = [condition for met in self._met if met.owner == rows.owner for condition in met.conditions]
        choice = RowChoice(rows.owner, tuple(dict.fromkeys((*rows.conditions, *around, *more))))
        self._chosen[choice] = None
        if self._adding_up:
            self._met.append(RowChoice(rows.owner, more))

    def follow(self, rows: ModelRows) -> None:
        """Record that the code goes on from chosen rows to those of a relation."""
        if rows.relation and rows.conditions:
            self.choose(rows, (Condition(rows.relation, ()),))

    def expect_one(self, rows: ModelRows) -> None:
        """Record that the code fails where more than one row meets the conditions of ``rows``."""
        if rows.conditions:
            self._single[RowChoice(rows.owner, rows.conditions)] = None

    def choose_column(self, column: Column, values: Iterable[Any], lookup: str = "") -> None:
        """Record a comparison of ``column`` with ``values``; none mean that only the column is read."""
        path = column.rows.path(column.path) + (f"__{lookup}" if lookup else "")
        constants = constants_of(values)
        if constants or not lookup:
            self.choose(column.rows, (Condition(path, constants),))
        if not lookup:
            self._read[RowChoice(column.rows.owner, (Condition(path, constants),))] = None

    def use(self, values: Iterable[Any]) -> None:
        """Record that the code computes with the columns among ``values``, so that their type matters."""
        for column in values:
            if isinstance(column, Column):
                self._used[column.rows.owner, column.rows.path(column.path)] = None

    def create(self, owner: str, values: Mapping[str, Iterable[Any]]) -> None:
        """Record the constants among the values of a row that the code inserts."""
        conditions = conditions_of(values)
        if conditions:
            self._created[RowChoice(owner, conditions)] = None


def constants_of(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return those of ``values`` that a column can hold, and the ones in lists of such; each once."""
    found: dict[tuple[type, Any], Any] = {}
    for value in values:
        # By exact type: rows and columns are named tuples.
        for item in value if type(value) in _CONTAINERS else (value,):
            plain = item.value if isinstance(item, Enum) else item
            if isinstance(plain, CONSTANT_TYPES):
                found[type(plain), plain] = plain
    return tuple(found.values())[:MAX_ALTERNATIVES]


def conditions_of(keywords: Mapping[str, Iterable[Any]]) -> tuple[Condition, ...]:
    """Return the conditions of values by column that are constants."""
    constants = {path: constants_of(values) for path, values in keywords.items()}
    return tuple(Condition(path, values) for path, values in constants.items() if values)


def lookups_of(keywords: Mapping[str, Iterable[Any]]) -> tuple[Condition, ...]:
    """Return the conditions of lookups, such as the keyword arguments of ``filter``.

    Beside constants, their values may be columns of other rows: ``filter(object_id=note.pk)``.
    """
    found = {path: constants_of(values) or _columns_of(path, values) for path, values in keywords.items()}
    return tuple(Condition(path, values) for path, values in found.items() if values)


def _columns_of(path: str, values: Iterable[Any]) -> tuple[Column, ...]:
    if path.partition("__")[0] in {"pk", "id"}:
        return ()  # the same row again, as a rule
    items = (item for value in values for item in (value if type(value) in _CONTAINERS else (value,)))
    columns = (Column(item, "pk") if isinstance(item, ModelRows) else item for item in items)
    return tuple(dict.fromkeys(item for item in columns if isinstance(item, Column)))[:MAX_ALTERNATIVES]
