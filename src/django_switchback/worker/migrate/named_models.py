"""Finds the models of the apps that the code of a data migration names."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable
from types import ModuleType

from django.db.migrations.state import ProjectState

from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.steps import MigrationKey

_LIBRARIES = frozenset({"auth", "contenttypes"})
"""Apps that code names in order to change rows about other apps."""


def models_named_in(migrator: Migrator, keys: Iterable[MigrationKey], state: ProjectState) -> tuple[str, ...]:
    """Return the models of ``state`` in the apps of those of ``keys`` that have data operations, by label.

    These are the migrations' own apps and those that their files name; of ``auth`` and ``contenttypes``, only
    their own migrations count. Of several models with one table, the oldest is returned, and its proxies,
    which have permissions of their own.
    """
    apps: set[str] = set()
    for key in keys:
        if migrator.has_data(key):
            words = _words(sys.modules[type(migrator.loader.graph.nodes[key]).__module__])
            apps |= {key[0], *(words & migrator.loader.migrated_apps - _LIBRARIES)}
    if not apps:
        return ()
    labels: dict[str, str] = {}
    for (app, name), model in state.models.items():
        if model.options.get("proxy"):
            labels[f"proxy {app}.{name}"] = f"{app}.{name}"
        else:
            labels.setdefault(str(model.options.get("db_table") or f"{app}_{name}"), f"{app}.{name}")
    return tuple(label for label in labels.values() if label.partition(".")[0] in apps)


def _words(module: ModuleType) -> set[str]:
    try:
        return set(re.findall(r"\w+", inspect.getsource(module)))
    except (OSError, TypeError):
        # A module that is loaded from bytecode has no source.
        return set()
