"""Clones a sandbox before a step that can stop half way, to continue on the clone if the step fails."""

from __future__ import annotations

import inspect
import sys
from functools import cache

from django.db.migrations.migration import Migration

from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.migrate.steps import MigrationKey


class SafetyClone:
    """A clone of the current sandbox, made before a step of ``key`` if a failure may leave something.

    The database undoes the step of an atomic migration itself, unless the migration commits on its own or
    registers a function with ``on_commit``, which may raise after the commit.
    """

    def __init__(self, context: PartContext, key: MigrationKey) -> None:
        self._sandboxes = context.sandboxes
        migration = context.migrator.node(key)
        needed = not migration.atomic or (context.migrator.has_data(key) and _names_on_commit(migration))
        self._address = self._sandboxes.clone("safety") if needed else None

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


def _names_on_commit(migration: Migration) -> bool:
    """Return whether the module of ``migration``, or one of its functions' modules, names ``on_commit``."""
    functions = (
        getattr(operation, name, None)
        for operation in migration.operations
        for name in ("code", "reverse_code")
    )
    modules = {type(migration).__module__, *(getattr(function, "__module__", "") for function in functions)}
    return any(map(_module_names_on_commit, modules))


@cache
def _module_names_on_commit(name: str) -> bool:
    try:
        return "on_commit" in inspect.getsource(sys.modules[name])
    except (KeyError, OSError, TypeError):
        # A module that is loaded from bytecode has no source.
        return False
