"""Looks up how the migrations declared each field: choices it once had, defaults that its old rows got."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

from django_switchback.worker.seed.constants.functions import words_of
from django_switchback.worker.seed.interface import Field, FixedValues, Model
from django_switchback.worker.seed.model_fields import has_database_default, shape_of

_Place: TypeAlias = tuple[str, str, str]
"""App label, model and field, in lower case."""
_STEADY_CALLABLES = (dict, list, set, tuple, str, int, float, bool)
"""Callables of a default that return the same each time."""


class Declaration(NamedTuple):
    """A field as one migration declared it; ``added``: to a table that may have had rows."""

    position: int
    field: Field
    added: bool


class DeclaredFields:
    """The declarations of every field in the order of the migrations, by each name that the field had."""

    def __init__(self, migrations: Iterable[tuple[str, Iterable[Operation]]]) -> None:
        self._declared: dict[_Place, list[Declaration]] = {}
        self._data: dict[str, list[tuple[int, frozenset[str]]]] = {}
        """The words of each data operation, by app."""
        for position, (app, operations) in enumerate(migrations):
            every = list(operations)
            for operation in _nested_operations(every, "state_operations"):
                self._read(app, operation, position)
            self._data.setdefault(app, []).extend(
                (position, words_of_operation(operation))
                for operation in _nested_operations(every, "database_operations")
                if isinstance(operation, ops.RunPython | ops.RunSQL)
            )

    def earlier(self, field: Field, position: int) -> Iterator[Field]:
        """Yield ``field`` as the migrations before ``position`` declared it."""
        for declaration in self._of(field):
            if declaration.position < position:
                yield declaration.field

    def has_choices(self, field: Field) -> bool:
        """Return whether any migration declares ``field`` with choices."""
        return any(declaration.field.choices for declaration in self._of(field))

    def default_when_added(self, field: Field) -> Any:
        """Return the value that the rows of then got with the column; ``NOT_PROVIDED`` if there is none."""
        defaults = (_steady(declaration.field) for declaration in self._of(field) if declaration.added)
        return next((default for default in defaults if default is not NOT_PROVIDED), NOT_PROVIDED)

    def default_of_old_rows(self, field: Field, position: int) -> Any:
        """Return the value that rows have at ``position`` which nobody gave one; ``NOT_PROVIDED`` if unknown.

        The default with which a migration added the column, else that of the field itself, unless a data
        operation since then may have replaced it.
        """
        added = [declaration for declaration in self._of(field) if declaration.added]
        for since, declared in (*((item.position, item.field) for item in added), (0, field)):
            default = _steady(declared)
            if default is not NOT_PROVIDED:
                return NOT_PROVIDED if self._is_filled(field, since, position) else default
        return NOT_PROVIDED

    def facts_since(self, position: int) -> Iterator[str]:
        """Yield what the plan says of the fields that the migration at ``position`` is first to declare."""
        for place, declarations in self._declared.items():
            if declarations[0].position == position:
                choices = any(declaration.field.choices for declaration in declarations)
                defaults = [
                    repr(_steady(declaration.field)) for declaration in declarations if declaration.added
                ]
                yield f"{place} {choices} {defaults}"

    def _is_filled(self, field: Field, since: int, before: int) -> bool:
        """Return whether a data operation between two positions mentions ``field``."""
        names = {field.name, field.attname, str(field.column)}
        return any(
            since <= position < before and not names.isdisjoint(words)
            for position, words in self._data.get(field.model._meta.app_label, ())
        )

    def _of(self, field: Field) -> list[Declaration]:
        meta = field.model._meta
        return self._declared.get((meta.app_label, meta.model_name or "", field.name.lower()), [])

    def _read(self, app: str, operation: Operation, position: int) -> None:
        match operation:
            case ops.CreateModel():
                for name, field in operation.fields:
                    self._declare((app, operation.name_lower, name), position, field, added=False)
            case ops.AddField() | ops.AlterField():
                place = (app, operation.model_name_lower, operation.name)
                self._declare(place, position, operation.field, added=isinstance(operation, ops.AddField))
            case ops.RenameField():
                model = operation.model_name_lower
                self._rename((app, model, operation.old_name), (app, model, operation.new_name))
            case ops.RenameModel():
                for _, model, name in [place for place in self._declared if place[0] == app]:
                    if model == operation.old_name_lower:
                        self._rename((app, model, name), (app, operation.new_name_lower, name))

    def _declare(self, place: tuple[str, str, str], position: int, field: Any, *, added: bool) -> None:
        key = (place[0], place[1], place[2].lower())
        self._declared.setdefault(key, []).append(Declaration(position, field, added))

    def _rename(self, old: _Place, new: _Place) -> None:
        """Let both names stand for the same declarations, those to come included."""
        known = self._declared.get((old[0], old[1], old[2].lower()))
        if known is not None:
            self._declared[new[0], new[1], new[2].lower()] = known


def _steady(field: Field) -> Any:
    """Return the default of ``field`` if it is the same each time; ``NOT_PROVIDED`` otherwise."""
    default = field.default
    if callable(default):
        return default() if default in _STEADY_CALLABLES else NOT_PROVIDED
    return default


def _nested_operations(operations: Iterable[Operation], name: str) -> Iterator[Operation]:
    """Yield the operations, in place of ``SeparateDatabaseAndState`` those of its attribute ``name``."""
    for operation in operations:
        if isinstance(operation, ops.SeparateDatabaseAndState):
            yield from _nested_operations(getattr(operation, name), name)
        else:
            yield operation


def words_of_operation(operation: Operation) -> frozenset[str]:
    """Return the words in the code or SQL of the forward step."""
    if isinstance(operation, ops.RunPython):
        return words_of(operation.code)
    return frozenset(re.findall(r"\w+", str(getattr(operation, "sql", ""))))


def values_of_old_rows(
    model: Model, declared: DeclaredFields, position: int, *, added: bool = False
) -> FixedValues:
    """Return the values that rows at ``position`` have in columns that nobody gave a value.

    Columns that are unique, alone or with others, are left out, and so are references. Only columns that a
    migration has added to the table if ``added``.
    """
    shape = shape_of(model)
    found: dict[str, Any] = {}
    for field in shape.fields:
        is_free = field.attname not in shape.constrained and field.attname not in shape.unclear
        if added and declared.default_when_added(field) is NOT_PROVIDED:
            continue
        if is_free and not field.is_relation and not has_database_default(field):
            default = declared.default_of_old_rows(field, position)
            if default is not NOT_PROVIDED and default is not None:
                found[field.attname] = default
    return tuple(found.items())
