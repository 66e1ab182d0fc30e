"""Make the files of an adoption from templates, for a project as it was detected."""

from __future__ import annotations

import json
import shlex
from importlib import resources
from string import Template
from typing import NamedTuple

from django_switchback.adoption.detect import Detected, Installer


class AdoptionFile(NamedTuple):
    """A file to write; ``path`` is relative to the root of the repository."""

    path: str
    text: str


TOOLS: dict[Installer, str] = {"pip": "nox", "uv": "nox uv", "poetry": "nox poetry"}
"""What CI installs before it calls nox."""


def adoption_files(detected: Detected) -> tuple[AdoptionFile, ...]:
    """Return the noxfile, the tasks, the script, the workflows and the template of pull requests."""
    values = {
        "databases": repr(list(detected.databases)),
        "install": _install(detected),
        "project": detected.project,
        "program": _program(detected),
        "python": detected.python,
    }
    files = [
        ("noxfile.py", "noxfile.py", values),
        ("tasks.py", "tasks.py", values),
        ("scripts/test_migrations.py", "test_migrations.py", values),
    ]
    install = f"python -m pip install {TOOLS[detected.installer]}"
    if "github" in detected.hosts:
        tools = f"      - name: Install nox\n        run: {install}"
        files.append((".github/workflows/migrations.yml", "github.yml", values | {"tools": tools}))
        files.append((".github/pull_request_template.md", "pull_request_template.md", values))
    if "gitlab" in detected.hosts:
        files.append((".gitlab/migrations.yml", "gitlab.yml", values | {"tools": f"    - {install}"}))
    return tuple(AdoptionFile(path, _rendered(name, texts)) for path, name, texts in files)


def _rendered(name: str, values: dict[str, str]) -> str:
    source = resources.files("django_switchback.adoption").joinpath("templates", f"{name}.txt")
    return Template(source.read_text(encoding="utf-8")).substitute(values)


def _program(detected: Detected) -> str:
    """Return the statement of the script that names the project's own program; none for ``manage.py``."""
    if not detected.program:
        return ""
    words = json.dumps(shlex.join(detected.program))
    return f'\n    os.environ.setdefault("SWITCHBACK_MANAGE", {words})'


def _install(detected: Detected) -> str:
    """Return the statements of the noxfile that install the project's requirements."""
    match detected.installer:
        case "uv":
            location = '{"UV_PROJECT_ENVIRONMENT": session.virtualenv.location}'
            return f'    session.run_install("uv", "sync", "--inexact", env={location}, external=True)'
        case "poetry":
            words = '"poetry", "install", "--no-root", "--no-interaction"'
            return f"    session.run_install({words}, external=True)"
    lines = [f'    session.install("-r", {name!r})'.replace("'", '"') for name in detected.requirements]
    if not lines and (detected.root / "pyproject.toml").is_file():
        lines = ['    session.install("-e", ".")']
    return (
        "\n".join(lines) or "    # No file of requirements was found: name yours with session.install(...)."
    )
