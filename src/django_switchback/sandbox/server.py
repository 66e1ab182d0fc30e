"""The PostgreSQL servers that sandboxes are made on: one that we start, and one that the user names."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from django_switchback.sandbox import folders
from django_switchback.sandbox.account import Account, choose, runnable
from django_switchback.sandbox.binaries import Binaries
from django_switchback.sandbox.cluster import PORT, SUPERUSER, Cluster, Layout
from django_switchback.sandbox.interface import Engine, SandboxError
from django_switchback.sandbox.login import Login
from django_switchback.sandbox.maintenance import disconnect, maintenance
from django_switchback.sandbox.names import Run
from django_switchback.sandbox.postgresql import PostgresFactory

LONGEST_SOCKET = 103
"""Bytes of a socket's path: 103 on macOS, 107 on Linux; unix(7)."""
_SOCKET_FILE = f".s.PGSQL.{PORT}.lock"


class PostgresServer:
    """A server to make sandboxes on; ``cleanup`` holds what is left to do at its end."""

    def __init__(self, factory: PostgresFactory, version: str, cleanup: ExitStack) -> None:
        self._factory = factory
        self._version = version
        self._cleanup = cleanup

    @property
    def name(self) -> str:
        """Its name in reports: ``postgresql-18``."""
        return f"postgresql-{self._factory.major}"

    @property
    def engine(self) -> Engine:
        """PostgreSQL."""
        return "postgresql"

    @property
    def version(self) -> str:
        """The server's own version: ``18.6``."""
        return self._version

    def factory(self) -> PostgresFactory:
        """Return what a worker needs."""
        return self._factory

    def close(self) -> None:
        """Drop every sandbox of this run, then stop what was started. Safe to call twice.

        Raises :class:`SandboxError` for what could not be dropped or stopped, after trying all.
        """
        self._cleanup.close()


def start(binaries: Binaries, run: Run) -> PostgresServer:
    """Start a throwaway server of ours from ``binaries``. Raises :class:`SandboxError`."""
    account = choose()
    with ExitStack() as cleanup:
        place = _place(account)
        folder = folders.make(run, f"pg{binaries.major}", place)
        cleanup.callback(folders.remove, folder)
        if account.entry is not None:
            # Its user must pass through, and may read nothing that is not its own.
            folder.chmod(0o711)
        socket = _short_socket(folder, run, cleanup)
        unpacked = binaries.unpacked(folder / "archive")
        programs = runnable(account, unpacked, folder / "programs")
        cluster = Cluster(programs, binaries.major, Layout.below(folder, socket), account)
        cleanup.callback(cluster.stop)
        cluster.start()
        login = Login(host=str(socket), port=PORT, user=SUPERUSER)
        cleanup.callback(disconnect, login)
        factory = PostgresFactory(run=run, login=login, major=binaries.major)
        return PostgresServer(factory, server_version(login, factory.database), cleanup.pop_all())


def server_version(login: Login, database: str) -> str:
    """Return the version of the server: ``18.6``."""
    with maintenance(login, database) as connection:
        major, minor = divmod(connection.info.server_version, 10_000)
    return f"{major}.{minor}"


def _place(account: Account) -> Path:
    """Return where the server's folder goes: the first place that its user gets to."""
    for place in folders.places():
        if account.entry is None or folders.open_to_all(place):
            return place
    raise SandboxError("no temporary folder is open to an unprivileged user: set TMPDIR to one that is")


def _short_socket(folder: Path, run: Run, cleanup: ExitStack) -> Path:
    usual = folder / "socket"
    if len(str(usual / _SOCKET_FILE).encode()) <= LONGEST_SOCKET:
        return usual
    short = folders.make(run, "socket", folders.COMMON[0])
    cleanup.callback(folders.remove, short)
    short.chmod(folder.stat().st_mode)
    return short / "socket"
