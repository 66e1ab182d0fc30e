"""Detect how a project is laid out and installed, by its files alone: nothing of it is run."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from django_switchback.config.programs import django_programs
from django_switchback.config.projects import NO_MANAGE_FILE, find_project, manage_options
from django_switchback.errors import UsageError

Installer: TypeAlias = Literal["pip", "uv", "poetry"]
Host: TypeAlias = Literal["github", "gitlab"]

REQUIREMENTS = (
    "requirements.txt",
    "requirements/base.txt",
    "requirements/local.txt",
    "requirements/dev.txt",
    "requirements/test.txt",
    "requirements-dev.txt",
)
"""Files of requirements, the most usual first."""
ENGINES = {"postgresql": ("postgres", "psycopg"), "sqlite": ("sqlite",)}
"""Words in the settings or requirements that tell which databases a project uses."""
MAX_BYTES = 1_000_000


class NoProject(UsageError):
    """Reports a folder without a Django project to adopt Switchback in."""

    def __init__(self, folder: Path, programs: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"no Django project in {folder}: {NO_MANAGE_FILE}; run init in the root of the repository, or "
            "name the program that runs Django's commands in place of manage.py: "
            f"init {manage_options(programs)}"
        )


class Detected(NamedTuple):
    """A project in the folder ``root``; ``project`` is the folder of ``manage.py`` relative to it.

    ``requirements`` are relative to ``root``, ``databases`` are the SPECs to rehearse on. ``program`` is the
    project's own program in place of ``manage.py``, as it is typed.
    """

    root: Path
    project: str
    installer: Installer
    requirements: tuple[str, ...]
    databases: tuple[str, ...]
    hosts: tuple[Host, ...]
    python: str
    program: tuple[str, ...] = ()


def detect(root: Path, program: tuple[str, ...] = ()) -> Detected:
    """Return what the files below ``root`` say. Raises :class:`UsageError` without exactly one project.

    With a ``program`` in place of ``manage.py`` the project is ``root``, as it is for a rehearsal.
    """
    project = root if program else find_project(root)
    if project is None:
        raise NoProject(root, django_programs(sys.executable, "", root))
    folders = tuple(dict.fromkeys((root, project)))
    requirements = tuple(
        path.relative_to(root).as_posix()
        for folder in folders
        if (path := _first(folder, REQUIREMENTS)) is not None
    )
    return Detected(
        root=root,
        project=project.relative_to(root).as_posix(),
        installer=_installer(root, requirements),
        requirements=requirements,
        databases=_databases(root, project, requirements),
        hosts=_hosts(root),
        python=_python(root),
        program=program,
    )


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _installer(root: Path, requirements: tuple[str, ...]) -> Installer:
    """Return what installs the project: by its lock file, by its ``pyproject.toml``, else pip."""
    pyproject = _pyproject(root)
    if (root / "uv.lock").is_file():
        return "uv"
    if (root / "poetry.lock").is_file() or "poetry" in pyproject.get("tool", {}):
        return "poetry"
    if not requirements and "uv" in pyproject.get("tool", {}):
        return "uv"
    return "pip"


def _pyproject(root: Path) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _databases(root: Path, project: Path, requirements: tuple[str, ...]) -> tuple[str, ...]:
    """Return the databases that settings and requirements mention; both if they mention none."""
    files = [
        *(root / name for name in requirements),
        root / "pyproject.toml",
        *project.glob("settings*.py"),
        *project.glob("*/settings*.py"),
        *project.glob("*/settings/*.py"),
    ]
    text = "\n".join(_text(file) for file in files).lower()
    found = tuple(spec for spec, words in ENGINES.items() if any(word in text for word in words))
    return found[::-1] or ("sqlite", "postgresql")


def _hosts(root: Path) -> tuple[Host, ...]:
    """Return where the project's CI runs, by its files or by its remote; GitHub if nothing tells."""
    remote = _text(root / ".git/config").lower()
    found: list[Host] = []
    if (root / ".github").is_dir() or "github" in remote:
        found.append("github")
    if (root / ".gitlab-ci.yml").is_file() or "gitlab" in remote:
        found.append("gitlab")
    return tuple(found) or ("github",)


def _python(root: Path) -> str:
    """Return the Python version that the project pins, such as ``3.12``."""
    version = _text(root / ".python-version").strip().splitlines()[:1]
    parts = version[0].split(".")[:2] if version else []
    return ".".join(parts) if len(parts) == 2 and all(part.isdigit() for part in parts) else "3.12"


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(MAX_BYTES)
    except OSError:
        return ""
