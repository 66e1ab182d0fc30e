"""Which migrations go with a release when it is rolled back, and the states that they are rolled back to."""

from __future__ import annotations

from collections.abc import Collection

from django.db.migrations.state import ProjectState

from django_switchback.worker.migrator import Key, Migrator


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
    """Return the state before each migration of ``rolled``.

    Made as ``MigrationExecutor._migrate_all_backwards`` makes them: rendered once, then carried on.
    """
    wanted = set(rolled)
    states: dict[Key, ProjectState] = {}
    state = migrator.empty_state()
    for key in migrator.plan:
        if key in wanted:
            state.apps  # noqa: B018  renders all models
            states[key] = state
            state = migrator.node(key).mutate_state(state, preserve=True)
        elif key in applied:
            migrator.node(key).mutate_state(state, preserve=False)
    return states
