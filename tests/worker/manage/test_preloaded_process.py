"""Plain ``manage.py`` forked from a process that has the project loaded, as if it was started anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = """
from django.core.management.base import BaseCommand, CommandError
import os, signal, sys, time

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("how")

    def handle(self, how, **options):
        print("out", os.environ["ANSWER"], os.getpid() != int(os.environ["WORKER"]))
        print("err", file=sys.stderr)
        if how == "connects":
            from django.db import connections
            connections[options.get("alias", "default")].ensure_connection()
            print(connections["default"].settings_dict["NAME"])
        if how == "connects elsewhere":
            from django.db import connections
            connections["default"].settings_dict["NAME"] = "foreign.sqlite3"
            connections["default"].ensure_connection()
        if how == "says":
            sys.exit("a word")
        if how == "refuses":
            raise CommandError("no")
        if how == "raises":
            raise ValueError("a value")
        if how == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "takes its parent":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        if how == "hangs":
            time.sleep(60)
"""

WORKER = """
import json, os, sys, tempfile
sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "site_.settings"
os.environ["WORKER"] = str(os.getpid())
import django
django.setup()
from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard.refuse_django_connections import guard_connections
from django_switchback.worker.manage.preloaded_process import ManageCommand, start_warm_process

guard_connections(lambda wanted: True)  # as a worker's own, which has more sandboxes than a command
standby = start_warm_process(None)
answers = []
before, wanted = sys.argv[1], sys.argv[2:]
exec(before)
for how in wanted:
    with tempfile.TemporaryFile() as output:
        address = Address(engine="sqlite", name=os.path.abspath("copy.sqlite3"))
        request = ManageCommand(("act", how), {"ANSWER": "42"}, {"default": address}, 5.0)
        ended = standby and standby.run(request, output)
        output.seek(0)
        answers.append([ended and ended.status, ended is None, output.read().decode()])
json.dump(answers, sys.stdout)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project as ``startproject`` writes it, with a command ``act``."""
    from django.core.management import call_command

    call_command("startproject", "site_", str(tmp_path), verbosity=0)
    commands = tmp_path / "things" / "management" / "commands"
    commands.mkdir(parents=True)
    commands.joinpath("act.py").write_text(COMMAND)
    settings = tmp_path / "site_" / "settings.py"
    settings.write_text(settings.read_text() + "\nINSTALLED_APPS += ['things']\n")
    return tmp_path


def answers(folder: Path, *wanted: str, before: str = "") -> list[Any]:
    """Return status, whether there was nobody, and output for each word that the command ``act`` is given."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, before, *wanted],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ("does nothing", 0, ""),
        ("says", 1, "a word"),
        ("refuses", 1, "CommandError: no"),
        ("raises", 1, "ValueError: a value"),
        ("dies", -9, ""),
        ("connects", 0, "copy.sqlite3"),
        ("connects elsewhere", 1, "NotASandbox"),
    ],
)
def test_as_a_process_of_its_own(folder: Path, how: str, status: int, said: str) -> None:
    """Status and output are those of ``manage.py``, on the databases that were asked for and no other."""
    [[ended, nobody, output]] = answers(folder, how)
    assert (ended, nobody) == (status, False), output
    assert "out 42 True" in output or how == "dies"
    assert "err" in output or how == "dies"
    assert said in output


def test_one_after_the_other(folder: Path) -> None:
    """What became of one command is nothing to the next."""
    found = answers(folder, "raises", "dies", "hangs", "does nothing")
    assert [status for status, _, _ in found] == [1, -9, None, 0]


def test_one_that_takes_its_parent_with_it_was_killed(folder: Path) -> None:
    """It is not tried again from nothing on a database that it was on already; the next one is."""
    found = answers(folder, "takes its parent", "does nothing")
    assert [(status, nobody) for status, nobody, _ in found] == [(-9, False), (None, True)]


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("os.closerange(3, 2048)", id="closed"),
        pytest.param("os.closerange(3, 2048); files = [open(os.devnull) for _ in range(64)]", id="a file's"),
        pytest.param(
            "import socket; os.closerange(3, 2048); pairs = [socket.socketpair() for _ in range(64)]",
            id="a connection's",
        ),
    ],
)
def test_a_migration_that_closes_every_descriptor(folder: Path, before: str) -> None:
    """Nothing is written to what has got the number since; the caller starts a process of its own."""
    [[status, nobody, _]] = answers(folder, "does nothing", before=before)
    assert (status, nobody) == (None, True)


def test_nobody_where_manage_py_does_more(folder: Path) -> None:
    """What ``manage.py`` does before Django is loaded cannot come after."""
    manage = folder / "manage.py"
    manage.write_text("import patches\n" + manage.read_text())
    [[status, nobody, _]] = answers(folder, "does nothing")
    assert (status, nobody) == (None, True)
