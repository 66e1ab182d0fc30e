"""A project's own ``makemigrations``, asked as users ask it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from django.core.management.commands.makemigrations import Command

from django_switchback.worker.confirm import PLAIN


def passes_over(command: Any, app: str, *, timeout: float) -> bool:
    """Whether the project's own ``command`` finds nothing to write for ``app``, whatever Django's would.

    It may take less for a change than Django does only once it runs (pretalx, pretix), so it is run, in a
    process of its own with the databases of this one. Raises ``subprocess.TimeoutExpired``.
    """
    if type(command).handle is Command.handle:
        return False
    words = [sys.executable, "-m", PLAIN, "makemigrations", "--check", "--dry-run", app]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
    return done.returncode == 0
