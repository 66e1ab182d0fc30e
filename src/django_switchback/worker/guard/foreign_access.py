"""What the project's code reaches for that is no sandbox: databases, hosts and programs, told as it happens.

An audit hook (PEP 578) hears of files that sqlite3 opens, of sockets and of programs that Python starts. It
is there for good and in every process forked from this one. Code in C that connects by itself tells nothing.
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

from django_switchback.evidence import MigrationName, TouchedElsewhere
from django_switchback.worker.process.log import EvidenceWriter

AccessKind: TypeAlias = Literal["database", "host", "program"]
AccessTime: TypeAlias = Literal["loading", "step", "between-steps"]

_LAYERS = {"subprocess", "os", "socket", "asyncio", "ssl", "http", "urllib", "smtplib", "sqlite3"}
"""Packages between whoever asks and the event."""
_TOOL_MODULES = {"django_switchback", "ctypes", "platform", "uuid", "multiprocessing", "coverage", "logging"}
"""What starts or opens something for itself, whoever called it: ours, and Python's look at its machine."""
_HOOKS = {__name__, "django_switchback.worker.guard.drivers"}
_LOCAL = ("/dev/log", "/run/systemd/", "/var/run/nscd", "/run/nscd", "/var/run/syslog")
"""Sockets of this machine's own services that take no data of a project but its messages."""


class ForeignAccess(msgspec.Struct, frozen=True):
    """Something was reached for.

    ``address`` is for people, and holds no password; ``line`` is the place in the project that did it.
    """

    kind: AccessKind
    address: str
    refused: bool
    line: str


Listener: TypeAlias = Callable[[ForeignAccess], None]

_unreported: list[ForeignAccess] = []
_listener: Listener = _unreported.append
_root = Path.cwd()


def recorder(log: EvidenceWriter, database: str, migration: MigrationName | None = None) -> Listener:
    """Return what writes down each thing: within a step of ``migration``; without one, between two steps."""

    def record(touch: ForeignAccess) -> None:
        log.write(_record(touch, database, "step" if migration else "between-steps", migration))

    return record


def record_unreported(log: EvidenceWriter, database: str) -> None:
    """Write down what was reached for before somebody listened: while the project was loaded."""
    log.write(*(_record(touch, database, "loading") for touch in unreported()))


def _record(
    touch: ForeignAccess, database: str, moment: AccessTime, migration: MigrationName | None = None
) -> TouchedElsewhere:
    return TouchedElsewhere(
        database=database,
        moment=moment,
        kind=touch.kind,
        address=touch.address,
        refused=touch.refused,
        migration=migration,
        place=touch.line,
    )


def add_unreported(touches: Iterable[ForeignAccess]) -> None:
    """Take over what another process heard."""
    for touch in touches:
        _listener(touch)


def unreported() -> tuple[ForeignAccess, ...]:
    """Return what was reached for before somebody listened."""
    return tuple(dict.fromkeys(_unreported))


@contextmanager
def reporting_to(listener: Listener) -> Iterator[None]:
    """Let ``listener`` hear once of each thing that happens meanwhile, in processes forked meanwhile too."""
    global _listener
    before, told = _listener, set[ForeignAccess]()

    def once(touch: ForeignAccess) -> None:
        if touch not in told:
            told.add(touch)
            listener(touch)

    _listener = once
    try:
        yield
    finally:
        _listener = before


def report_access(kind: AccessKind, address: str, *, refused: bool = False) -> None:
    """Tell that the project's code reached for ``address``."""
    _listener(ForeignAccess(kind, address, refused, _line()))


def on_audit_event(event: str, arguments: tuple[Any, ...]) -> None:
    """Take an audit event."""
    handler = _HANDLERS.get(event)
    if handler is not None and not asked_by_tool():
        handler(*arguments)


def asked_by_tool() -> bool:
    """Tell whether what happens now is a tool's doing and not the project's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        package = name.partition(".")[0]
        if name not in _HOOKS and package not in _LAYERS:
            return package in _TOOL_MODULES
        frame = frame.f_back
    return False


def _line() -> str:
    """Return the innermost place in the project's files that this thread has come through."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(_root) and "site-packages" not in file.parts:
            return f"{file.relative_to(_root)}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""


def _connected(own: socket.socket, address: Any) -> None:
    # A connect of SOCK_DGRAM sends nothing.
    if own.type != socket.SOCK_STREAM:
        return
    match address:
        case (str(host), int(port), *_):
            report_access("host", f"{host}:{port}")
        case str() | bytes():
            path = os.fsdecode(address)
            if not path.startswith(_LOCAL):
                report_access("host", f"the socket {path.replace(chr(0), '@')}")


def _started(executable: Any, arguments: Any, *_: Any) -> None:
    words = [arguments] if isinstance(arguments, str | bytes | os.PathLike) else list(arguments)
    texts = [os.fsdecode(word) for word in words]
    name = os.path.basename(os.fsdecode(executable or texts[0]))  # noqa: PTH119
    if name in {"sh", "bash", "dash"} and len(texts) > 2 and texts[1] == "-c":
        _commanded(texts[2])
    else:
        report_access("program", name)


def _commanded(command: Any) -> None:
    """Tell of the program that a command line of a shell starts first, and of no argument."""
    try:
        words = shlex.split(os.fsdecode(command), comments=False)
    except ValueError:
        words = []
    program = next((word for word in words if "=" not in word), "a shell")
    report_access("program", os.path.basename(program))  # noqa: PTH119


_HANDLERS: Mapping[str, Callable[..., None]] = {
    "socket.connect": _connected,
    "subprocess.Popen": _started,
    "os.posix_spawn": _started,
    "os.exec": _started,
    "os.system": _commanded,
}

EVENTS = frozenset(_HANDLERS)
"""The audit events that :func:`on_audit_event` takes."""
