"""Saves and restores the process state that project code may change during a step.

A plain ``manage.py migrate`` ends with its process. A worker goes on: changes that a migration made to its
process must not affect the next migration.
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
    """Return the process state captured on the first call: working directory, standard streams, timers."""
    return ProcessState()


class ProcessState:
    """Captures the working directory and the standard streams of this process, to restore them."""

    def __init__(self) -> None:
        # Only a worker leads its process group; any other process may have children that must survive.
        self._managed_pid = os.getpid() if os.getpgrp() == os.getpid() else None
        self._folder = Path.cwd()
        self._streams: dict[str, TextIO | None] = {name: getattr(sys, name) for name in _STREAMS}
        self._files = [descriptor_identity(number) for number in range(3)]
        # High numbers: code that closes all descriptors rarely reaches them.
        lowest_spare = min(512, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._spare = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, lowest_spare) for number in range(3)]

    def rebind_to_this_pid(self) -> None:
        """Make this process, forked from the captured one, the process whose children are ended."""
        self._managed_pid = os.getpid()

    @property
    def streams_changed(self) -> bool:
        """Whether a standard descriptor was closed or refers to another file."""
        return [descriptor_identity(number) for number in range(3)] != self._files

    def restore(self) -> None:
        """Restore the captured state. Close other files first: they may occupy a standard descriptor."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self._managed_pid == os.getpid():
            _end_children()
        os.chdir(self._folder)
        for number, name in enumerate(_STREAMS):
            if descriptor_identity(number) != self._files[number]:
                self._reopen(number)
            stream = self._streams[name]
            if stream is None or stream.closed:
                stream = self._streams[name] = _open_text_stream(number)
            setattr(sys, name, stream)

    def _reopen(self, number: int) -> None:
        spare = self._spare[number]
        if descriptor_identity(spare) == self._files[number]:
            os.dup2(spare, number)
            return
        # Further output is lost, but printing does not fail.
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
        os.set_inheritable(number, True)
        self._files[number] = descriptor_identity(number)


def _end_children() -> None:
    """Kill the processes that a step left running: a forked child would keep the database connection open."""
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


def _open_text_stream(number: int) -> TextIO:
    """Return a text stream on the open descriptor ``number``, configured as Python configures its own."""
    mode = "w" if number else "r"
    opened = open(  # noqa: SIM115  a standard stream stays open
        number, mode, buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )
    return cast("TextIO", opened)


def descriptor_identity(number: int) -> tuple[int, int] | None:
    """Return device and inode of file descriptor ``number``; ``None`` if it is closed."""
    with suppress(OSError):
        status = os.fstat(number)
        return status.st_dev, status.st_ino
    return None
