"""Runs a command and measures it: wall time, processor time, and the memory of its whole process tree."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[1]
SWITCHBACK = (sys.executable, str(ROOT / "scripts/test_migrations.py"))
EVERY_SECONDS = 1.0
MIB = 2**20


class Spent(NamedTuple):
    """Seconds of the clock and of processors (user and system), and MiB at the highest sample.

    Processor time is that of all processes that ended within, but servers, which outlive who started them.
    """

    wall: float
    cpu: float
    mib: int = 0


def run(
    words: Sequence[str],
    folder: Path = ROOT,
    *,
    statuses: Collection[int] = (0,),
    variables: Mapping[str, str] | None = None,
    memory: bool = False,
) -> Spent:
    """Run a command and return what it cost; end this process at an exit status that is none of ``statuses``.

    ``memory``: sample the proportional set size of the process tree, servers included, once a second.
    """
    began, before = time.monotonic(), _processors()
    with subprocess.Popen(
        words,
        cwd=folder,
        env=steady() | dict(variables or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        samples = [0]
        if memory:
            threading.Thread(target=_sample, args=(psutil.Process(process.pid), samples), daemon=True).start()
        told, _ = process.communicate()
    cost = Spent(time.monotonic() - began, _processors() - before, max(samples) // MIB)
    if process.returncode not in statuses:
        sys.exit(f"{' '.join(words)}\nended with status {process.returncode}:\n{told}")
    return cost


def _sample(root: psutil.Process, samples: list[int]) -> None:
    while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
        with suppress(psutil.Error):
            samples.append(sum(map(_held, [root, *root.children(recursive=True)])))
        time.sleep(EVERY_SECONDS)


def _held(process: psutil.Process) -> int:
    """Return the bytes of memory of one process, with those of a server's data folder in memory."""
    with suppress(psutil.Error, OSError):
        words = process.cmdline()
        data = Path(words[words.index("-D") + 1]) if "-D" in words else None
        held = process.memory_full_info().pss
        if data is not None and data.is_relative_to("/dev/shm"):
            held += sum(file.stat().st_blocks * 512 for file in data.rglob("*"))
        return int(held)
    return 0


def _processors() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def steady() -> dict[str, str]:
    """Return the environment without what steers Switchback or Django.

    Nor with what keeps Python from writing down what it compiled: pip does that for all that it installs, but
    not for a checkout, which would be compiled by each process anew.
    """
    steering = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in steering and not name.startswith("SWITCHBACK_")
    }
