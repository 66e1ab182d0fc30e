"""A process that has the project loaded and has run nothing of it: plain ``manage.py`` starts from there.

It is forked from the worker before the first migration runs there. Each command is a fork of it, which spares
loading Django and the project once more. Where a command cannot start from it, it is for the caller to start
one from nothing.
"""

from __future__ import annotations

import os
import runpy
import select
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import msgspec
from django.db import connections

from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard import environment
from django_switchback.worker.guard.allowed_databases import allow_sandboxes
from django_switchback.worker.guard.connections import guard_connections
from django_switchback.worker.process.driver_caches import forget_types
from django_switchback.worker.process.forking import can_be_forked
from django_switchback.worker.process.process_state import descriptor_identity
from django_switchback.worker.project.manage_setup import is_djangos_own
from django_switchback.worker.project.sandboxes import point_at

MAX_REQUEST_BYTES = 1 << 20


class ManageCommand(msgspec.Struct, frozen=True):
    """A command of ``manage.py``, its environment and databases by alias, and the seconds it may take."""

    words: tuple[str, ...]
    environ: dict[str, str]
    sandboxes: dict[str, Address]
    timeout: float


class ManageExit(msgspec.Struct, frozen=True):
    """The exit status of a command as ``subprocess`` gives it; ``None``: it took too long and was killed."""

    status: int | None


class WarmManage:
    """The worker's end."""

    def __init__(self, other: socket.socket) -> None:
        self._other = other
        self._identity = descriptor_identity(other.fileno())

    def run(self, request: ManageCommand, output: IO[Any]) -> ManageExit | None:
        """Run the command with its output in ``output``; ``None`` where there is no such process any more."""
        # NOTE: a migration that closes every descriptor closes this one; its number may be another's by now.
        if descriptor_identity(self._other.fileno()) != self._identity:
            return None
        try:
            socket.send_fds(self._other, [msgspec.json.encode(request)], [output.fileno()])
        except OSError:
            return None
        answer = self._other.recv(MAX_REQUEST_BYTES)
        # Nothing: the command took the process that it was forked from with it.
        return msgspec.json.decode(answer, type=ManageExit) if answer else ManageExit(-signal.SIGKILL)


def start_warm_process() -> WarmManage | None:
    """Leave a process standing by as this one is now; ``None`` where what it starts would not be plain.

    That is where ``manage.py`` does more than Django's own, which would come after what is loaded here, and
    where the project has threads, which a fork does not have.
    """
    if not (can_be_forked() and is_djangos_own(Path("manage.py")) and hasattr(os, "pidfd_open")):
        return None
    connections.close_all()
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings(action="ignore"):
        first = os.fork()
    if first == 0:
        # NOTE: the child of a child that is gone is none of this worker's, which ends all that it has.
        if os.fork() == 0:
            ours.close()
            _serve(its)
        os._exit(0)
    os.waitpid(first, 0)
    its.close()
    return WarmManage(ours)


def _serve(other: socket.socket) -> None:
    """Run what is asked for until nobody asks any more."""
    try:
        while True:
            message, files, _, _ = socket.recv_fds(other, MAX_REQUEST_BYTES, 1)
            if not message:
                break
            request = msgspec.json.decode(message, type=ManageCommand)
            other.send(msgspec.json.encode(ManageExit(_run(request, files[0], other))))
            os.close(files[0])
    finally:
        os._exit(0)


def _run(request: ManageCommand, output: int, other: socket.socket) -> int | None:
    pid = os.fork()
    if pid == 0:
        other.close()
        _run_manage(request, output)
    ended = os.pidfd_open(pid)
    try:
        in_time, _, _ = select.select([ended], [], [], request.timeout)
        if not in_time:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(ended)
    return os.waitstatus_to_exitcode(status) if in_time else None


def _run_manage(request: ManageCommand, output: int) -> None:
    """Be ``manage.py`` until it ends, and this process with it."""
    status = 1
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        _connect(request.sandboxes)
        os.environ.update(request.environ)
        sys.argv = ["manage.py", *request.words]
        runpy.run_path("manage.py", run_name="__main__")
        status = 0
    except SystemExit as end:
        status = _status(end.code)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _status(code: object) -> int:
    """Return the status of a process that ends with ``code``, and say what Python itself would say."""
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _connect(sandboxes: Mapping[str, Address]) -> None:
    """Let each alias be connected to its sandbox, and to no database but these."""
    for alias, sandbox in sandboxes.items():
        point_at(alias, sandbox)
    forget_types()
    guard_connections(allow_sandboxes(sandboxes.values()))
    if "default" in sandboxes:
        environment.point_environment_at(sandboxes["default"])
