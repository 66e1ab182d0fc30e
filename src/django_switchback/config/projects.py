"""Find the Django project below a folder by its ``manage.py``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django_switchback.errors import UsageError

MAX_DEPTH = 2
"""Levels of folders below the given one in which a project is found."""
LIBRARY_FOLDERS = frozenset({"node_modules", "site-packages", "__pycache__"})


class SeveralProjects(UsageError):
    """Reports a folder with several Django projects below it."""

    def __init__(self, folder: Path, projects: tuple[Path, ...]) -> None:
        names = ", ".join(str(project.relative_to(folder)) for project in projects)
        super().__init__(f"several Django projects in {folder}: {names}; name one of them by --project")


def find_project(folder: Path) -> Path | None:
    """Return ``folder`` if it has a ``manage.py``, else the only folder up to two levels below that has one.

    Hidden folders, virtual environments and libraries are left out. ``None``: there is none. Raises
    :class:`SeveralProjects`.
    """
    if (folder / "manage.py").is_file():
        return folder
    found = tuple(sorted(_below(folder, MAX_DEPTH)))
    if len(found) > 1:
        raise SeveralProjects(folder, found)
    return found[0] if found else None


def _below(folder: Path, depth: int) -> Iterator[Path]:
    for path in source_folders(folder):
        if (path / "manage.py").is_file():
            yield path
        elif depth > 1:
            yield from _below(path, depth - 1)


def source_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders in ``folder`` that may be the user's, by name; links are not followed."""
    try:
        entries = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
    except OSError:
        # Not readable, or removed since its parent was read: nothing there could be rehearsed.
        return
    for name in entries:
        library = name.startswith(".") or name in LIBRARY_FOLDERS
        if not library and not (folder / name / "pyvenv.cfg").is_file():
            yield folder / name
