"""Which migrations go with a release when it is rolled back, and the states that they are rolled back to."""

from __future__ import annotations

from collections.abc import Collection

from django.db.migrations.state import ProjectState

from django_switchback.worker.migrator import Key, Migrator, Taken


def with_dependents(migrator: Migrator, applied: Collection[Key], keys: Collection[Key]) -> list[Key]:
    """Return ``keys`` and all applied ones that depend on them, in plan order."""
    graph = migrator.loader.graph
    wanted = set(keys)
    for key in migrator.plan:
        if key in applied and any(parent.key in wanted for parent in graph.node_map[key].parents):
            wanted.add(key)
    return [key for key in migrator.plan if key in wanted]


def states_before(
    migrator: Migrator, applied: Collection[Key], rolled: Collection[Key]
) -> dict[Key, ProjectState]:
    """Return the state before each migration of ``rolled``, no model rendered yet.

    As a ``migrate`` for each of them alone has it, which renders the models of that one state.
    """
    wanted = set(rolled)
    states: dict[Key, ProjectState] = {}
    state = migrator.empty_state()
    for key in migrator.plan:
        if key in wanted:
            states[key] = state
            state = migrator.node(key).mutate_state(state, preserve=True)
        elif key in applied:
            migrator.node(key).mutate_state(state, preserve=False)
    return states


class Descent:
    """Rolls back one migration after the other, with what is applied beside them known to the signals."""

    def __init__(self, migrator: Migrator, applied: Collection[Key]) -> None:
        self._migrator = migrator
        self._applied = set(applied)
        self._now: ProjectState | None = None

    def unapply(self, state_before: ProjectState, key: Key) -> Taken:
        """Roll ``key`` back to ``state_before``, as :meth:`Migrator.unapply` does.

        ``state_before`` knows nothing of what the plan has after ``key``. What of that is still applied is in
        the models that Django gives to the signals: receivers would miss columns that are there, or ask for
        some that are gone.
        """
        now = self._now or self._state()
        left = self._applied - {key}
        place = self._migrator.position[key]
        beyond = any(self._migrator.position.get(other, -1) > place for other in left)
        after = self._migrator.state_of(left.__contains__) if beyond else state_before
        taken = self._migrator.unapply(state_before, key, now, after)
        if taken.failure is None:
            self._applied, self._now = left, after
        return taken

    def _state(self) -> ProjectState:
        return self._migrator.state_of(self._applied.__contains__)
