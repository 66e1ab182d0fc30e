"""Plain Django on the Wagtail project: ``manage.py`` as a person types it, and nothing of Switchback's."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from .rehearsed import PROJECT, SECONDS, steady

_UNAPPLYING = re.compile(r"Unapplying ([\w.]+)\.\.\.(?! ?OK)")
_TRACEBACK = "Traceback (most recent call last):\n"
AT_A_TIME = 2
_LOADED_ONCE = """
import contextlib, json, multiprocessing, os, sys, traceback

import dj_database_url, django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import connections

def take(job):
    words, url, output = job
    file = os.open(output, os.O_WRONLY | os.O_CREAT)
    os.dup2(file, 1)
    os.dup2(file, 2)
    with contextlib.suppress(AttributeError):
        del connections["default"]  # made while the project was loaded
    settings.DATABASES["default"].update(dj_database_url.parse(url))
    try:
        execute_from_command_line(words)
    except SystemExit as end:
        return int(bool(end.code))
    except Exception:  # as Python ends a process
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
    return 0

sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()
with multiprocessing.get_context("fork").Pool(int(sys.argv[1]), maxtasksperchild=1) as pool:
    print(json.dumps(pool.map(take, json.load(sys.stdin), chunksize=1)))
    pool.close()
    pool.join()
"""


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


def typed_each(jobs: Sequence[tuple[str, str]], folder: Path) -> list[Plain]:
    """Type many commands, each with the URL of its database; what they print is kept in ``folder``.

    Each has a process of its own, a fork of one that has loaded the project: that takes most of their time.
    """
    files = [folder / f"{number}.txt" for number in range(len(jobs))]
    told = [(_words(command), url, str(output)) for (command, url), output in zip(jobs, files, strict=True)]
    done = subprocess.run(
        [sys.executable, "-c", _LOADED_ONCE, str(AT_A_TIME)],
        cwd=PROJECT,
        env=steady() | {"DATABASE_URL": "sqlite://:memory:"},
        input=msgspec.json.encode(told),
        stdout=subprocess.PIPE,
        timeout=SECONDS,
        check=True,
    )
    return [
        Plain(command, status, output.read_text())
        for (command, _), status, output in zip(jobs, msgspec.json.decode(done.stdout), files, strict=True)
    ]


def typed(command: str, url: str) -> Plain:
    """Type ``command`` in the project's folder; only the database is named by the environment."""
    done = subprocess.run(
        [sys.executable, *_words(command)],
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


def _words(command: str) -> list[str]:
    words = shlex.split(command)
    assert words[:2] == ["python", "manage.py"], command
    return words[1:]
