"""Descendants are adopted and ended, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PROCESS = """
import os, signal, subprocess, sys, time
from pathlib import Path
from django_switchback.sandbox.orphaned_processes import adopt_orphans, descendants, orphans_ended
from django_switchback.sandbox.processes import start_id

def daemon(name):
    # A session of its own, no environment, no parent.
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            Path(name).write_text(str(os.getpid()))
            os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)"], {})
        os._exit(0)
    os.wait()
    while not (Path(name).exists() and Path(name).read_text()):
        time.sleep(0.01)
    return int(Path(name).read_text())

"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to an ancestor")


def run(folder: Path, code: str) -> None:
    """Run ``code`` in a process of its own, which has no children yet."""
    ended = subprocess.run(
        [sys.executable, "-c", PROCESS + textwrap.dedent(code)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_orphans_are_ended(tmp_path: Path) -> None:
    """A daemon is ended with the block that it was started in, with its children, and leaves no zombie."""
    run(
        tmp_path,
        """
        with orphans_ended():
            pid = daemon("in the block")
            child = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60"])
            while len(descendants()) < 4:
                time.sleep(0.01)
            assert start_id(pid) is not None
        assert start_id(pid) is None
        assert descendants() == set()
        """,
    )


def test_what_was_there_before_goes_on(tmp_path: Path) -> None:
    """Children that were there before the block are left alone, and so are those that they start later."""
    run(
        tmp_path,
        """
        forker = "import subprocess, sys; sys.stdin.readline(); subprocess.run(['sleep', '60'])"
        words = [sys.executable, "-c", forker]
        child = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)
        with orphans_ended():
            child.stdin.write(b"\\n")
            child.stdin.flush()
            while len(descendants()) < 2:
                time.sleep(0.01)
            started = descendants()
        assert descendants() == started
        assert all(start_id(pid) is not None for pid in started)
        os.killpg(child.pid, signal.SIGKILL)
        """,
    )


def test_nothing_is_adopted_after_the_block(tmp_path: Path) -> None:
    """Daemons that are started later are none of this process's."""
    run(
        tmp_path,
        """
        with orphans_ended():
            pass
        pid = daemon("later")
        assert pid not in descendants()
        os.kill(pid, signal.SIGKILL)
        """,
    )
