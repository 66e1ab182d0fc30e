"""Run child processes in parallel, each with an output file, and stop them together."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from django_switchback.errors import SwitchbackError

POLL_SECONDS = 0.1
STOP_SIGNALS = ((signal.SIGINT, 30.0), (signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
"""Signals that stop a program, in order, each with the seconds to wait for its exit."""


class ChildProcess(NamedTuple):
    """A program to run: ``name`` is its label, its output is written to ``output``.

    ``environment`` is the complete environment. ``alone``: it runs after the others, by itself.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    output: Path
    alone: bool = False


class ChildExit(NamedTuple):
    """The exit of a program; ``status`` is ``None`` if it could not be started."""

    status: int | None
    seconds: float


class _SiblingFailed(SwitchbackError):
    """The program is stopped because all are being stopped."""

    def __init__(self) -> None:
        super().__init__("stopped")


def run_all(
    children: Sequence[ChildProcess], at_once: int, notify: Callable[[str], None]
) -> tuple[ChildExit, ...]:
    """Run all of ``children``, at most ``at_once`` at a time, and return how each ended, in their order.

    A failing program stops no other. Ctrl-C or any other exception stops all programs, waits for them and is
    re-raised. ``notify`` is called for each start and end, from several threads.
    """
    stop = threading.Event()
    ended: dict[int, ChildExit] = {}

    def carry_out(number: int, child: ChildProcess) -> None:
        notify(f"{child.name}: started")
        ended[number] = _run(child, stop)
        status = ended[number].status
        notify(f"{child.name}: {'could not be started' if status is None else f'ended with status {status}'}")

    for alone, width in ((False, at_once), (True, 1)):
        with ThreadPoolExecutor(max_workers=max(1, width), thread_name_prefix="check") as pool:
            try:
                futures = [
                    pool.submit(carry_out, number, child)
                    for number, child in enumerate(children)
                    if child.alone == alone
                ]
                wait(futures)
            except BaseException:
                stop.set()
                raise
            for future in futures:
                future.result()
    return tuple(ended[number] for number in range(len(children)))


def _run(child: ChildProcess, stop: threading.Event) -> ChildExit:
    if stop.is_set():
        raise _SiblingFailed
    began = time.monotonic()
    with child.output.open("wb") as output:
        try:
            process = subprocess.Popen(
                child.command,
                cwd=child.folder,
                env=dict(child.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A new session: Ctrl-C reaches only this process, which then stops the whole process group.
                start_new_session=True,
            )
        except OSError as error:
            output.write(f"{child.command[0]} could not be started: {error.strerror or error}\n".encode())
            return ChildExit(None, time.monotonic() - began)
    while process.poll() is None:
        if stop.wait(POLL_SECONDS):
            _stop(process)
            raise _SiblingFailed
    return ChildExit(process.returncode, time.monotonic() - began)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for stop_signal, seconds in STOP_SIGNALS:
        try:
            os.killpg(process.pid, stop_signal)
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            process.wait()
        return
