"""Plain Django on the Wagtail project: ``manage.py`` as a person types it, and nothing of Switchback's."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import msgspec

from .rehearsed import PROJECT, SECONDS, steady

_UNAPPLYING = re.compile(r"Unapplying ([\w.]+)\.\.\.(?! ?OK)")
_TRACEBACK = "Traceback (most recent call last):\n"


class Plain(msgspec.Struct, frozen=True):
    """What a command came to: its exit status and all that it printed."""

    command: str
    status: int
    output: str

    @property
    def raised(self) -> str | None:
        """The class of the exception that ended it, without its module; ``None`` where none did."""
        if self.status == 0:
            return None
        # The frames are indented; what follows the last ones names the exception.
        last = self.output.rpartition(_TRACEBACK)[2].splitlines()
        named = next(line for line in last if line and not line.startswith(" "))
        return named.partition(":")[0].rpartition(".")[2]

    @property
    def stopped_at(self) -> str | None:
        """The migration that was being rolled back when it ended, written ``app.name``."""
        found = _UNAPPLYING.findall(self.output)
        return found[-1] if self.status != 0 and found else None


def typed(command: str, url: str) -> Plain:
    """Type ``command`` in the project's folder; only the database is named by the environment."""
    words = shlex.split(command)
    assert words[:2] == ["python", "manage.py"], command
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=PROJECT,
        env=steady() | {"DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Plain(command, done.returncode, done.stdout)
