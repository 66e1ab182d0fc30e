"""The states between the operations of one migration, worked out once for all the times that it is taken.

A cycle takes its target forward, back and forward again, and trials do so many times more: from one and the
same state, each operation leads to the same one, and rendering its models takes longer than the step does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.apps.registry import Apps
from django.db.migrations.migration import Migration
from django.db.migrations.operations import RunPython, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

MOST = 10_000
"""So many models in all states together are kept at most, some 20 MB."""


class Intermediate:
    """Keeps the states within one migration, those from one state on."""

    def __init__(self) -> None:
        self._origin: ProjectState | None = None
        self._apps: Apps | None = None
        self._operations: list[Operation] = []
        self._states: list[ProjectState] = []

    @contextmanager
    def kept(self, origin: ProjectState, migration: Migration) -> Iterator[None]:
        """Let ``migration`` be taken from a copy of ``origin`` with the states that are kept; keep the rest.

        None are where the project's own code is called between the operations, which may do anything to the
        models that it is given.
        """
        if not _keepable(origin, migration.operations):
            yield
            return
        if not self._is_from(origin, migration.operations):
            self._origin, self._apps = origin, origin.apps
            self._operations, self._states = list(migration.operations), []
        for place, operation in enumerate(self._operations):
            vars(operation)["state_forwards"] = partial(self._forwards, place, operation)
        try:
            yield
        finally:
            for operation in self._operations:
                vars(operation).pop("state_forwards", None)

    def _is_from(self, origin: ProjectState, operations: Sequence[Operation]) -> bool:
        same = len(operations) == len(self._operations) and all(map(_is, operations, self._operations))
        return same and origin is self._origin and origin.apps is self._apps

    def _forwards(self, place: int, operation: Operation, app_label: str, state: ProjectState) -> None:
        """Do to ``state`` what the operation at ``place`` does."""
        if place < len(self._states):
            _become(state, self._states[place].clone())
            return
        type(operation).state_forwards(operation, app_label, state)
        self._states.append(state.clone())


def _keepable(origin: ProjectState, operations: Sequence[Operation]) -> bool:
    return (
        "apps" in vars(origin)
        and len(operations) * len(origin.models) <= MOST
        and len(set(map(id, operations))) == len(operations)
        and all(map(_is_djangos, _with_inner(operations)))
    )


def _with_inner(operations: Iterable[Operation]) -> Iterator[Operation]:
    for operation in operations:
        yield operation
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _with_inner((*operation.database_operations, *operation.state_operations))


def _is_djangos(operation: Operation) -> bool:
    return type(operation).__module__.startswith("django.") and not isinstance(operation, RunPython)


def _become(state: ProjectState, other: ProjectState) -> None:
    """Make ``state`` what ``other`` is, which is of no use then."""
    vars(state).pop("apps", None)
    vars(state).update(vars(other))


def _is(one: Any, other: Any) -> bool:
    return one is other
