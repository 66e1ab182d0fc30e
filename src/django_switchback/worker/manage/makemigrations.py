"""Checks with the project's own ``makemigrations`` that an app has no missing migration."""

from __future__ import annotations

import os
import subprocess
import sys

from django_switchback.worker.manage.confirm import PLAIN_MANAGE_MODULE
from django_switchback.worker.replacements.settings import KEPT_VARIABLE


def finds_no_changes(app: str, *, timeout: float) -> bool:
    """Return whether ``manage.py makemigrations --check`` finds no changes for ``app``.

    The command runs in its own process with the databases of this process: a project may override the command
    to ignore some changes (pretalx, pretix), and migrations may leave models behind in a process (django CMS)
    or alter its models. Raises ``subprocess.TimeoutExpired``.
    """
    # Migrations serialize storages as the project's own settings define them; nothing is stored.
    variables = {KEPT_VARIABLE: f"{os.environ[KEPT_VARIABLE]},storage"}
    command = [sys.executable, "-m", PLAIN_MANAGE_MODULE, "makemigrations", "--check", "--dry-run", app]
    process = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
        env={**os.environ, **variables},
    )
    return process.returncode == 0
