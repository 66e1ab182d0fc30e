"""Runs the project's own ``manage.py`` with sandboxes as databases, in a new interpreter.

``confirm_failure.py`` calls it where ``preloaded_process.py`` cannot run a command.

Started as ``python -m django_switchback.worker.manage.run migrate …`` in the project's folder. The settings
with the sandboxes are loaded before ``manage.py`` runs: Django keeps the first settings it loads, so a
``manage.py`` that names other settings cannot reach their databases.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from django.conf import settings

from django_switchback.worker.guard import environment
from django_switchback.worker.guard.allowed_databases import allow_sandboxes
from django_switchback.worker.guard.foreign_connections import guard_connections
from django_switchback.worker.project.databases import read_sandboxes


def main() -> None:
    """Run ``manage.py`` with the arguments of this process."""
    sandboxes = read_sandboxes(Path(os.environ["SWITCHBACK_SANDBOXES"]))
    guard_connections(allow_sandboxes(sandboxes.values()))
    if "default" in sandboxes:
        environment.point_environment_at(sandboxes["default"])
    settings.DATABASES  # noqa: B018  loads them
    sys.argv = ["manage.py", *sys.argv[1:]]
    runpy.run_path("manage.py", run_name="__main__")


if __name__ == "__main__":
    main()
