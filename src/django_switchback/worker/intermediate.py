"""The states between the operations of one migration, worked out once for all the times that it is taken.

A cycle takes its target forward, back and forward again, and trials do so many times more: from one and the
same state, each operation leads to the same one, and rendering its models takes longer than the step does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from operator import is_
from typing import NamedTuple

from django.apps.registry import Apps
from django.db.migrations.migration import Migration
from django.db.migrations.operations import RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

MOST = 10_000
"""So many models in all states of a migration together are kept at most, some 20 MB."""
MIGRATIONS = 6
"""Of so many migrations at most."""


class _Way(NamedTuple):
    """The states that one migration leads through, each after one of its operations."""

    origin: ProjectState
    apps: Apps
    operations: list[Operation]
    states: list[ProjectState]

    def is_from(self, origin: ProjectState, operations: Sequence[Operation]) -> bool:
        """Tell whether it begins at ``origin``, with the models that this has now."""
        same = len(operations) == len(self.operations) and all(map(is_, operations, self.operations))
        return same and origin is self.origin and origin.apps is self.apps

    def forwards(self, place: int, operation: Operation, app_label: str, state: ProjectState) -> None:
        """Do to ``state`` what the operation at ``place`` does."""
        kept = len(self.states)
        if place < kept:
            _become(state, self.states[place].clone())
            # Models that later states share know of those; as after any change, they find out again.
            state.apps.clear_cache()
            return
        type(operation).state_forwards(operation, app_label, state)
        if place == kept:
            self.states.append(state.clone())


class Intermediate:
    """Keeps the states within the migrations that were taken last, of each those from one state on."""

    def __init__(self) -> None:
        self._ways: dict[tuple[str, str], _Way] = {}

    @contextmanager
    def kept(self, origin: ProjectState, migration: Migration) -> Iterator[None]:
        """Let ``migration`` be taken from a copy of ``origin`` with the states that are kept; keep the rest.

        None are where the project's own code is called between the operations, which may do anything to the
        models that it is given, and none where several operations change the state: on the way forward Django
        changes one registry of models from operation to operation, and what refers to a model is read there.
        """
        if not (_is_plain(migration) and _keepable(origin, migration.operations)):
            yield
            return
        way = self._way(origin, migration)
        for place, operation in enumerate(way.operations):
            vars(operation)["state_forwards"] = partial(way.forwards, place, operation)
        try:
            yield
        except BaseException:
            # Django changes fields while it alters tables, and does not put them back where that fails.
            self._ways.clear()
            raise
        finally:
            for operation in way.operations:
                vars(operation).pop("state_forwards", None)

    def _way(self, origin: ProjectState, migration: Migration) -> _Way:
        key = migration.app_label, migration.name
        way = self._ways.pop(key, None)
        if way is None or not way.is_from(origin, migration.operations):
            way = _Way(origin, origin.apps, list(migration.operations), [])
        self._ways[key] = way
        if len(self._ways) > MIGRATIONS:
            del self._ways[next(iter(self._ways))]
        return way


def _is_plain(migration: Migration) -> bool:
    """Tell whether all operations are taken in turn: a class of the project's may leave some out."""
    kind = type(migration)
    return (kind.apply, kind.unapply, kind.mutate_state) == (
        Migration.apply,
        Migration.unapply,
        Migration.mutate_state,
    )


def _keepable(origin: ProjectState, operations: Sequence[Operation]) -> bool:
    return (
        "apps" in vars(origin)
        and len(operations) * len(origin.models) <= MOST
        and len(set(map(id, operations))) == len(operations)
        and sum(map(_changes_state, operations)) <= 1
        and all(map(_is_djangos, _with_inner(operations)))
        and not any("state_forwards" in vars(one) for one in operations)
    )


def _changes_state(operation: Operation) -> bool:
    return not isinstance(operation, RunSQL) or bool(operation.state_operations)


def _with_inner(operations: Iterable[Operation]) -> Iterator[Operation]:
    for operation in operations:
        yield operation
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _with_inner((*operation.database_operations, *operation.state_operations))
        elif isinstance(operation, RunSQL):
            yield from _with_inner(operation.state_operations)


def _is_djangos(operation: Operation) -> bool:
    return type(operation).__module__.startswith("django.") and not isinstance(operation, RunPython)


def _become(state: ProjectState, other: ProjectState) -> None:
    """Make ``state`` what ``other`` is, which is of no use then."""
    vars(state).pop("apps", None)
    vars(state).update(vars(other))
