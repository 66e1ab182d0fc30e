"""Reports access of project code to databases, hosts and programs outside the run; it refuses nothing.

Connections are refused in ``refuse_django_connections.py`` and ``refuse_driver_connections.py``.

An audit hook (PEP 578) receives the files that sqlite3 opens, and the sockets and programs that Python
starts. It cannot be removed and is inherited by forks. C code that connects by itself is not detected.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Literal, TypeAlias

import msgspec

from django_switchback.evidence import FileRead, MigrationName, TouchedElsewhere
from django_switchback.worker.process.log import EvidenceWriter

AccessKind: TypeAlias = Literal["database", "host", "program", "link"]
"""``link``: the database server connects to another one."""
AccessTime: TypeAlias = Literal["loading", "step", "between-steps"]

_TRACING_PACKAGES = {"ddtrace", "elasticapm", "newrelic", "opentelemetry", "scout_apm", "sentry_sdk", "wrapt"}
"""Packages that wrap functions of the standard library to measure them."""
_LIBRARY_PACKAGES = _TRACING_PACKAGES | {
    *("subprocess", "os", "socket", "asyncio", "ssl", "http", "urllib", "smtplib", "sqlite3"),
}
"""Packages whose frames lie between the calling code and the event."""
TOOL_MODULES = {"django_switchback", "ctypes", "platform", "uuid", "multiprocessing", "coverage", "logging"}
"""Packages whose own accesses are ignored: this tool, and modules of Python that inspect the machine."""
_HOOK_MODULES = {
    __name__,
    "django_switchback.worker.guard.refuse_driver_connections",
}
_LOCAL_SERVICE_SOCKETS = ("/dev/log", "/run/systemd/", "/var/run/nscd", "/run/nscd", "/var/run/syslog")
"""Sockets of local services that receive at most log messages of a project."""


class ProjectFile(msgspec.Struct, frozen=True):
    """A file that code of the project opened, or a folder that it listed."""

    path: str
    kind: Literal["file", "folder"]
    written: bool


class OutsideAccess(msgspec.Struct, frozen=True):
    """An access outside the run.

    ``address`` is for messages and contains no password; ``line`` is the place in the project.
    """

    kind: AccessKind
    address: str
    refused: bool
    line: str


Access: TypeAlias = OutsideAccess | ProjectFile
Listener: TypeAlias = Callable[[Access], None]

_unreported: list[Access] = []
_listener: Listener = _unreported.append
_root = Path.cwd()


def recorder(log: EvidenceWriter, database: str, migration: MigrationName | None = None) -> Listener:
    """Return a listener that logs each access: in a step of ``migration``, or between steps if ``None``."""

    def record(access: Access) -> None:
        log.add(_record(access, database, "step" if migration else "between-steps", migration))

    return record


def record_unreported(log: EvidenceWriter, database: str) -> None:
    """Log the accesses from before any listener was set: while the project was loaded."""
    log.add(*(_record(access, database, "loading") for access in dict.fromkeys(_unreported)))


def _record(
    access: Access, database: str, time: AccessTime, migration: MigrationName | None = None
) -> TouchedElsewhere | FileRead:
    if isinstance(access, ProjectFile):
        return FileRead(
            database=database,
            path=access.path,
            kind=access.kind,
            written=access.written,
            migration=migration,
        )
    return TouchedElsewhere(
        database=database,
        moment=time,
        kind=access.kind,
        address=access.address,
        refused=access.refused,
        migration=migration,
        place=access.line,
    )


def add_unreported(accesses: Iterable[OutsideAccess]) -> None:
    """Pass on the accesses that another process detected."""
    for access in accesses:
        _listener(access)


def unreported() -> tuple[OutsideAccess, ...]:
    """Return the accesses outside the run from before any listener was set."""
    return tuple(access for access in dict.fromkeys(_unreported) if isinstance(access, OutsideAccess))


@contextmanager
def reporting_to(listener: Listener) -> Iterator[None]:
    """Report each distinct access within the block once to ``listener``, also in forks started meanwhile."""
    global _listener
    previous, reported = _listener, set[Access]()

    def once(access: Access) -> None:
        if access not in reported:
            reported.add(access)
            listener(access)

    _listener = once
    try:
        yield
    finally:
        _listener = previous


def report_access(kind: AccessKind, address: str, *, refused: bool = False) -> None:
    """Report that project code accessed ``address``."""
    _listener(OutsideAccess(kind, address, refused, _line()))


def is_listening() -> bool:
    """Return whether the project is loaded, and accesses are reported to the log."""
    return _listener != _unreported.append


def report_file(path: str, kind: Literal["file", "folder"], *, written: bool) -> None:
    """Report that project code opened a file or listed a folder."""
    _listener(ProjectFile(path, kind, written))


def on_audit_event(event: str, arguments: tuple[Any, ...]) -> None:
    """Handle an audit event."""
    handler = _HANDLERS.get(event)
    if handler is not None and not is_tool_access():
        handler(*arguments)


def is_tool_access() -> bool:
    """Return whether the current access is made by a tool and not by the project."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        package = name.partition(".")[0]
        if name not in _HOOK_MODULES and package not in _LIBRARY_PACKAGES:
            return package in TOOL_MODULES
        frame = frame.f_back
    return False


def _line() -> str:
    """Return the innermost location in the project's files on the stack of this thread."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(_root) and "site-packages" not in file.parts:
            return f"{file.relative_to(_root)}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""


def _on_connect(client: socket.socket, address: Any) -> None:
    # connect() on SOCK_DGRAM sends nothing.
    if client.type != socket.SOCK_STREAM:
        return
    match address:
        case (str(host), int(port), *_):
            report_access("host", f"{host}:{port}")
        case str() | bytes():
            path = os.fsdecode(address)
            if not path.startswith(_LOCAL_SERVICE_SOCKETS):
                report_access("host", f"the socket {path.replace(chr(0), '@')}")


def _on_program(executable: Any, arguments: Any, *_: Any) -> None:
    words = [arguments] if isinstance(arguments, str | bytes | os.PathLike) else list(arguments)
    texts = [os.fsdecode(word) for word in words]
    name = Path(os.fsdecode(executable or texts[0])).name
    if name in {"sh", "bash", "dash"} and len(texts) > 2 and texts[1] == "-c":
        _on_shell_command(texts[2])
    else:
        report_access("program", name)


def _on_shell_command(command: Any) -> None:
    """Report the program that a shell command line starts first, without its arguments."""
    try:
        words = shlex.split(os.fsdecode(command), comments=False)
    except ValueError:
        words = []
    program = next((word for word in words if "=" not in word), "a shell")
    report_access("program", Path(program).name)


_HANDLERS: Mapping[str, Callable[..., None]] = {
    "socket.connect": _on_connect,
    "subprocess.Popen": _on_program,
    "os.posix_spawn": _on_program,
    "os.exec": _on_program,
    "os.system": _on_shell_command,
}

EVENTS = frozenset(_HANDLERS)
"""The audit events that :func:`on_audit_event` handles."""
