"""Checks with the project's own ``makemigrations`` that an app has no missing migration."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NamedTuple

from django_switchback.worker.manage.plain_migrate import PLAIN_MANAGE_MODULE, START_SECONDS
from django_switchback.worker.replacements.settings import KEPT_VARIABLE


class MakemigrationsCheck(NamedTuple):
    """Whether ``makemigrations --check`` found changes; ``None`` if it ran past ``limit`` seconds.

    ``printed`` are the lines of its output, which describe the operations that it would write.
    """

    found_changes: bool | None
    limit: float
    printed: frozenset[str] = frozenset()


def check_for_changes(app: str, *, timeout: float) -> MakemigrationsCheck:
    """Run ``manage.py makemigrations --check`` for ``app``, for ``timeout`` seconds beside those to start.

    The command runs in its own process with the databases of this process: a project may override the command
    to ignore some changes (pretalx, pretix), and migrations may leave models behind in a process (django CMS)
    or alter its models.
    """
    # Migrations serialize storages as the project's own settings define them; nothing is stored.
    variables = {KEPT_VARIABLE: f"{os.environ[KEPT_VARIABLE]},storage"}
    command = [sys.executable, "-m", PLAIN_MANAGE_MODULE, "makemigrations", "--check", "--dry-run", app]
    limit = START_SECONDS + timeout
    try:
        process = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limit,
            check=False,
            env={**os.environ, **variables},
        )
    except subprocess.TimeoutExpired:
        return MakemigrationsCheck(None, limit)
    printed = process.stdout.decode(errors="replace").splitlines()
    return MakemigrationsCheck(process.returncode != 0, limit, frozenset(map(str.strip, printed)))
