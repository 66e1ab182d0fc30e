"""What code of the project may leave disturbed in a worker, put right again after each step.

A plain ``manage.py migrate`` ends with its process; a worker goes on, and what one migration did to its
process must not be held against the next.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TextIO, cast

from django_switchback.sandbox import processes

_STREAMS = ("stdin", "stdout", "stderr")


@cache
def process_state() -> ProcessState:
    """Return this process's house, as it was when it was first asked for."""
    return ProcessState()


class ProcessState:
    """The working folder, the standard streams and the timer of this process, as they are now.

    Children it has none.
    """

    def __init__(self) -> None:
        # A worker leads its group; any other process may have children of its own, and be in somebody's.
        self._inhabitant = os.getpid() if os.getpgrp() == os.getpid() else None
        self._folder = Path.cwd()
        self._streams: dict[str, TextIO | None] = {name: getattr(sys, name) for name in _STREAMS}
        self._files = [descriptor_identity(number) for number in range(3)]
        # High up, where those who close every descriptor rarely get to.
        place = min(512, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._spare = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, place) for number in range(3)]

    def rebind_to_this_pid(self) -> None:
        """Let this process, forked from the worker that had the house, be the one that is put right."""
        self._inhabitant = os.getpid()

    @property
    def streams_changed(self) -> bool:
        """Whether a standard stream leads elsewhere; another file may have taken its number since."""
        return [descriptor_identity(number) for number in range(3)] != self._files

    def restore(self) -> None:
        """Put right what is not as it was. Close other files first that may have a stream's number."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self._inhabitant == os.getpid():
            _end_children()
        os.chdir(self._folder)
        for number, name in enumerate(_STREAMS):
            if descriptor_identity(number) != self._files[number]:
                self._reopen(number)
            stream = self._streams[name]
            if stream is None or stream.closed:
                stream = self._streams[name] = _text(number)
            setattr(sys, name, stream)

    def _reopen(self, number: int) -> None:
        spare = self._spare[number]
        if descriptor_identity(spare) == self._files[number]:
            os.dup2(spare, number)
            return
        # What is printed from now on is lost; that it can be printed is what counts.
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
        os.set_inheritable(number, True)
        self._files[number] = descriptor_identity(number)


def _end_children() -> None:
    """End what the step left running: a forked child holds the connection to the database open."""
    mark = os.environ.get(processes.WORKER_VARIABLE)
    if mark is None:
        return
    deadline = time.monotonic() + 1
    with suppress(ChildProcessError):
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                processes.kill_processes(
                    f"{processes.WORKER_VARIABLE}={mark}", os.getpgrp(), spared=os.getppid()
                )


def _text(number: int) -> TextIO:
    """Return a stream over the open descriptor ``number``, as Python itself makes them."""
    mode = "w" if number else "r"
    opened = open(  # noqa: SIM115
        number, mode, buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )
    return cast("TextIO", opened)


def descriptor_identity(number: int) -> tuple[int, int] | None:
    """Return what file descriptor ``number`` stands for; ``None`` where it is closed."""
    with suppress(OSError):
        found = os.fstat(number)
        return found.st_dev, found.st_ino
    return None
