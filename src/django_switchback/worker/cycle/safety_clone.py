"""Clones a sandbox before a step that can stop half way, to continue on the clone if the step fails."""

from __future__ import annotations

from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.migrate.steps import MigrationKey


class SafetyClone:
    """A clone of the current sandbox, made before a step of ``key`` if that is not atomic.

    The database undoes the step of an atomic migration itself, unless the migration commits on its own.
    """

    def __init__(self, context: PartContext, key: MigrationKey) -> None:
        self._sandboxes = context.sandboxes
        atomic = context.migrator.loader.graph.nodes[key].atomic
        self._address = None if atomic else self._sandboxes.clone("safety")

    def drop(self) -> None:
        """Drop the clone after a step that succeeded."""
        if self._address is not None:
            self._sandboxes.drop(self._address)

    def restore(self) -> bool:
        """Continue on the clone after a step that failed; return whether there is one."""
        if self._address is None:
            return False
        self._sandboxes.replace(self._address)
        return True
