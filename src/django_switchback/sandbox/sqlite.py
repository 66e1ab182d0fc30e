"""Create SQLite sandboxes as files in a private folder of the run."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Collection
from pathlib import Path
from zipfile import ZipFile

import msgspec

from django_switchback.sandbox import folders
from django_switchback.sandbox.archive import FOLDER, packed
from django_switchback.sandbox.interface import Address, Engine, NotASandbox, SandboxError
from django_switchback.sandbox.names import RunIdentity, random_serial

SUFFIX = ".sqlite3"
_RECOVERY_SUFFIXES = ("-wal", "-journal")
"""Suffixes of files that a dead process leaves and SQLite needs for recovery."""
_SUFFIXES = (*_RECOVERY_SUFFIXES, "-shm")


class SqliteFactory(msgspec.Struct, frozen=True, kw_only=True, tag="sqlite"):
    """Creates, clones and drops files in ``folder``."""

    run: RunIdentity
    folder: str

    @property
    def engine(self) -> Engine:
        """SQLite."""
        return "sqlite"

    def owns(self, name: str) -> bool:
        """Return whether ``name`` is the path of a file of this run in its folder, and not a symlink."""
        path = Path(name)
        ours = path.suffix == SUFFIX and self.run.owns(path.stem)
        return ours and path.parent == Path(self.folder) and not path.is_symlink()

    def marker_is_ours(self, name: str, comment: str | None) -> bool:
        """Return the same as :meth:`owns`: the folder is the marker."""
        return comment is None and self.owns(name)

    def create(self, label: str) -> Address:
        """Create an empty file. Raises :class:`SandboxError`."""
        while True:
            path = Path(self.folder, self.run.name(label, random_serial()) + SUFFIX)
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            except FileExistsError:
                continue
            except OSError as error:
                raise SandboxError(f"cannot create {path}: {error.strerror}") from error
            return Address(engine="sqlite", name=str(path))

    def clone(self, source: Address, label: str) -> Address:
        """Copy the closed file ``source``. Raises :class:`NotASandbox` or :class:`SandboxError`."""
        self._check(source)
        copy = self.create(label)
        try:
            for suffix in ("", *_RECOVERY_SUFFIXES):
                if not suffix or Path(source.name + suffix).exists():
                    shutil.copyfile(source.name + suffix, copy.name + suffix)
        except OSError as error:
            self.drop(copy)
            raise SandboxError(f"cannot copy {source.name}: {error.strerror}") from error
        return copy

    def drop(self, address: Address) -> None:
        """Remove the file and its journals. Raises :class:`NotASandbox` or :class:`SandboxError`."""
        self._check(address)
        try:
            for suffix in ("", *_SUFFIXES):
                Path(address.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise SandboxError(f"cannot remove {address.name}: {error.strerror}") from error

    def _check(self, address: Address) -> None:
        if address.engine != "sqlite" or not self.owns(address.name):
            raise NotASandbox(address.name)


class SqliteServer:
    """The folder that holds the SQLite files of one run."""

    def __init__(self, run: RunIdentity, *, in_memory: bool = True, archive: ZipFile | None = None) -> None:
        """Create the folder, with the files in ``archive``. Raises :class:`BadZipFile` if it is damaged."""
        place = folders.data_places(in_memory=in_memory)[0]
        self._factory = SqliteFactory(run=run, folder=str(folders.make_run_folder(run, "sqlite", place)))
        self.kept: dict[str, Address] = {}
        """The addresses of the files in the archive, by the paths that they had."""
        try:
            if archive is not None:
                for name in packed(archive):
                    self._take_over(archive, name)
        except BaseException:
            self.close()
            raise

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

    def is_recovering(self) -> bool:
        """Return false: there is no server process."""
        return False

    def factory(self) -> SqliteFactory:
        """Return the factory of this folder."""
        return self._factory

    def keep(self, names: Collection[str], archive: ZipFile) -> None:
        """Write the files ``names`` to ``archive``. Raises ``OSError``."""
        for name in names:
            archive.write(name, f"{FOLDER}/{Path(name).name}")

    def _take_over(self, archive: ZipFile, name: str) -> None:
        address = self._factory.create("kept")
        with archive.open(name) as source, Path(address.name).open("wb") as target:
            shutil.copyfileobj(source, target)
        self.kept[Path(name).name] = address

    def close(self) -> None:
        """Remove the folder. Safe to call twice. Raises :class:`folders.FolderNotRemoved`."""
        folders.remove_folder(Path(self._factory.folder))
