"""Orders the migrations of a rollback with their dependents, and builds the states to roll back to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby, pairwise, takewhile

from django.db.migrations.state import ProjectState

from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.project_state.rendering import render_models
from django_switchback.worker.migrate.project_state.shared_models import share_unchanged_models
from django_switchback.worker.migrate.project_state.state_cache import MAX_CACHED_MIGRATIONS
from django_switchback.worker.migrate.steps import MigrationKey, Step, StepResult

MAX_RENDER_DISTANCE = 10
"""States at most this many migrations apart are rendered from each other."""


def with_dependents(
    migrator: Migrator, applied: Collection[MigrationKey], keys: Collection[MigrationKey]
) -> list[MigrationKey]:
    """Return ``keys`` and all applied migrations that depend on them, in plan order."""
    graph = migrator.loader.graph
    selected = set(keys)
    for key in migrator.plan:
        if key in applied and any(parent.key in selected for parent in graph.node_map[key].parents):
            selected.add(key)
    return [key for key in migrator.plan if key in selected]


def without_dependents(
    migrator: Migrator, failed: MigrationKey, keys: Sequence[MigrationKey]
) -> list[MigrationKey]:
    """Return ``keys``, which are in plan order, without ``failed`` and those that depend on it."""
    graph = migrator.loader.graph
    excluded = {failed}
    for key in keys:
        if any(parent.key in excluded for parent in graph.node_map[key].parents):
            excluded.add(key)
    return [key for key in keys if key not in excluded]


def states_before(
    migrator: Migrator, applied: Collection[MigrationKey], keys: Collection[MigrationKey]
) -> dict[MigrationKey, ProjectState]:
    """Return the state before each migration of ``keys``, without rendered models.

    Each state is the one that a ``migrate`` to that migration alone would render. They share the models
    that are the same in several.
    """
    requested = set(keys)
    states: dict[MigrationKey, ProjectState] = {}
    state, earlier = migrator.empty_state(), None
    for key in migrator.plan:
        if key in requested:
            if earlier is not None:
                share_unchanged_models(earlier, state)
            states[key] = earlier = state
            state = migrator.node(key).mutate_state(state, preserve=True)
        elif key in applied:
            migrator.node(key).mutate_state(state, preserve=False)
    return states


class Rollback:
    """Rolls back migrations and sends the signals with all migrations that stay applied."""

    def __init__(
        self, migrator: Migrator, applied: Collection[MigrationKey], state: ProjectState | None = None
    ) -> None:
        """Begin with all migrations of ``applied``; ``state`` is theirs, if it is rendered already."""
        self._migrator = migrator
        self._applied = set(applied)
        self._current_state = state

    def state_of(self, applied: Collection[MigrationKey]) -> ProjectState:
        """Return the state of ``applied`` to migrate from, once with the models of the last signals."""
        rendered, self._current_state = self._current_state, None
        if rendered is None or self._applied != set(applied):
            return self._migrator.state_of(applied.__contains__)
        return self._migrator.rendering.without_rendered_apps(rendered)

    def roll_back(
        self,
        keys: Iterable[MigrationKey],
        states: dict[MigrationKey, ProjectState],
        step: Step,
        blocked: Callable[[MigrationKey], bool],
    ) -> Iterator[tuple[MigrationKey, StepResult]]:
        """Roll back ``keys`` in order, except ``blocked`` ones; yield the result of each.

        Consecutive migrations of one app are rolled back together, as one ``migrate`` does. A failure does
        not stop the rest. ``states`` are the states before each migration.
        """
        remaining = list(keys)
        while remaining:
            if blocked(remaining[0]):
                remaining.pop(0)
                continue
            _, of_one_app = next(groupby(remaining, key=lambda key: key[0]))
            batch = takewhile(lambda key: not blocked(key), of_one_app)
            for key, result in self.roll_back_all(list(batch), states, step):
                remaining.remove(key)
                yield key, result

    def roll_back_all(
        self, keys: Sequence[MigrationKey], states: dict[MigrationKey, ProjectState], step: Step
    ) -> Iterator[tuple[MigrationKey, StepResult]]:
        """Roll back ``keys`` as a single ``migrate`` does; see :func:`whole_migrate.backward_all`.

        The state before the last key lacks the migrations that come later in the plan. Those still applied
        are part of the models that Django passes to the signals: without them receivers would miss columns,
        or query columns that no longer exist.
        """
        self._render(keys, states)
        now = self._current_state or self._migrator.state_of(self._applied.__contains__)
        self._current_state = None
        still_applied = self._applied - set(keys)
        position = self._migrator.position[keys[-1]]
        later_applied = any(self._migrator.position.get(other, -1) > position for other in still_applied)
        after = self._migrator.state_of(still_applied.__contains__) if later_applied else states[keys[-1]]
        for key, result in whole_migrate.backward_all(self._migrator, keys, states, now, after, step):
            if result.failure is None:
                self._applied.remove(key)
            yield key, result
        if self._applied == still_applied:
            self._current_state = after

    def _render(self, keys: Sequence[MigrationKey], states: dict[MigrationKey, ProjectState]) -> None:
        """Render the models of the states before ``keys``, each from those of the state below.

        ``migrate`` does the same: it renders the earliest state completely, and then only what each migration
        changes. If that is much, or many states would be kept at once, each state is rendered when it is
        used.
        """
        migrator = self._migrator
        places = [migrator.position[key] for key in keys]
        if len(keys) > MAX_CACHED_MIGRATIONS or places[0] - places[-1] > MAX_RENDER_DISTANCE:
            return
        for older, newer in pairwise(keys[::-1]):
            render_models(states[older])
            state = migrator.state_after(states[older], older)
            for key in migrator.plan[migrator.position[older] + 1 : migrator.position[newer]]:
                if key in self._applied:
                    migrator.node(key).mutate_state(state, preserve=False)
            states[newer] = state
