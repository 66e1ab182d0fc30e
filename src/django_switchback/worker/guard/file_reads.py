"""Reports the files that the project's code opens and the folders that it lists, for the cache.

An audit hook (PEP 578) sees what Python opens, also in forks. C code that opens files by itself is not seen,
nor is a question whether a file exists (``worker/dependencies/unstable_code.py`` finds such code).
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType
from typing import Any, Literal, NamedTuple

from django_switchback.worker.guard import access_reports

_DEVICES = ("/proc/", "/dev/", "/sys/")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LOADER = "django.db.migrations.loader"
"""It lists the folders of migrations, which are known by the plan."""
_IMPORTS = "<frozen importlib._bootstrap"
_STANDARD_LIBRARY = f"{sysconfig.get_path('stdlib')}{os.sep}"
_INSTALLED = (f"{sysconfig.get_path('purelib')}{os.sep}", f"{sysconfig.get_path('platlib')}{os.sep}")

_ignored: tuple[str, ...] = ()
_watching = False


def watch_files(ignored: Collection[Path]) -> None:
    """Report the files of this process from now on, but those in the folders ``ignored``."""
    global _ignored, _watching
    _ignored = (*_DEVICES, *(f"{os.path.realpath(folder)}{os.sep}" for folder in ignored))
    if not _watching:
        _watching = True
        sys.addaudithook(_on_audit_event)


def _on_audit_event(event: str, arguments: tuple[Any, ...]) -> None:
    handler = _HANDLERS.get(event)
    if handler is not None:
        handler(*arguments)


def _on_open(path: Any, _: Any, flags: Any) -> None:
    written = bool(isinstance(flags, int) and flags & _WRITES)
    _report(path, "file", written=written)


def _on_listing(path: Any = ".", *_: Any) -> None:
    _report("." if path is None else path, "folder", written=False)


def _report(path: Any, kind: Literal["file", "folder"], *, written: bool) -> None:
    if not isinstance(path, str | bytes | os.PathLike):
        # A descriptor, which was opened before.
        return
    name = _source_of(os.path.abspath(os.fsdecode(path)))
    if name.startswith(_ignored) or os.path.realpath(name).startswith(_ignored):
        return
    opener = _opener()
    # What an import lists, writes or finds while the project is loaded is known from the modules.
    if opener.is_tool or (
        opener.imports and (written or kind == "folder" or not access_reports.is_listening())
    ):
        return
    access_reports.report_file(name, kind, written=written)


class _Opener(NamedTuple):
    """The code that opens a file: a tool, such as this program, or any other; by an import, or not."""

    is_tool: bool
    imports: bool


def _opener() -> _Opener:
    """Return whose code opens a file: the innermost on the stack that is not of the standard library."""
    frame: FrameType | None = sys._getframe(4)
    imports = False
    while frame is not None:
        file = frame.f_code.co_filename
        imports = imports or file.startswith(_IMPORTS)
        if not file.startswith(("<frozen", _STANDARD_LIBRARY)) or file.startswith(_INSTALLED):
            break
        frame = frame.f_back
    name = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return _Opener(name == _LOADER or name.partition(".")[0] in access_reports.TOOL_MODULES, imports)


def _source_of(name: str) -> str:
    """Return the source file of a compiled one, else ``name``."""
    if not name.endswith(".pyc"):
        return name
    try:
        return importlib.util.source_from_cache(name)
    except ValueError:
        return name


_HANDLERS: dict[str, Callable[..., None]] = {
    "open": _on_open,
    "os.listdir": _on_listing,
    "os.scandir": _on_listing,
}
