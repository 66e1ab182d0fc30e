"""Collects the SQLite files that the project's settings and environment name."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django_switchback.worker.guard.database_urls import sqlite_file

FILES_VARIABLE = "SWITCHBACK_PROJECT_FILES"
"""Passes the files named by the original environment to child processes."""


def remember_project_files() -> None:
    """Store the SQLite files that the environment and ``./.env`` name, before they are replaced."""
    if FILES_VARIABLE not in os.environ:
        files = [*_urls(os.environ.values()), *_urls(_dotenv().values())]
        os.environ[FILES_VARIABLE] = json.dumps(sorted(set(files)))


def project_files() -> set[str]:
    """Return the real paths of all known SQLite files, including ``DATABASES`` of loaded modules."""
    files = [*json.loads(os.environ.get(FILES_VARIABLE, "[]")), *_settings()]
    return {os.path.realpath(name) for name in files if name}


def _dotenv() -> Mapping[str, str | None]:
    path = Path(".env")
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        return dotenv_values(path)
    except (OSError, UnicodeDecodeError):
        # The code that loads it for the settings raises the error.
        return {}


def _urls(values: Iterable[str | None]) -> Iterator[str]:
    for value in values:
        path = sqlite_file(value or "")
        if path:
            # Some libraries read three slashes as the start of an absolute path.
            yield from (path, f"/{path.lstrip('/')}")


def _settings() -> Iterator[str]:
    for module in list(sys.modules.values()):
        databases = getattr(module, "__dict__", {}).get("DATABASES")
        if isinstance(databases, Mapping):
            for settings in databases.values():
                if isinstance(settings, Mapping) and settings.get("NAME"):
                    yield str(settings["NAME"])
