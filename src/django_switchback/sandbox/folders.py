"""Folders of a run: where they are made, who gets in, and how they go."""

from __future__ import annotations

import shutil
import stat
import tempfile
import time
from pathlib import Path

from django_switchback.sandbox.interface import SandboxError
from django_switchback.sandbox.names import Run, random_serial

COMMON = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108  short, and everybody gets there


class FolderStays(SandboxError):
    """A folder of a run cannot be removed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot remove the temporary folder {path}: {reason}; remove it by hand")


def places() -> tuple[Path, ...]:
    """Return the folders in which runs make theirs: the one for temporary files, then the common ones."""
    own = Path(tempfile.gettempdir()).resolve()
    return (own, *(place for place in COMMON if place.resolve() != own and place.is_dir()))


def open_to_all(place: Path) -> bool:
    """Tell whether every user may pass through ``place``."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (place, *place.parents))


def make(run: Run, label: str, place: Path) -> Path:
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


def remove(path: Path, *, seconds: float = 5.0) -> None:
    """Remove ``path`` with all that is in it; nothing there is no error.

    It is tried for ``seconds``, since a process that is about to end may still write there. Raises
    :class:`FolderStays`.
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
                raise FolderStays(path, error.strerror or str(error)) from error
            time.sleep(0.05)
        else:
            return
