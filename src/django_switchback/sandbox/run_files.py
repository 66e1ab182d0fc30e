"""Names every file in a run's folder, through which the coordinator and its workers exchange data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from django_switchback.sandbox.processes import fingerprint


class RunFiles(NamedTuple):
    """The inventory of the folder of one run: who writes a file, and who reads it.

    Names that come from a project (databases, hosts) are hashed, since they may contain any character.
    Files of one process have its pid in their names.
    """

    folder: Path

    def worker_log(self, number: int) -> Path:
        """Return a worker's evidence log, which the coordinator follows; :class:`LogFiles` are beside it."""
        return self.folder / f"worker-{number}.jsonl"

    def replacements(self, server: str) -> Path:
        """Return the folder to which file settings of the project are redirected, one for each server."""
        return self.folder / f"files-{server}"

    def client_programs(self) -> Path:
        """Return the folder of ``pg_dump`` and ``pg_restore``, where they have to be unpacked."""
        return self.folder / "clients"

    def sandboxes(self) -> Path:
        """Return the addresses of this worker's sandboxes, read by processes that the project starts."""
        return self.folder / f"sandboxes-{os.getpid()}.json"

    def manage_setup(self) -> Path:
        """Return the environment that the project's ``manage.py`` sets up, written by a child."""
        return self.folder / f"entry-{os.getpid()}.json"

    def fork_result(self, pid: int) -> Path:
        """Return the return value of the forked child ``pid``, read by the process that forked it."""
        return self.folder / f"result-{pid}.pickle"

    def confirmation(self) -> Path:
        """Return the addresses of the sandboxes on which plain ``manage.py`` repeats a failed step."""
        return self.folder / f"confirm-{os.getpid()}.json"

    def checkpoints(self, database: str) -> Path:
        """Return the list of checkpoints on the way to head, written by one part and read by the others."""
        return self.folder / f"checkpoints-{fingerprint(database, 12)}.jsonl"

    def service(self) -> Path:
        """Return the connection service file of libpq, for the options of a sandbox's URL."""
        return self.folder / f"service-{os.getpid()}.conf"

    def dump(self, part: str, alias: str, engine: str) -> Path:
        """Return the dump of a database that ``backup-verification`` restores."""
        return self.folder / f"{part}-{alias}-{engine}.dump"

    def shared_objects(self, host: str, database: str) -> Path:
        """Return the objects of a whole server (roles, settings) that belong to the state of one sandbox."""
        return self.folder / f"{_server(host)}-{fingerprint(database, 12)}.json"

    def server_lock(self, host: str) -> Path:
        """Return the file that exists while a sandbox's objects are on the server, shared by all workers."""
        return self.folder / f"{_server(host)}.in-use"

    def server_steps(self, host: str) -> Path:
        """Return the list of steps that changed objects of the whole server, shared by all workers."""
        return self.folder / f"{_server(host)}.steps"


class LogFiles(NamedTuple):
    """The files beside the evidence ``log`` of one worker."""

    log: Path

    def output(self) -> Path:
        """Return what the worker prints, shown if it dies."""
        return self.log.with_suffix(".out")

    def started(self) -> Path:
        """Return the file that the worker creates when it has started."""
        return self.log.with_suffix(".started")

    def secrets(self) -> Path:
        """Return the project's secrets, a JSON list that the worker writes and the coordinator redacts by."""
        return self.log.with_suffix(".secrets")

    def lock(self) -> Path:
        """Return the file by which the writers of the log exclude each other."""
        return self.log.with_suffix(".lock")

    def replacement(self) -> Path:
        """Return the file with which the worker replaces a log that the project damaged."""
        return self.log.with_suffix(".anew")


def _server(host: str) -> str:
    return f"server-{fingerprint(host, 12)}"


def write_private(path: Path, content: bytes, *, append: bool = False) -> None:
    """Write ``content`` to a file that this user alone may read, since it may hold a password."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
