"""Keeps entries as files of one folder that only this user can write, and no more of them than it may."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from errno import EPERM
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from django_switchback.errors import SwitchbackError, system_error_text

MAX_BYTES = 256 << 20
"""The size of all entries together beyond which those that were not used for longest are removed."""
_SUFFIX = ".entry"
_ARCHIVE_SUFFIX = ".databases"
_TEMPORARY = ".part"
_ABANDONED_SECONDS = 3600.0
"""Age of a file that a writer left half written, after which it is removed."""
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MARKERS = {
    ".gitignore": "# Kept out of the repository by Switchback.\n*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# This is the cache of Switchback.\n",
}


class UnusableCache(SwitchbackError):
    """Reports a folder that cannot be used as a cache; ``reason`` completes a sentence."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"the cache {folder} is not used: {reason}")


class CacheSize(NamedTuple):
    """The number of entries and their size in bytes, with the time of use of the oldest and the newest."""

    entries: int
    bytes: int
    oldest: float | None
    newest: float | None


class CacheFolder:
    """A folder of entries, one file each, named by their keys; safe for several runs at once.

    A file is replaced as a whole or not at all. Files and folders of other users, and such as others may
    write, are refused: what they say would be believed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the folder if it does not exist. Raises :class:`UnusableCache`."""
        try:
            if not self.path.exists():
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check()
            for name, text in _MARKERS.items():
                if not (self.path / name).exists():
                    self._replace(self.path / name, partial(_write_content, text.encode()))
        except OSError as error:
            raise UnusableCache(self.path, system_error_text(error)) from error

    def read(self, key: str) -> bytes | None:
        """Return the content of the entry of ``key``; ``None`` without one that may be believed."""
        try:
            with self._open(self._file(key)) as opened:
                return opened.read()
        except OSError:
            return None

    def write(self, key: str, content: bytes) -> None:
        """Keep ``content`` as the entry of ``key``. Raises :class:`UnusableCache`, and then keeps nothing."""
        self._write(self._file(key), partial(_write_content, content))

    def remove(self, key: str) -> None:
        """Remove the entry of ``key``, as far as that is possible."""
        with suppress(OSError):
            self._file(key).unlink()

    @contextmanager
    def archive(self, key: str) -> Iterator[ZipFile | None]:
        """Open the archive of databases of ``key`` in a block; ``None`` without one that may be believed."""
        with ExitStack() as stack:
            try:
                opened = stack.enter_context(self._open(self._file(key, _ARCHIVE_SUFFIX)))
                archive = stack.enter_context(ZipFile(opened))
            except (OSError, BadZipFile):
                archive = None
            yield archive

    def write_archive(self, key: str, fill: Callable[[ZipFile], object]) -> None:
        """Keep what ``fill`` writes as the archive of ``key``, nothing if it raises.

        Raises what it raises; :class:`UnusableCache` for ``OSError``.
        """

        def write(opened: BinaryIO) -> None:
            with ZipFile(opened, "w", ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
                fill(archive)

        self._write(self._file(key, _ARCHIVE_SUFFIX), write)

    def _open(self, file: Path) -> BinaryIO:
        """Open ``file`` and note its use. Raises ``OSError`` for one that others may have written too."""
        # NOTE: opened before it is checked, so that it is not another file by then.
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or _is_untrusted(status) or status.st_size > MAX_BYTES:
                raise PermissionError(EPERM, "not a file of this user alone", str(file))
            os.utime(descriptor)
            return os.fdopen(descriptor, "rb")
        except OSError:
            os.close(descriptor)
            raise

    def _write(self, file: Path, write: Callable[[BinaryIO], object]) -> None:
        try:
            self._check()
            self._replace(file, write)
        except OSError as error:
            raise UnusableCache(self.path, system_error_text(error)) from error

    def size(self) -> CacheSize:
        """Return how much is kept."""
        found = list(self._entries())
        times = [used for _, used, _ in found]
        return CacheSize(
            len(found), sum(size for *_, size in found), min(times, default=None), max(times, default=None)
        )

    def clear(self) -> int:
        """Remove all entries; return their number. Raises :class:`UnusableCache`."""
        self._check()
        try:
            found = list(self._entries())
            for file, *_ in found:
                file.unlink(missing_ok=True)
        except OSError as error:
            raise UnusableCache(self.path, system_error_text(error)) from error
        self._remove_abandoned(0.0)
        return len(found)

    def prune(self, limit: int = MAX_BYTES) -> None:
        """Remove the entries that were not used for longest, until all together have ``limit`` bytes."""
        self._remove_abandoned(_ABANDONED_SECONDS)
        total = 0
        for file, _, size in sorted(self._entries(), key=lambda entry: -entry[1]):
            total += size
            if total > limit:
                with suppress(OSError):
                    file.unlink(missing_ok=True)

    def _check(self) -> None:
        status = self.path.lstat()
        if not stat.S_ISDIR(status.st_mode):
            raise UnusableCache(self.path, "it is not a folder")
        if status.st_uid != os.geteuid():
            raise UnusableCache(self.path, "it belongs to another user")
        if status.st_mode & _OTHERS_MAY_WRITE:
            raise UnusableCache(self.path, "other users may write to it")

    def _file(self, key: str, suffix: str = _SUFFIX) -> Path:
        return self.path / f"{key}{suffix}"

    def _replace(self, file: Path, write: Callable[[BinaryIO], object]) -> None:
        temporary = file.with_name(f"{file.name}-{os.getpid()}-{time.monotonic_ns()}{_TEMPORARY}")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                write(opened)
            temporary.replace(file)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def _entries(self) -> Iterator[tuple[Path, float, int]]:
        yield from self._files(_SUFFIX)
        yield from self._files(_ARCHIVE_SUFFIX)

    def _files(self, suffix: str) -> Iterator[tuple[Path, float, int]]:
        """Yield the files with ``suffix``, the times of their last use and their sizes."""
        for file in self.path.glob(f"*{suffix}"):
            try:
                status = file.lstat()
            except OSError:
                # Another run has just removed it.
                continue
            yield file, status.st_mtime, status.st_size

    def _remove_abandoned(self, seconds: float) -> None:
        for file, changed, _ in self._files(_TEMPORARY):
            if time.time() - changed >= seconds:
                with suppress(OSError):
                    file.unlink(missing_ok=True)


def _write_content(content: bytes, opened: BinaryIO) -> None:
    opened.write(content)


def _is_untrusted(status: os.stat_result) -> bool:
    return status.st_uid != os.geteuid() or bool(status.st_mode & _OTHERS_MAY_WRITE)
