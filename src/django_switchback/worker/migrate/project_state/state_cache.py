"""Caches the state produced by a migration, so that re-applying it does not render its models again.

A cycle applies its target, rolls it back and applies it again, and trials repeat that many times. The same
starting state always leads to the same state, and rendering models takes longer than the step itself.
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
"""Maximum number of models in a cached state (about 20 MB)."""
MAX_CACHED_MIGRATIONS = 6
"""Maximum number of migrations with a cached state."""


class _CachedTransition:
    """Caches the state after the single state-changing ``operation`` of a migration on ``origin``."""

    def __init__(self, origin: ProjectState, operation: Operation) -> None:
        self._origin = origin
        self._apps: Apps = origin.apps
        self._operation = operation
        self._after: ProjectState | None = None

    def is_from(self, origin: ProjectState, operation: Operation) -> bool:
        """Return whether this transition starts at ``origin`` with its current models."""
        return operation is self._operation and origin is self._origin and origin.apps is self._apps

    def forwards(self, app_label: str, state: ProjectState) -> None:
        """Apply the operation to ``state``, from the cache if possible."""
        if self._after is None:
            type(self._operation).state_forwards(self._operation, app_label, state)
            self._after = state.clone()
            return
        vars(state).pop("apps", None)
        vars(state).update(vars(self._after.clone()))
        # Models shared with later states cache their relations: clear them, as after any change.
        state.apps.clear_cache()


class StateCache:
    """Caches the states after the most recently used migrations, each for one starting state."""

    def __init__(self) -> None:
        self._transitions: dict[tuple[str, str], _CachedTransition] = {}

    @contextmanager
    def patched(self, origin: ProjectState, migration: Migration) -> Iterator[None]:
        """Patch the ``state_forwards`` of ``migration`` to use the cached state after ``origin``.

        Nothing is cached if project code runs between the operations (it may change the models it is given),
        or if several operations change the state: Django changes one model registry from operation to
        operation, and later operations read related models from it.
        """
        changing = [operation for operation in migration.operations if _changes_state(operation)]
        if len(changing) != 1 or not (_is_plain(migration) and _is_cacheable(origin, migration.operations)):
            yield
            return
        (operation,) = changing
        vars(operation)["state_forwards"] = self._transition(origin, migration, operation).forwards
        try:
            yield
        except BaseException:
            # Django changes fields while it alters tables and does not restore them on an error.
            self._transitions.clear()
            raise
        finally:
            del vars(operation)["state_forwards"]

    def _transition(
        self, origin: ProjectState, migration: Migration, operation: Operation
    ) -> _CachedTransition:
        key = migration.app_label, migration.name
        transition = self._transitions.pop(key, None)
        if transition is None or not transition.is_from(origin, operation):
            transition = _CachedTransition(origin, operation)
        self._transitions[key] = transition
        if len(self._transitions) > MAX_CACHED_MIGRATIONS:
            del self._transitions[next(iter(self._transitions))]
        return transition


def _is_plain(migration: Migration) -> bool:
    """Return whether the migration uses Django's own ``apply``, ``unapply`` and ``mutate_state``."""
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
