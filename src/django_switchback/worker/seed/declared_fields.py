"""Looks up how the migrations declared each field: choices it once had, defaults that its old rows got."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

from django_switchback.worker.seed.interface import Field

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
        for position, (app, operations) in enumerate(migrations):
            for operation in _state_operations(operations):
                self._read(app, operation, position)

    def earlier(self, field: Field, position: int) -> Iterator[Field]:
        """Yield ``field`` as the migrations before ``position`` declared it."""
        for declaration in self._of(field):
            if declaration.position < position:
                yield declaration.field

    def default_of_old_rows(self, field: Field) -> Any:
        """Return the value that rows have which nobody gave one; ``NOT_PROVIDED`` if that is not known.

        The default with which a migration added the column, else that of the field itself.
        """
        added = [declaration.field for declaration in self._of(field) if declaration.added]
        for declared in (*added, field):
            default = declared.default
            if default is not NOT_PROVIDED and (not callable(default) or default in _STEADY_CALLABLES):
                return default() if callable(default) else default
        return NOT_PROVIDED

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


def _state_operations(operations: Iterable[Operation]) -> Iterator[Operation]:
    for operation in operations:
        inner = getattr(operation, "state_operations", None)
        yield from _state_operations(inner) if inner else (operation,)
