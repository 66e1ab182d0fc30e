"""Runs the project's own ``manage.py`` or program with sandboxes as databases, in a new interpreter.

``plain_migrate.py`` calls it where ``preloaded_process.py`` cannot run a command.

Started as ``python -m django_switchback.worker.manage.run migrate …`` in the project's folder. The settings
with the sandboxes are loaded before ``manage.py`` runs: Django keeps the first settings it loads, so a
``manage.py`` that names other settings cannot reach their databases. A program of the project (``--manage``)
sets its settings up itself: they get the sandboxes where it hands over to Django.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import msgspec
from django import conf
from django.core.management import ManagementUtility

from django_switchback.worker.guard import environment
from django_switchback.worker.guard.allowed_databases import allow_sandboxes
from django_switchback.worker.guard.refuse_django_connections import (
    guard_connections,
    keep_newest_settings,
    reset_connections,
)
from django_switchback.worker.project import program
from django_switchback.worker.project.databases import PROJECT_SETTINGS, SWAPPED_SETTINGS, read_sandboxes
from django_switchback.worker.protocol import Program


def main() -> None:
    """Run ``manage.py``, or the program in its place, with the arguments of this process."""
    sandboxes = read_sandboxes(Path(os.environ["SWITCHBACK_SANDBOXES"]))
    guard_connections(allow_sandboxes(sandboxes.values()))
    if "default" in sandboxes:
        environment.point_environment_at(sandboxes["default"])
    if program.PROGRAM_VARIABLE in os.environ:
        _run_program(msgspec.json.decode(os.environ[program.PROGRAM_VARIABLE], type=Program))
        return
    conf.settings.DATABASES  # noqa: B018  loads them
    sys.argv = ["manage.py", *sys.argv[1:]]
    runpy.run_path("manage.py", run_name="__main__")


def _run_program(own: Program) -> None:
    def go_on(utility: ManagementUtility) -> None:
        os.environ[PROJECT_SETTINGS] = program.settings_module()
        os.environ[conf.ENVIRONMENT_VARIABLE] = SWAPPED_SETTINGS
        conf.settings._setup()
        reset_connections()
        utility.execute()

    with keep_newest_settings():
        program.run_program(own, sys.argv[1:], go_on)


if __name__ == "__main__":
    main()
