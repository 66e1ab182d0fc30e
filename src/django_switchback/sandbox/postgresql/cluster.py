"""Create, start and stop a temporary PostgreSQL server."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple, NoReturn
from zipfile import ZipFile

from django_switchback.sandbox.archive import pack, packed
from django_switchback.sandbox.environment import server_environment
from django_switchback.sandbox.interface import SandboxError
from django_switchback.sandbox.postgresql.os_user import Account

PORT = "5432"
SUPERUSER = "postgres"
"""The usual name in production, so that a migration that names this role finds it."""
WAL_SEGMENT_MB = 4
"""An idle server keeps two or three segments, in memory if its data folder is there; the default is 16 MB."""
INITDB_SECONDS = 120
START_SECONDS = 60
STOP_SIGNALS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""The signals for fast shutdown, immediate shutdown and kill, with the seconds to wait after each."""

_SETTINGS = {
    # Only reachable through a Unix socket, in a folder that only its user may enter.
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    # Its data need not survive a crash.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "16MB",
    "max_wal_size": "32MB",
    "checkpoint_warning": "0",
    "checkpoint_timeout": "1h",
    # In the data folder, so that it is removed with it even if the server is killed.
    "dynamic_shared_memory_type": "'mmap'",
    # No background work during a step: timings stay comparable, and no clone waits for other sessions.
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "max_logical_replication_workers": "0",
    # Small, but enough locks for a migration that locks every table of a large project.
    "max_connections": "50",
    "max_locks_per_transaction": "512",
    "shared_buffers": "'64MB'",
    "huge_pages": "off",
    # Independent of the machine's settings.
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
    "log_checkpoints": "off",
    "logging_collector": "off",
}
_SETTINGS_BEGIN = "\n# Switchback\n"
_SINCE = {18: {"io_method": "sync"}}
"""Settings by the version that introduced them; a small server needs no I/O worker processes."""


class ServerDidNotStart(SandboxError):
    """Reports a temporary server that could not be created or started."""

    def __init__(self, major: int, step: str, output: str) -> None:
        tail = "\n".join(output.strip().splitlines()[-15:]) or "(no output)"
        super().__init__(f"PostgreSQL {major} did not start: {step}; the end of its output:\n{tail}")


class ClusterFolders(NamedTuple):
    """Holds the paths of a server's files."""

    data: Path
    socket: Path
    log: Path

    @classmethod
    def below(cls, folder: Path, socket: Path | None = None) -> ClusterFolders:
        """Return the default paths in ``folder``; ``socket`` may be elsewhere, as its path must be short."""
        return cls(folder / "data", socket or folder / "socket", folder / "data" / "server.log")


class Cluster:
    """Starts and stops one server process."""

    def __init__(self, programs: Path, major: int, folders: ClusterFolders, account: Account) -> None:
        self._programs = programs
        self._major = major
        self._folders = folders
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, archive: ZipFile | None = None) -> None:
        """Create the data folder with ``initdb`` and start the server on it, which takes about a second.

        With ``archive``, the data folder is the one that :meth:`pack` has written there. The server runs in
        its own session, so Ctrl-C in the terminal does not reach it. Raises :class:`ServerDidNotStart`, and
        ``BadZipFile`` for a damaged archive.
        """
        for folder in (self._folders.data, self._folders.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
            self._account.give_ownership(folder)
        if archive is None:
            self._initdb()
        else:
            self._unpack(archive)
        with (self._folders.data / "postgresql.conf").open("a") as settings:
            settings.write(self._settings())
        with self._folders.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._folders.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folders.data,
                env=server_environment(
                    os.environ, str(self._folders.data), str(self._folders.socket), SUPERUSER
                ),
                start_new_session=True,
                **self._account.credentials,
            )
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """Stop the server with :data:`STOP_SIGNALS`. Safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        for number, seconds in STOP_SIGNALS:
            process.send_signal(number)
            try:
                process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                continue
        raise SandboxError(f"PostgreSQL {self._major} (process {process.pid}) does not stop: kill it by hand")

    def pack(self, archive: ZipFile) -> None:
        """Stop the server and write its data folder to ``archive``."""
        self.stop()
        pack(archive, self._folders.data)

    def _unpack(self, archive: ZipFile) -> None:
        data = self._folders.data
        archive.extractall(data.parent, packed(archive))
        settings = data / "postgresql.conf"
        settings.write_text(settings.read_text().partition(_SETTINGS_BEGIN)[0])
        if self._account.user is not None:
            for path in data.rglob("*"):
                self._account.give_ownership(path)

    def _initdb(self) -> None:
        command = [str(self._programs / "initdb"), "-D", str(self._folders.data), "-U", SUPERUSER]
        command += ["--auth-local=trust", "--auth-host=reject", "--no-sync", "--no-instructions"]
        command += [f"--wal-segsize={WAL_SEGMENT_MB}"]
        command += ["--encoding=UTF8", "--locale=C"]
        try:
            finished = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=INITDB_SECONDS,
                cwd=self._folders.data,
                env=server_environment(os.environ, str(self._folders.data)),
                start_new_session=True,
                **self._account.credentials,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServerDidNotStart(self._major, "initdb did not run", str(error)) from error
        if finished.returncode != 0:
            output = finished.stdout.decode(errors="replace")
            raise ServerDidNotStart(self._major, f"initdb ended with status {finished.returncode}", output)

    def _settings(self) -> str:
        settings = dict(_SETTINGS)
        for since, more in _SINCE.items():
            settings.update(more if self._major >= since else {})
        socket = str(self._folders.socket).replace("'", "''")
        settings["unix_socket_directories"] = f"'{socket}'"
        return _SETTINGS_BEGIN + "".join(f"{name} = {value}\n" for name, value in settings.items())

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        # NOTE: pg_ctl also reads the status from the eighth line of this file; src/include/utils/pidfile.h.
        status = self._folders.data / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self._fail(f"it ended with status {process.returncode}")
            lines = status.read_text().splitlines() if status.exists() else []
            if len(lines) > 7 and lines[7].strip() == "ready":
                return
            time.sleep(0.01)
        self._fail(f"not ready after {START_SECONDS} s")

    def _fail(self, step: str) -> NoReturn:
        raise ServerDidNotStart(self._major, step, self._folders.log.read_text(errors="replace"))
