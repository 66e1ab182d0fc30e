"""Folders of a run: where they are made, who gets in, and how they go."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

from django_switchback.sandbox.interface import SandboxError
from django_switchback.sandbox.names import RunIdentity, random_serial

COMMON_PLACES = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108  short, and everybody gets there
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
"""A file system in memory: cloning a database of 55 tables took 16 ms there and 200 to 400 ms on a disk."""
MIN_FREE_BYTES = 2 * 1024**3
"""Bytes that must be free in memory for it to be used; containers often have 64 MiB there."""


class FolderNotRemoved(SandboxError):
    """A folder of a run cannot be removed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot remove the temporary folder {path}: {reason}; remove it by hand")


def places() -> tuple[Path, ...]:
    """Return every folder in which a run may have made its own."""
    return _distinct(_own(), *COMMON_PLACES, SHARED_MEMORY)


def disk_places() -> tuple[Path, ...]:
    """Return the folders for what is large or is to be executed, the best first."""
    return _distinct(_own(), *COMMON_PLACES)


def data_places(*, in_memory: bool) -> tuple[Path, ...]:
    """Return the folders for databases, the best first.

    Memory comes first where it is wanted and has room, unless the user said where with TMPDIR.
    """
    wanted = (
        in_memory
        and "TMPDIR" not in os.environ
        and SHARED_MEMORY.is_dir()
        and os.access(SHARED_MEMORY, os.W_OK)
    )
    if wanted and shutil.disk_usage(SHARED_MEMORY).free >= MIN_FREE_BYTES:
        return (SHARED_MEMORY, *disk_places())
    return disk_places()


def _own() -> Path:
    return Path(tempfile.gettempdir()).resolve()


def _distinct(*folders: Path) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir()))


def open_to_all(place: Path) -> bool:
    """Tell whether every user may pass through ``place``."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (place, *place.parents))


def make_run_folder(run: RunIdentity, label: str, place: Path) -> Path:
    """Make a folder of ``run`` in ``place`` that only this user gets into, and return it.

    Raises :class:`SandboxError` where that is not possible.
    """
    while True:
        path = place / run.name(label, random_serial())
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        except OSError as error:
            raise SandboxError(f"cannot make a temporary folder in {place}: {error.strerror}") from error
        return path


def remove_folder(path: Path, *, seconds: float = 5.0) -> None:
    """Remove ``path`` with all that is in it; nothing there is no error.

    It is tried for ``seconds``, since a process that is about to end may still write there. Raises
    :class:`FolderNotRemoved`.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            if not path.exists():
                return
        except OSError as error:
            if time.monotonic() > deadline:
                raise FolderNotRemoved(path, error.strerror or str(error)) from error
            time.sleep(0.05)
        else:
            return
