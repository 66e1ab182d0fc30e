"""Identify this machine and its running processes, to distinguish abandoned sandboxes from those in use."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import time
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_KILL_SECONDS = 5.0
_PROC = Path("/proc")
WORKER_VARIABLE = "SWITCHBACK_WORKER"
"""The environment variable that marks every process that a worker starts; its value is the worker's log."""
UNKNOWN_START = "0000"
"""The :func:`start_id` of a process whose start time is unknown."""


def base36(number: int, width: int) -> str:
    """Return the last ``width`` digits of ``number`` in base 36."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def fingerprint(text: str, width: int) -> str:
    """Return a hash of ``text``: ``width`` letters and digits."""
    return base36(int.from_bytes(hashlib.sha256(text.encode()).digest(), "big"), width)


@cache
def host_id() -> str:
    """Return seven letters and digits that identify this machine since it was started.

    The id differs for containers with the same name and after a reboot: a pid is valid only within one of
    them.
    """
    parts = [socket.gethostname(), _first_line(_PROC / "sys/kernel/random/boot_id"), _pid_namespace()]
    if not any(parts[1:]):
        parts.append(str(uuid.getnode()))
    return fingerprint("\n".join(parts), 7)


def start_id(pid: int) -> str | None:
    """Return four letters and digits that identify the start time of process ``pid``.

    ``None``: it has ended, or is a zombie. :data:`UNKNOWN_START`: its start time cannot be read.
    """
    try:
        # PermissionError means that it runs as another user.
        with suppress(PermissionError):
            os.kill(pid, 0)
    except ProcessLookupError:
        return None
    stat = _first_line(_PROC / str(pid) / "stat")
    if stat:
        # NOTE: the second field is the program's name in parentheses, which may hold anything; proc(5).
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fingerprint(fields[19], 4)
    return UNKNOWN_START if _PROC.joinpath("self").exists() else _start_id_by_ps(pid)


def is_alive(pid: int, since: str) -> bool:
    """Return whether the process ``pid`` whose :func:`start_id` was ``since`` still runs; in doubt, true."""
    now = start_id(pid)
    return now is not None and (UNKNOWN_START in (now, since) or now == since)


def owner_and_command(pid: int) -> tuple[int, str] | None:
    """Return the uid and the command line of process ``pid``, ``None`` if it does not exist."""
    folder = _PROC / str(pid)
    try:
        if _PROC.joinpath("self").exists():
            return folder.stat().st_uid, folder.joinpath("cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    words = _ps(pid, "uid=,args=").split(None, 1)
    return (int(words[0]), words[1]) if len(words) == 2 else None


def kill_processes(mark: str, group: int, *, spared: int | None = None) -> None:
    """Kill every process of ``group`` and every one with ``mark`` (``NAME=value``) in its environment.

    Except this process, ``spared`` and those of other users. Does nothing if processes
    cannot be listed (without ``/proc``).
    """
    deadline = time.monotonic() + _KILL_SECONDS
    excluded = {os.getpid(), spared}
    while time.monotonic() < deadline and (found := _marked_processes(mark.encode(), str(group)) - excluded):
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _marked_processes(mark: bytes, group: str) -> set[int]:
    found = set()
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            state, _, its_group = folder.joinpath("stat").read_text().rpartition(")")[2].split()[:3]
            marked = its_group == group or mark in folder.joinpath("environ").read_bytes().split(b"\0")
            if marked and state not in "ZX":
                found.add(int(folder.name))
    return found


def _start_id_by_ps(pid: int) -> str | None:
    words = _ps(pid, "state=,lstart=").split(None, 1)
    return fingerprint(words[1], 4) if len(words) == 2 and not words[0].startswith("Z") else None


def _ps(pid: int, columns: str) -> str:
    command = ["ps", "-ww", "-o", columns, "-p", str(pid)]
    environment = {**os.environ, "LC_ALL": "C"}
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return finished.stdout.strip()


def _first_line(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except (OSError, ValueError):
        return ""


def _pid_namespace() -> str:
    try:
        return str(_PROC.joinpath("self/ns/pid").readlink())
    except OSError:
        return ""
