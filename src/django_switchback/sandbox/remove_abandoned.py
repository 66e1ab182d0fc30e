"""Remove the sandboxes, servers and folders of killed runs, identified by name and marker.

A run that ends, is stopped or fails removes its own, see ``clean_up.py``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django_switchback.sandbox import folders, processes
from django_switchback.sandbox.interface import Notice, SandboxError
from django_switchback.sandbox.names import PREFIX, is_abandoned
from django_switchback.sandbox.postgresql.cluster import STOP_SIGNALS, ClusterFolders
from django_switchback.sandbox.postgresql.factory import PostgresFactory


def drop_abandoned_databases(factory: PostgresFactory, *, now: float, notice: Notice) -> None:
    """Drop the abandoned sandboxes on a server; ``now`` is Unix time in seconds.

    Failures are reported to ``notice``; the next run tries again.
    """
    try:
        # A killed run's CREATE DATABASE continues in the server; its database is not in the catalogue yet.
        factory.end_abandoned(now=now)
    except SandboxError as error:
        notice(f"could not terminate the running statements of a killed run: {error}")
    for database in factory.find_databases():
        if not (database.marked and database.droppable and is_abandoned(database.name, now=now)):
            continue
        try:
            factory.drop_database(database.name)
        except SandboxError as error:
            notice(f"an abandoned sandbox could not be dropped: {error}")
        else:
            notice(f"dropped {database.name}, a sandbox that a killed run left behind")


def remove_abandoned_folders(places: Iterable[Path], *, now: float, notice: Notice) -> None:
    """Stop the servers and remove the folders in ``places`` of abandoned runs of this user."""
    for place in places:
        for folder in sorted(place.glob(f"{PREFIX}*")):
            if not _is_leftover(folder, now):
                continue
            try:
                _stop_server(folder)
                folders.remove_folder(folder)
            except (SandboxError, PermissionError) as error:
                notice(f"an abandoned folder could not be removed: {error}")
            else:
                notice(f"removed {folder}, which a killed run left behind")


def _is_leftover(folder: Path, now: float) -> bool:
    if not is_abandoned(folder.name, now=now):
        return False
    try:
        # Symlinks and folders of other users with such a name are ignored.
        return folder.lstat().st_uid == os.geteuid() and folder.is_dir() and not folder.is_symlink()
    except FileNotFoundError:
        return False


def _stop_server(folder: Path) -> None:
    """Stop the server whose data is in ``folder``, if it runs. Raises :class:`SandboxError`."""
    for number, seconds in STOP_SIGNALS:
        pid = _server_process(folder)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if _server_process(folder) != pid or processes.start_id(pid) is None:
                return
            time.sleep(0.01)
    raise SandboxError(f"the abandoned PostgreSQL server in {folder} does not stop: kill it by hand")


def _server_process(folder: Path) -> int | None:
    """Return the pid of the server, if its user and command line match ``folder``."""
    data = ClusterFolders.below(folder).data
    try:
        pid = int(data.joinpath("postmaster.pid").read_text().splitlines()[0])
        owner = data.stat().st_uid
    except (FileNotFoundError, IndexError, ValueError):
        return None
    process = processes.owner_and_command(pid)
    ours = process is not None and process[0] == owner and f"{folder.name}/{data.name}" in process[1]
    return pid if ours else None
