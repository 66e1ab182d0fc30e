"""Keeps a process with the project loaded, from which plain ``manage.py`` commands are forked.

It is forked from the worker before the first migration runs. Each command runs in a fork of it, which saves
loading Django and the project again. If a command cannot be run there, the caller starts a new interpreter.
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
from django.core.management import execute_from_command_line
from django.db import connections

from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard import environment
from django_switchback.worker.guard.allowed_databases import allow_sandboxes
from django_switchback.worker.guard.refuse_django_connections import guard_connections
from django_switchback.worker.process.driver_caches import forget_types
from django_switchback.worker.process.forking import can_be_forked
from django_switchback.worker.process.process_state import descriptor_identity
from django_switchback.worker.project.manage_setup import is_djangos_own
from django_switchback.worker.project.sandboxes import point_at
from django_switchback.worker.protocol import Program

MAX_REQUEST_BYTES = 1 << 20


class ManageCommand(msgspec.Struct, frozen=True):
    """Arguments of ``manage.py``, its environment, its databases by alias, and its time limit in seconds."""

    words: tuple[str, ...]
    environ: dict[str, str]
    sandboxes: dict[str, Address]
    timeout: float


class ManageExit(msgspec.Struct, frozen=True):
    """The exit status of a command as ``subprocess`` reports it; ``None`` if it exceeded its time limit."""

    status: int | None


class WarmManage:
    """Sends commands from the worker to the warm process."""

    def __init__(self, server: socket.socket) -> None:
        self._socket = server
        self._identity = descriptor_identity(server.fileno())

    def run(self, request: ManageCommand, output: IO[Any]) -> ManageExit | None:
        """Run the command with its output in ``output``; return ``None`` without a warm process to run it."""
        # NOTE: a migration may have closed all descriptors; the number may belong to another file now.
        if descriptor_identity(self._socket.fileno()) != self._identity:
            return None
        try:
            socket.send_fds(self._socket, [msgspec.json.encode(request)], [output.fileno()])
        except OSError:
            return None
        answer = self._socket.recv(MAX_REQUEST_BYTES)
        # No answer: the command killed the warm process too.
        return msgspec.json.decode(answer, type=ManageExit) if answer else ManageExit(-signal.SIGKILL)


def start_warm_process(program: Program | None) -> WarmManage | None:
    """Fork a warm process from this one; return ``None`` if its commands would differ from a plain start.

    That is the case if ``manage.py`` does more than Django's own (it would run after the project is loaded)
    or if the project started threads (a fork does not have them). A ``program`` has done its part in this
    process: its commands go on where it called Django.
    """
    continues = program is not None or is_djangos_own(Path("manage.py"))
    if not (can_be_forked() and continues and hasattr(os, "pidfd_open")):
        return None
    connections.close_all()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings(action="ignore"):
        first = os.fork()
    if first == 0:
        # NOTE: forked twice, since the worker kills all of its own children after each step.
        if os.fork() == 0:
            ours.close()
            _serve(theirs, program)
        os._exit(0)
    os.waitpid(first, 0)
    theirs.close()
    return WarmManage(ours)


def _serve(client: socket.socket, program: Program | None) -> None:
    """Run the commands that ``client`` sends until it closes the socket."""
    try:
        while True:
            message, files, _, _ = socket.recv_fds(client, MAX_REQUEST_BYTES, 1)
            if not message:
                break
            request = msgspec.json.decode(message, type=ManageCommand)
            client.send(msgspec.json.encode(ManageExit(_run(request, files[0], client, program))))
            os.close(files[0])
    finally:
        os._exit(0)


def _run(request: ManageCommand, output: int, client: socket.socket, program: Program | None) -> int | None:
    pid = os.fork()
    if pid == 0:
        client.close()
        _run_manage(request, output, program)
    process = os.pidfd_open(pid)
    try:
        in_time, _, _ = select.select([process], [], [], request.timeout)
        if not in_time:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(process)
    return os.waitstatus_to_exitcode(status) if in_time else None


def _run_manage(request: ManageCommand, output: int, program: Program | None) -> None:
    """Run ``manage.py``, or what follows the set-up of ``program``, in this process; exit with its status."""
    status = 1
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        _connect(request.sandboxes)
        os.environ.update(request.environ)
        sys.argv = [program.typed[0] if program else "manage.py", *request.words]
        if program is None:
            runpy.run_path("manage.py", run_name="__main__")
        else:
            execute_from_command_line(sys.argv)
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
    """Return the exit status for ``SystemExit(code)``; print other codes to stderr, as Python does."""
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _connect(sandboxes: Mapping[str, Address]) -> None:
    """Point each alias at its sandbox and allow no other database."""
    for alias, sandbox in sandboxes.items():
        point_at(alias, sandbox)
    forget_types()
    guard_connections(allow_sandboxes(sandboxes.values()))
    if "default" in sandboxes:
        environment.point_environment_at(sandboxes["default"])
