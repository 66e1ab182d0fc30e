"""The SQLite files that are the project's own databases, wherever it names them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django_switchback.worker.guard.database_urls import sqlite_file

FILES_VARIABLE = "SWITCHBACK_PROJECT_FILES"
"""Tells the processes that a worker starts what the environment named before it was swapped."""


def remember_project_files() -> None:
    """Keep what the environment and a ``.env`` in the current folder name, before anything is swapped."""
    if FILES_VARIABLE not in os.environ:
        named = [*_urls(os.environ.values()), *_urls(_dotenv().values())]
        os.environ[FILES_VARIABLE] = json.dumps(sorted(set(named)))


def project_files() -> set[str]:
    """Return the real paths of all that is named by now, in ``DATABASES`` of modules that are loaded too."""
    named = [*json.loads(os.environ.get(FILES_VARIABLE, "[]")), *_settings()]
    return {os.path.realpath(name) for name in named if name}


def _dotenv() -> Mapping[str, str | None]:
    path = Path(".env")
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        return dotenv_values(path)
    except (OSError, UnicodeDecodeError):
        # Whoever reads it for its settings says so.
        return {}


def _urls(values: Iterable[str | None]) -> Iterator[str]:
    for value in values:
        path = sqlite_file(value or "")
        if path:
            # Some read three slashes as the beginning of an absolute path.
            yield from (path, f"/{path.lstrip('/')}")


def _settings() -> Iterator[str]:
    for module in list(sys.modules.values()):
        databases = getattr(module, "__dict__", {}).get("DATABASES")
        if isinstance(databases, Mapping):
            for settings in databases.values():
                if isinstance(settings, Mapping) and settings.get("NAME"):
                    yield str(settings["NAME"])
