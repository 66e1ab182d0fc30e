"""Processes that a migration starts beyond the reach of its worker end with the run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from integration.making import App, command_lines, creates, migration, project, switchback

SLEEPS = "time.sleep(299.25)"
"""On the command line of whatever a migration leaves running."""

ESCAPES = f"""
import os, signal, subprocess, sys

WORDS = [sys.executable, "-c", "import time; {SLEEPS}"]

def escape():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 256)
            os.execve(sys.executable, WORDS, {{}})
        os._exit(0)
    os.wait()

def nothing(apps, editor): pass
def escapes(apps, editor): escape()
def leaves(apps, editor):
    escape()
    os._exit(3)
def kills_its_group(apps, editor):
    escape()
    os.killpg(0, signal.SIGKILL)
def kills_its_parent(apps, editor):
    subprocess.Popen(WORDS, env={{}}, start_new_session=True)
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def app(label: str, functions: str) -> App:
    """Return an app whose second migration runs ``functions``, forward and back."""
    return App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_acts": migration(
                f"migrations.RunPython({functions})", after=[(label, "0001_initial")], head=ESCAPES
            ),
        },
        models="class Thing(models.Model): pass",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to an ancestor")
def test_escaped_processes_end_with_the_run(tmp_path: Path) -> None:
    """Daemons in sessions of their own, with empty environments, do not outlive the run.

    Whether the worker goes on, is ended by the coordinator, or was killed with its whole group.
    """
    apps = {
        "forth": app("forth", "escapes, nothing"),
        "leaves": app("leaves", "nothing, leaves"),
        "group": app("group", "kills_its_group, nothing"),
        "parent": app("parent", "nothing, kills_its_parent"),
    }
    ran = switchback(project(tmp_path / "p", apps))
    assert [line for line in command_lines() if SLEEPS in line] == []
    assert {label: ran.verdicts()[f"{label}.0002_acts"] for label in apps} == {
        "forth": "passed",
        "leaves": "failed",
        "group": "failed",
        "parent": "failed",
    }
