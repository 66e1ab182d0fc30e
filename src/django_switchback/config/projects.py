"""Find the Django project below a folder by its ``manage.py``, and the settings module that it sets."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from django_switchback.config.sources import DJANGO_SETTINGS_MODULE, UnreadableSettings
from django_switchback.errors import UsageError

MAX_DEPTH = 2
"""Levels of folders below the given one in which a project is found."""
NO_MANAGE_FILE = "no manage.py lies there or at most two levels below"
LIBRARY_FOLDERS = frozenset({"node_modules", "site-packages", "__pycache__"})


class SeveralProjects(UsageError):
    """Reports a folder with several Django projects below it."""

    def __init__(self, folder: Path, projects: tuple[Path, ...]) -> None:
        names = ", ".join(str(project.relative_to(folder)) for project in projects)
        super().__init__(f"several Django projects in {folder}: {names}; name one of them by --project")


class ProjectNotFound(UsageError):
    """Reports a folder without a Django project."""

    def __init__(self, folder: Path, missing: str, programs: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"no Django project in {folder}: {missing}; name the folder with manage.py by --project, or the "
            f"program that runs Django's commands in place of manage.py: {manage_options(programs)}"
        )


def manage_options(programs: tuple[str, ...]) -> str:
    """Return the options that name ``programs``, for a message; with a placeholder if there are none."""
    names = (f'"{program}"' if " " in program else program for program in programs or ("PROGRAM",))
    return " or ".join(f"--manage {name}" for name in names)


class SettingsNotFound(UsageError):
    """Reports a project whose settings module is unknown."""

    def __init__(self, manage: Path) -> None:
        super().__init__(
            f"no settings module: {manage} sets no {DJANGO_SETTINGS_MODULE}; name one by --settings, "
            "for instance --settings config.settings"
        )


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


def settings_of(manage: Path) -> str:
    """Parse ``manage.py``, without running it, and return the settings module that it sets.

    Raises :class:`SettingsNotFound` if there is none, :class:`UnreadableSettings` for a syntax error.
    """
    try:
        tree = ast.parse(manage.read_bytes(), filename=str(manage))
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableSettings(manage, str(error)) from error
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault"),
                args=[ast.Constant(value="DJANGO_SETTINGS_MODULE"), ast.Constant(value=str(module))],
            ):
                return module
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value="DJANGO_SETTINGS_MODULE"))],
                value=ast.Constant(value=str(module)),
            ):
                return module
    raise SettingsNotFound(manage)
