"""Sandboxes of SQLite: files in a folder of the run, into which only this user gets."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import msgspec

from django_switchback.sandbox import folders
from django_switchback.sandbox.interface import Address, Engine, ForeignDatabase, SandboxError
from django_switchback.sandbox.names import RunIdentity, random_serial

SUFFIX = ".sqlite3"
_KEPT_BESIDE = ("-wal", "-journal")
"""What a process that died leaves beside the file and SQLite needs to open it rightly."""
_BESIDE = (*_KEPT_BESIDE, "-shm")


class SqliteFactory(msgspec.Struct, frozen=True, kw_only=True, tag="sqlite"):
    """Makes, clones and drops files in ``folder``."""

    run: RunIdentity
    folder: str

    @property
    def engine(self) -> Engine:
        """SQLite."""
        return "sqlite"

    def owns(self, name: str) -> bool:
        """Tell whether ``name`` is the path of a file of this run, in its folder, and no link out of it."""
        path = Path(name)
        ours = path.suffix == SUFFIX and self.run.owns(path.stem)
        return ours and path.parent == Path(self.folder) and not path.is_symlink()

    def marker_is_ours(self, name: str, comment: str | None) -> bool:
        """Tell the same as :meth:`owns`: the folder is the marker."""
        return comment is None and self.owns(name)

    def create(self, label: str) -> Address:
        """Make an empty file. Raises :class:`SandboxError`."""
        while True:
            path = Path(self.folder, self.run.name(label, random_serial()) + SUFFIX)
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            except FileExistsError:
                continue
            except OSError as error:
                raise SandboxError(f"cannot make {path}: {error.strerror}") from error
            return Address(engine="sqlite", name=str(path))

    def clone(self, source: Address, label: str) -> Address:
        """Copy the closed file ``source``. Raises :class:`ForeignDatabase` or :class:`SandboxError`."""
        self._check(source)
        copy = self.create(label)
        try:
            for beside in ("", *_KEPT_BESIDE):
                if not beside or Path(source.name + beside).exists():
                    shutil.copyfile(source.name + beside, copy.name + beside)
        except OSError as error:
            self.drop(copy)
            raise SandboxError(f"cannot copy {source.name}: {error.strerror}") from error
        return copy

    def drop(self, address: Address) -> None:
        """Remove the file and its journals. Raises :class:`ForeignDatabase` or :class:`SandboxError`."""
        self._check(address)
        try:
            for beside in ("", *_BESIDE):
                Path(address.name + beside).unlink(missing_ok=True)
        except OSError as error:
            raise SandboxError(f"cannot remove {address.name}: {error.strerror}") from error

    def _check(self, address: Address) -> None:
        if address.engine != "sqlite" or not self.owns(address.name):
            raise ForeignDatabase(address.name)


class SqliteServer:
    """The folder in which the files of one run lie."""

    def __init__(self, run: RunIdentity, *, in_memory: bool = True) -> None:
        place = folders.data_places(in_memory=in_memory)[0]
        self._factory = SqliteFactory(run=run, folder=str(folders.make_run_folder(run, "sqlite", place)))

    @property
    def name(self) -> str:
        """Its name in reports."""
        return "sqlite"

    @property
    def engine(self) -> Engine:
        """SQLite."""
        return "sqlite"

    @property
    def version(self) -> str:
        """The version of the library in this Python."""
        return sqlite3.sqlite_version

    def factory(self) -> SqliteFactory:
        """Return what a worker needs."""
        return self._factory

    def close(self) -> None:
        """Remove the folder. Safe to call twice. Raises :class:`folders.FolderStays`."""
        folders.remove_folder(Path(self._factory.folder))
