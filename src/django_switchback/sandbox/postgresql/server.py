"""Define the PostgreSQL server that holds sandboxes, and start a temporary one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from zipfile import ZipFile

import msgspec
from psycopg import sql

from django_switchback.sandbox import folders
from django_switchback.sandbox.interface import Address, Engine, NotKept, SandboxError
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.postgresql import shared_catalogs
from django_switchback.sandbox.postgresql.binaries import ServerPrograms
from django_switchback.sandbox.postgresql.cluster import PORT, SUPERUSER, Cluster, ClusterFolders
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.postgresql.login import Login, LoginRefused, ServerUnreachable, check_reachable
from django_switchback.sandbox.postgresql.maintenance import disconnect, maintenance_connection
from django_switchback.sandbox.postgresql.os_user import Account, choose_account, runnable_programs

LARGE_TABLESPACE = "switchback_large"
"""The name of the tablespace on disk of a server whose data folder is in memory."""
MAX_SOCKET_PATH_BYTES = 103
"""The largest length of a socket's path in bytes: 103 on macOS, 107 on Linux; unix(7)."""
_SOCKET_FILE = f".s.PGSQL.{PORT}.lock"


class PostgresServer:
    """Holds sandboxes on a server; ``cleanup`` holds the clean-up callbacks, which :meth:`close` calls.

    ``cluster`` is the server process, if the run started it; ``kept`` are sandboxes of an earlier run, by the
    names that they had there.
    """

    def __init__(
        self,
        factory: PostgresFactory,
        version: str,
        cleanup: ExitStack,
        cluster: Cluster | None = None,
        kept: Mapping[str, Address] = MappingProxyType({}),
    ) -> None:
        self._factory = factory
        self._version = version
        self._cleanup = cleanup
        self._cluster = cluster
        self.kept = kept

    @property
    def name(self) -> str:
        """The name in reports: ``postgresql-18``."""
        return f"postgresql-{self._factory.major}"

    @property
    def engine(self) -> Engine:
        """PostgreSQL."""
        return "postgresql"

    @property
    def version(self) -> str:
        """The server's own version: ``18.6``."""
        return self._version

    def is_recovering(self) -> bool:
        """Return whether the server is reachable but refuses connections, as during crash recovery."""
        try:
            check_reachable(self._factory.login)
            self._factory.login.connect(self._factory.database).close()
        except ServerUnreachable:
            return False
        except LoginRefused:
            return True
        return False

    def factory(self) -> PostgresFactory:
        """Return the factory."""
        return self._factory

    def keep(self, names: Collection[str], archive: ZipFile) -> None:
        """Drop all other databases, stop the server and write its files to ``archive``.

        Raises :class:`SandboxError`, :class:`NotKept` among them, or ``OSError``.
        """
        factory = self._factory
        if self._cluster is None:
            raise NotKept("the run did not start this server")
        with maintenance_connection(factory.login, factory.database) as connection:
            if shared_catalogs.shared_catalogs_fingerprint(connection) != factory.fingerprint:
                raise NotKept("migrations changed objects of the whole server")
        for found in factory.find_databases():
            if found.name not in names:
                factory.drop_database(found.name)
        if factory.disk:
            with maintenance_connection(factory.login, factory.database) as connection:
                connection.execute(sql.SQL("DROP TABLESPACE {}").format(sql.Identifier(factory.disk)))
        disconnect(factory.login)
        self._cluster.pack(archive)

    def close(self) -> None:
        """Drop every sandbox of this run, or stop the server if the run started it. Safe to call twice.

        Raises :class:`SandboxError` if something could not be dropped or stopped, after every callback ran.
        """
        self._cleanup.close()


