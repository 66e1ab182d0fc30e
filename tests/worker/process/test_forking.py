"""Work that a worker has done in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from django_switchback.sandbox import processes

WORKER = """
import gc, os, signal, subprocess, sys, threading, time
from pathlib import Path
from django.conf import settings
settings.configure(DATABASES={{}})
from django_switchback.worker.process.process_state import process_state
from django_switchback.worker.process.forking import run_in_fork, peak_kib

folder = Path.cwd()
worker = os.getpid()
kept = process_state()
held = []

def work(room):
    {work}

{before}
print(run_in_fork(folder, work), flush=True)
print(os.listdir(folder), flush=True)
"""


def run(tmp_path: Path, work: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a worker that has ``work`` done apart, in an empty folder."""
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    code = WORKER.format(work=textwrap.indent(textwrap.dedent(work), "    ").strip(), before=before)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PATH": "", processes.WORKER_VARIABLE: str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        timeout=60,
        check=False,
        text=True,
    )


def test_the_result_comes_back_and_nothing_else(tmp_path: Path) -> None:
    """What the work leaves in its process is gone, and so is the file that brought the result."""
    done = run(
        tmp_path, "held.append(1)\nreturn os.getpid() != worker, {('a', 'b'), ('c', 'd')} - {('c', 'd')}"
    )
    assert done.stdout.splitlines() == ["(True, {('a', 'b')})", "[]"], done.stderr
    assert "[1]" not in run(tmp_path, "held.append(1)", "run_in_fork(folder, work); print(held)").stdout


@pytest.mark.parametrize(
    "act",
    [
        "os.closerange(0, 2048)",
        "os.chdir('/')",
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
    ],
)
def test_it_is_put_right_like_a_worker(tmp_path: Path, act: str) -> None:
    """Whatever a step did to the process, its result arrives; its children end, and its parent does not."""
    done = run(tmp_path, f"{act}\nkept.restore()\nreturn 'done'")
    assert done.stdout.splitlines() == ["done", "[]"], done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("act", "status"),
    [
        ("os._exit(3)", 3),
        ("os._exit(0)", 0),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("raise ValueError('ours')", 1),
        ("sys.exit(5)", 1),
    ],
)
def test_what_ends_it_ends_the_worker(tmp_path: Path, act: str, status: int) -> None:
    """The coordinator sees a worker that ended in the same way, and never a result."""
    done = run(tmp_path, act)
    assert (done.returncode, done.stdout) == (status, "")
    assert ("ValueError: ours" in done.stderr) == ("ours" in act)


def test_it_ends_with_the_worker(tmp_path: Path) -> None:
    """Work whose worker is killed does not go on."""
    done = run(
        tmp_path, "Path('pid').write_text(str(os.getpid())); os.kill(worker, signal.SIGKILL); time.sleep(60)"
    )
    assert done.returncode == -signal.SIGKILL
    pid = int((tmp_path / "folder" / "pid").read_text())
    deadline = time.monotonic() + 20
    while processes.start_id(pid) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_threads_keep_the_work_here(tmp_path: Path) -> None:
    """A fork would not have them; there is room for all then."""
    before = "[threading.Thread(target=time.sleep, args=(60,), daemon=True).start() for _ in range(2)]"
    done = run(tmp_path, "return os.getpid() == worker, room.remains", before)
    assert done.stdout.splitlines()[0] == "(True, True)", done.stderr


def test_room(tmp_path: Path) -> None:
    """A process that has grown has none left, and counts in the peak."""
    done = run(
        tmp_path,
        "first = room.remains; held.append(b'x' * (200 << 20)); return first, room.remains",
        "print(run_in_fork(folder, work)); print(peak_kib() > 200 << 10)",
    )
    # Of this process itself, Linux counts what started it.
    assert done.stdout.splitlines()[:2] == ["(True, False)", "True"], done.stderr


@pytest.mark.parametrize(("models", "objects"), [(10, 1_500_000), (600, 200_000)])
def test_garbage_of_many_models_is_collected_sooner(tmp_path: Path, models: int, objects: int) -> None:
    """One rendered state of many models is too much to be left lying about until the process ends."""
    before = f"from django.apps import apps; apps.all_models['a'] = dict.fromkeys(map(str, range({models})))"
    done = run(tmp_path, "return gc.get_threshold()[0]", before)
    assert done.stdout.splitlines()[0] == str(objects), done.stderr


SLEEP = "987.25"
"""On the command line of the processes that a step keeps starting."""


def running_sleeps() -> list[str]:
    """Return the pids of the processes that a step started."""
    listed = subprocess.run(["pgrep", "-f", f"sleep {SLEEP}"], capture_output=True, text=True, check=False)
    return listed.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the environments of processes")
def test_nothing_outlives_a_coordinator_that_was_killed(tmp_path: Path) -> None:
    """The worker ends only when all processes are killed, also those started while it is killing others."""
    folder = tmp_path / "folder"
    folder.mkdir()
    work = f"""
        Path("ready").touch()
        while Path("/proc", str(coordinator)).exists():
            time.sleep(0.001)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            subprocess.Popen(["/bin/sleep", "{SLEEP}"], start_new_session=True)
            time.sleep(0.002)
    """
    before = """
from django_switchback.worker.process.forking import die_with_parent
coordinator = os.getppid()
die_with_parent(coordinator)
"""
    code = WORKER.format(work=textwrap.indent(textwrap.dedent(work), "    ").strip(), before=before)
    launch = (
        "import os, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True)\n"
        "while not os.path.exists('ready'): time.sleep(0.01)"
    )
    try:
        subprocess.run(
            [sys.executable, "-c", launch, code],
            cwd=folder,
            env={"PATH": "", processes.WORKER_VARIABLE: str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )
        deadline = time.monotonic() + 20
        while not running_sleeps():
            assert time.monotonic() < deadline, "the step did not begin"
        while left := running_sleeps():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
    finally:
        subprocess.run(["pkill", "-9", "-f", f"sleep {SLEEP}"], check=False)
