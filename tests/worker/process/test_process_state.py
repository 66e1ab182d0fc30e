"""A worker after a step is what it was before, whatever the step did to its process."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from django_switchback.sandbox import processes

DISTURBED = {
    "folder": "os.chdir('/')",
    "output": "os.close(1)",
    "error": "os.dup2(os.open(os.devnull, os.O_WRONLY), 2)",
    "standard streams": "os.closerange(0, 3)",
    "every descriptor": "os.closerange(0, 2048)",
    "stream objects": "sys.stdout.close(); sys.stderr = None",
    "timer": "signal.setitimer(signal.ITIMER_REAL, 0.05)",
    "children": "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
    "a child in a session of its own": (
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)"
    ),
}

PROCESS = """
import os, signal, subprocess, sys, time
from django_switchback.worker.process.process_state import process_state

kept = process_state()
folder = os.getcwd()
{act}
kept.restore()
assert os.getcwd() == folder
assert not kept.streams_changed
print("out", flush=True)
print("err", file=sys.stderr, flush=True)
assert sys.stdin.read() == ""
time.sleep(0.1)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    sys.exit(7)
"""


@pytest.mark.parametrize("act", DISTURBED)
def test_put_right(tmp_path: Path, act: str) -> None:
    """Folder, streams, timers and children are put right; what is printed later arrives where it can."""
    mark = f"{tmp_path}/log"
    with (tmp_path / "out").open("w+b") as output:
        ended = subprocess.run(
            [sys.executable, "-c", PROCESS.format(act=textwrap.dedent(DISTURBED[act]))],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=tmp_path,
            env={"PATH": "", processes.WORKER_VARIABLE: mark, "PYTHONPATH": ":".join(sys.path)},
            start_new_session=True,
            timeout=30,
            check=False,
        )
        output.seek(0)
        said = output.read().decode()
    assert ended.returncode == 7, said
    # A spare of each stream is kept, but nothing survives those who close what they never opened.
    assert said == ("" if act == "every descriptor" else "out\nerr\n")


@pytest.mark.parametrize("marked", [False, True])
def test_no_worker_ends_no_children(tmp_path: Path, *, marked: bool) -> None:
    """In a process that is no worker, children and the group it is in are left alone.

    Also in one that a worker has started, which has its mark.
    """
    code = """
        import subprocess, sys
        from django_switchback.worker.process.process_state import process_state
        kept = process_state()
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        kept.restore()
        assert child.poll() is None
        child.communicate(b"\\n")
        sys.exit(child.returncode)
    """
    # Below a leader of its own: what is ended by mistake is not this one.
    leader = (
        "import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', sys.argv[1]]).returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", leader, textwrap.dedent(code)],
        env={**os.environ, **({processes.WORKER_VARIABLE: str(tmp_path)} if marked else {})},
        start_new_session=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0


def test_end_spares_others() -> None:
    """Only processes with the mark or in the group are ended."""
    words = [sys.executable, "-c", "input()"]
    marked, other = (
        subprocess.Popen(words, stdin=subprocess.PIPE, env={"A_MARK": value})
        for value in ("mine", "mine too")
    )
    processes.kill_processes("A_MARK=mine", -1)
    assert marked.wait(10) == -9
    assert other.poll() is None
    other.communicate(b"\n")
    marked.communicate()
