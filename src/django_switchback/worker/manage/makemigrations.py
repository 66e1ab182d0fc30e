"""The project's ``makemigrations``, asked as users ask it: it has the last word on what is no drift."""

from __future__ import annotations

import os
import subprocess
import sys

from django_switchback.worker.manage.confirm import PLAIN_MANAGE_MODULE
from django_switchback.worker.replacements.settings import KEPT_VARIABLE


def finds_no_changes(app: str, *, timeout: float) -> bool:
    """Whether ``manage.py makemigrations --check`` finds nothing to write for ``app``.

    It is run in a process of its own, with the databases of this one: a project's own command may take less
    for a change once it runs (pretalx, pretix), and migrations that were run leave models of theirs behind in
    a process (django CMS) or change those that are there. Raises ``subprocess.TimeoutExpired``.
    """
    # What it writes down of a storage is what the project's own settings say, and it stores nothing.
    kept = {KEPT_VARIABLE: f"{os.environ[KEPT_VARIABLE]},storage"}
    words = [sys.executable, "-m", PLAIN_MANAGE_MODULE, "makemigrations", "--check", "--dry-run", app]
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
        env={**os.environ, **kept},
    )
    return done.returncode == 0
