"""The state that a migration's one operation leads to, worked out once for all the times that it is taken.

A cycle takes its target forward, back and forward again, and trials do so many times more: from one and the
same state it leads to the same one, and rendering its models takes longer than the step does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.apps.registry import Apps
from django.db.migrations.migration import Migration
from django.db.migrations.operations import RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

MAX_CACHED_OBJECTS = 10_000
"""So many models in the state of a migration are kept at most, some 20 MB."""
MAX_CACHED_MIGRATIONS = 6
"""Of so many migrations at most."""


class _CachedTransition:
    """Where the one ``operation`` of a migration that changes the state leads to from ``origin``."""

    def __init__(self, origin: ProjectState, operation: Operation) -> None:
        self._origin = origin
        self._apps: Apps = origin.apps
        self._operation = operation
        self._after: ProjectState | None = None

    def is_from(self, origin: ProjectState, operation: Operation) -> bool:
        """Tell whether it begins at ``origin``, with the models that this has now."""
        return operation is self._operation and origin is self._origin and origin.apps is self._apps

    def forwards(self, app_label: str, state: ProjectState) -> None:
        """Do to ``state`` what the operation does."""
        if self._after is None:
            type(self._operation).state_forwards(self._operation, app_label, state)
            self._after = state.clone()
            return
        vars(state).pop("apps", None)
        vars(state).update(vars(self._after.clone()))
        # Models that later states share know of those; as after any change, they find out again.
        state.apps.clear_cache()


class StateCache:
    """Keeps the states after the migrations that were taken last, of each that from one state on."""

    def __init__(self) -> None:
        self._ways: dict[tuple[str, str], _CachedTransition] = {}

    @contextmanager
    def patched(self, origin: ProjectState, migration: Migration) -> Iterator[None]:
        """Let ``migration`` be taken from a copy of ``origin`` with the state that is kept, or keep it.

        None is where the project's own code is called between the operations, which may do anything to the
        models that it is given, and none where several operations change the state: on the way forward Django
        changes one registry of models from operation to operation, and what refers to a model is read there.
        """
        changing = [one for one in migration.operations if _changes_state(one)]
        if len(changing) != 1 or not (_is_plain(migration) and _is_cacheable(origin, migration.operations)):
            yield
            return
        (operation,) = changing
        vars(operation)["state_forwards"] = self._way(origin, migration, operation).forwards
        try:
            yield
        except BaseException:
            # Django changes fields while it alters tables, and does not put them back where that fails.
            self._ways.clear()
            raise
        finally:
            del vars(operation)["state_forwards"]

    def _way(self, origin: ProjectState, migration: Migration, operation: Operation) -> _CachedTransition:
        key = migration.app_label, migration.name
        way = self._ways.pop(key, None)
        if way is None or not way.is_from(origin, operation):
            way = _CachedTransition(origin, operation)
        self._ways[key] = way
        if len(self._ways) > MAX_CACHED_MIGRATIONS:
            del self._ways[next(iter(self._ways))]
        return way


def _is_plain(migration: Migration) -> bool:
    """Tell whether the operations are all that is done: a class of the project's may do more."""
    kind = type(migration)
    return (kind.apply, kind.unapply, kind.mutate_state) == (
        Migration.apply,
        Migration.unapply,
        Migration.mutate_state,
    )


def _is_cacheable(origin: ProjectState, operations: Sequence[Operation]) -> bool:
    return (
        "apps" in vars(origin)
        and len(origin.models) <= MAX_CACHED_OBJECTS
        and all(map(_is_djangos, _with_inner(operations)))
        and not any("state_forwards" in vars(operation) for operation in operations)
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
