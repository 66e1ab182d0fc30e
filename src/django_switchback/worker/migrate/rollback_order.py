"""Which migrations go with a release when it is rolled back, and the states that they are rolled back to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby, pairwise, takewhile

from django.db.migrations.state import ProjectState

from django_switchback.worker.migrate.migrator import MigrationKey, Migrator, Step, StepResult
from django_switchback.worker.migrate.state_cache import MAX_CACHED_MIGRATIONS

MAX_RENDER_DISTANCE = 10
"""So many migrations apart at most, states are rendered from each other."""


def with_dependents(
    migrator: Migrator, applied: Collection[MigrationKey], keys: Collection[MigrationKey]
) -> list[MigrationKey]:
    """Return ``keys`` and all applied ones that depend on them, in plan order."""
    graph = migrator.loader.graph
    wanted = set(keys)
    for key in migrator.plan:
        if key in applied and any(parent.key in wanted for parent in graph.node_map[key].parents):
            wanted.add(key)
    return [key for key in migrator.plan if key in wanted]


def states_before(
    migrator: Migrator, applied: Collection[MigrationKey], rolled: Collection[MigrationKey]
) -> dict[MigrationKey, ProjectState]:
    """Return the state before each migration of ``rolled``, no model rendered yet.

    As a ``migrate`` for each of them alone has it, which renders the models of that one state.
    """
    wanted = set(rolled)
    states: dict[MigrationKey, ProjectState] = {}
    state = migrator.empty_state()
    for key in migrator.plan:
        if key in wanted:
            states[key] = state
            state = migrator.node(key).mutate_state(state, preserve=True)
        elif key in applied:
            migrator.node(key).mutate_state(state, preserve=False)
    return states


class Rollback:
    """Rolls back migrations, with what is applied beside them known to the signals."""

    def __init__(self, migrator: Migrator, applied: Collection[MigrationKey]) -> None:
        self._migrator = migrator
        self._applied = set(applied)
        self._now: ProjectState | None = None

    def roll_back(
        self,
        keys: Iterable[MigrationKey],
        states: dict[MigrationKey, ProjectState],
        step: Step,
        blocked: Callable[[MigrationKey], bool],
    ) -> Iterator[tuple[MigrationKey, StepResult]]:
        """Roll back ``keys`` in their order, but for those that are ``blocked``; yield what came of each.

        Those of one app that follow each other go together, as one ``migrate`` takes them. After one that
        failed it goes on with the rest. ``states`` are those before each of them.
        """
        left = list(keys)
        while left:
            if blocked(left[0]):
                left.pop(0)
                continue
            _, of_one_app = next(groupby(left, key=lambda key: key[0]))
            together = takewhile(lambda key: not blocked(key), of_one_app)
            for key, taken in self.roll_back_all(list(together), states, step):
                left.remove(key)
                yield key, taken

    def roll_back_all(
        self, keys: Sequence[MigrationKey], states: dict[MigrationKey, ProjectState], step: Step
    ) -> Iterator[tuple[MigrationKey, StepResult]]:
        """Roll back ``keys`` as a single ``migrate`` does; see :meth:`Migrator.backward_all`.

        The state before the last of them knows nothing of what the plan has after it. What of that is still
        applied is in the models that Django gives to the signals: receivers would miss columns that are
        there, or ask for some that are gone.
        """
        self._render(keys, states)
        now = self._now or self._migrator.state_of(self._applied.__contains__)
        self._now = None
        left = self._applied - set(keys)
        place = self._migrator.position[keys[-1]]
        beyond = any(self._migrator.position.get(other, -1) > place for other in left)
        after = self._migrator.state_of(left.__contains__) if beyond else states[keys[-1]]
        for key, taken in self._migrator.backward_all(keys, states, now, after, step):
            if taken.failure is None:
                self._applied.remove(key)
            yield key, taken
        if self._applied == left:
            self._now = after

    def _render(self, keys: Sequence[MigrationKey], states: dict[MigrationKey, ProjectState]) -> None:
        """Render the models of the states before ``keys``, each from those of the one below.

        As ``migrate`` does: all at once for the earliest, from there on what each migration changes. Where
        that is much, or many states would be held at once, each is rendered when it is its turn.
        """
        migrator = self._migrator
        places = [migrator.position[key] for key in keys]
        if len(keys) > MAX_CACHED_MIGRATIONS or places[0] - places[-1] > MAX_RENDER_DISTANCE:
            return
        for older, newer in pairwise(keys[::-1]):
            states[older].apps  # noqa: B018
            state = migrator.after(states[older], older)
            for key in migrator.plan[migrator.position[older] + 1 : migrator.position[newer]]:
                if key in self._applied:
                    migrator.node(key).mutate_state(state, preserve=False)
            states[newer] = state