def start_server(
    binaries: ServerPrograms, run: RunIdentity, *, in_memory: bool = True, archive: ZipFile | None = None
) -> PostgresServer:
    """Start a temporary server from ``binaries``. Raises :class:`SandboxError`.

    With ``in_memory``, its files are in memory if there is enough. With ``archive``, it has the sandboxes
    that an earlier run has kept there.
    """
    account = choose_account()
    with ExitStack() as cleanup:
        programs = _programs(binaries, run, account, cleanup)
        places = folders.data_places(in_memory=in_memory)
        folder = _folder(run, f"pg{binaries.major}", places, account, cleanup)
        socket = _socket(folder, run, account, cleanup)
        cluster = Cluster(programs, binaries.major, ClusterFolders.below(folder, socket), account)
        cleanup.callback(cluster.stop)
        cluster.start(archive)
        login = Login(host=str(socket), port=PORT, user=SUPERUSER, application=run.application)
        cleanup.callback(disconnect, login)
        factory = PostgresFactory(run=run, login=login, major=binaries.major, programs=str(programs))
        if folder.is_relative_to(folders.SHARED_MEMORY):
            disk = _folder(run, f"pg{binaries.major}_large", folders.disk_places(), account, cleanup)
            factory = _with_disk_tablespace(factory, disk, account)
        factory = _with_initial_catalogs(factory)
        kept = () if archive is None else [found.name for found in factory.find_databases()]
        taken_over = {name: factory.take_over(name) for name in kept}
        version = server_version(login, factory.database)
        return PostgresServer(factory, version, cleanup.pop_all(), cluster, taken_over)


def _with_disk_tablespace(factory: PostgresFactory, folder: Path, account: Account) -> PostgresFactory:
    """Return ``factory`` with a tablespace in ``folder`` for large databases; its server is in memory."""
    location = folder / "tablespace"
    location.mkdir(mode=0o700)
    account.give_ownership(location)
    create = sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(
        sql.Identifier(LARGE_TABLESPACE), sql.Literal(str(location))
    )
    with maintenance_connection(factory.login, factory.database) as connection:
        connection.execute(create)
    return msgspec.structs.replace(factory, disk=LARGE_TABLESPACE)


def _with_initial_catalogs(factory: PostgresFactory) -> PostgresFactory:
    """Return ``factory`` with the state of the shared catalogs; its server is new and unused."""
    with maintenance_connection(factory.login, factory.database) as connection:
        return msgspec.structs.replace(
            factory,
            initial_catalogs=shared_catalogs.read_shared_catalogs(connection, factory.database),
            fingerprint=shared_catalogs.shared_catalogs_fingerprint(connection),
        )


def server_version(login: Login, database: str) -> str:
    """Return the version of the server: ``18.6``."""
    with maintenance_connection(login, database) as connection:
        major, minor = divmod(connection.info.server_version, 10_000)
    return f"{major}.{minor}"


def _programs(binaries: ServerPrograms, run: RunIdentity, account: Account, cleanup: ExitStack) -> Path:
    """Return a folder with programs that ``account`` can run, unpacked or copied if needed."""
    if binaries.origin != "archive" and account.can_run(binaries.path / "initdb"):
        return binaries.path
    label = f"pg{binaries.major}_programs"
    # On disk: file systems in memory are often mounted with noexec.
    folder = _folder(run, label, folders.disk_places(), account, cleanup)
    return runnable_programs(account, binaries.unpack(folder / "archive"), folder / "programs")


def _socket(folder: Path, run: RunIdentity, account: Account, cleanup: ExitStack) -> Path:
    usual = folder / "socket"
    # NOTE: the server and libpq split the value at commas, which libpq cannot escape; other characters are
    # special in postgresql.conf.
    plain = re.fullmatch(r"[\w/.+@ -]+", str(usual))
    if plain and len(str(usual / _SOCKET_FILE).encode()) <= MAX_SOCKET_PATH_BYTES:
        return usual
    return _folder(run, "socket", folders.COMMON_PLACES, account, cleanup) / "socket"


def _folder(
    run: RunIdentity, label: str, places: tuple[Path, ...], account: Account, cleanup: ExitStack
) -> Path:
    """Create a folder of the run in the first of ``places`` that ``account`` can access."""
    place = next((p for p in places if account.user is None or folders.open_to_all(p)), None)
    if place is None:
        raise SandboxError("no temporary folder is open to an unprivileged user: set TMPDIR to one that is")
    folder = folders.make_run_folder(run, label, place)
    cleanup.callback(folders.remove_folder, folder)
    if account.user is not None:
        # That user must be able to enter the folder, but not to list it.
        folder.chmod(0o711)
    return folder
