"""Finds the migration to roll back to in the migration graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django_switchback.evidence.record_values import MigrationName


def previous_migration(
    name: MigrationName, parents: Mapping[MigrationName, Collection[MigrationName]]
) -> MigrationName | None:
    """Return what to give ``manage.py migrate`` to roll back ``name``; ``None``: ``zero``.

    That is its parent in the app. Of a merge migration's parents, it is the one with which Django rolls back
    the fewest migrations beside ``name``: where a branch goes on from each, it cannot be ``name`` alone.
    ``parents`` is the graph of all apps; a migration that is not in it has no parents.
    """
    own = sorted(parent for parent in parents.get(name, ()) if parent.app == name.app)
    if len(own) < 2:
        return own[0] if own else None
    return min(reversed(own), key=lambda parent: len(_rolled_back(parent, parents)))


def _rolled_back(
    place: MigrationName, parents: Mapping[MigrationName, Collection[MigrationName]]
) -> set[MigrationName]:
    """Return what ``migrate`` to ``place`` rolls back: its children in the app, and all that need these.

    See ``MigrationExecutor.migration_plan``.
    """
    children: dict[MigrationName, list[MigrationName]] = {}
    for child, needed in parents.items():
        for parent in needed:
            children.setdefault(parent, []).append(child)
    found: set[MigrationName] = set()
    waiting = [child for child in children.get(place, ()) if child.app == place.app]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += children.get(current, ())
    return found
