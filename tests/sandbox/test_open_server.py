"""A SPEC becomes a server, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from django_switchback.errors import UsageError
from django_switchback.sandbox import folders, processes
from django_switchback.sandbox.interface import Server, UnknownDatabase
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server

from .support import execute, factory_of, postgres

OPENS_AND_WAITS = """
import sys
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
with open_server(sys.argv[1], RunIdentity.new()) as server:
    address = server.factory().create("head")
    print(address.host or address.name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder for temporary files that an unprivileged user gets to."""
    with tempfile.TemporaryDirectory(prefix="sandbox-", dir="/tmp") as name:
        path = Path(name).resolve()
        path.chmod(0o755)
        monkeypatch.setenv("TMPDIR", name)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield path
    monkeypatch.undo()


def postmaster(server: Server) -> int:
    """Return the number of the server's first process."""
    [(folder,)] = execute(postgres(server), "SHOW data_directory")
    return int(Path(str(folder), "postmaster.pid").read_text().splitlines()[0])


@pytest.mark.parametrize("spec", ["sqlite", "postgresql-15", "postgresql-18"])
def test_nothing_is_left(spec: str, place: Path) -> None:
    """After the end, sandboxes in use or not, there is no process and no file of the run."""
    run = RunIdentity.new()
    process = None
    with open_server(spec, run) as server:
        server.factory().create("left")
        assert server.name == spec
        assert list(place.iterdir())
        if server.engine == "postgresql":
            process = postmaster(server)
            assert processes.start_id(process) is not None
    assert list(place.iterdir()) == []
    assert process is None or processes.start_id(process) is None
    server.close()
    assert not [p for base in folders.places() for p in base.glob(run.prefix + "*")]


def test_nothing_is_left_after_an_error(place: Path) -> None:
    """An exception inside passes, and leaves as little."""
    pids: list[int] = []

    def interrupted() -> None:
        with open_server("postgresql-15", RunIdentity.new()) as server:
            pids.append(postmaster(server))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(place.iterdir()) == []
    assert [processes.start_id(pid) for pid in pids] == [None]


@pytest.mark.parametrize("spec", ["sqlite", "postgresql-18"])
def test_killed_run_is_cleared_by_the_next(spec: str, place: Path) -> None:
    """What a run that got SIGKILL left, its server included, is gone once the next one opens."""
    command = [sys.executable, "-c", OPENS_AND_WAITS, spec]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        # More than one where the server's user cannot get at its programs, so that they are copied.
        folders = list(place.iterdir())
        assert folders
        pids = [int(file.read_text().splitlines()[0]) for file in place.glob("*/data/postmaster.pid")]
        assert len(pids) == (0 if spec == "sqlite" else 1)
        server = pids[0] if pids else None
        with open_server("sqlite", RunIdentity.new()):
            assert all(folder.exists() for folder in folders), "a living run's folder was removed"
        assert server is None or processes.start_id(server) is not None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    notices: list[str] = []
    assert all(folder.exists() for folder in folders)
    with open_server("sqlite", RunIdentity.new(), notice=notices.append):
        assert not any(folder.exists() for folder in folders)
    assert server is None or processes.start_id(server) is None
    assert all(any(folder.name in notice for notice in notices) for folder in folders)


@pytest.mark.parametrize(
    "spec", ["", "mysql", "postgresql-13", "postgresql-19", "sqlite3", "oracle://u:s3cret@h/d"]
)
def test_unknown_spec_is_refused_without_its_password(spec: str) -> None:
    """A SPEC that means nothing is wrong usage; what might be a password in it is not repeated."""
    with pytest.raises(UnknownDatabase) as refusal, open_server(spec, RunIdentity.new()):
        pass
    assert isinstance(refusal.value, UsageError)
    assert "s3cret" not in str(refusal.value)


def test_newest_is_taken_without_a_version() -> None:
    """``postgresql`` is the newest version that can be had here."""
    with open_server("postgresql", RunIdentity.new()) as server:
        assert server.name == "postgresql-18"


def test_callers_settings_stay_out(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """PGHOST and its like in the caller's environment reach neither our server nor our connections."""
    for name in ("PGHOST", "PGPORT", "PGSERVICE", "PGDATA", "PGOPTIONS", "PGUSER", "PGDATABASE", "PGSSLMODE"):
        monkeypatch.setenv(name, "nonsense")
    with open_server("postgresql-18", RunIdentity.new()) as server:
        factory = factory_of(server)
        factory.drop(factory.create("head"))
        environment = Path(f"/proc/{processes_of(factory.login.host)}/environ")
        assert not environment.exists() or b"nonsense" not in environment.read_bytes()
    assert os.environ["PGHOST"] == "nonsense"


def processes_of(socket: str) -> int:
    """Return the number of the server that listens in the folder ``socket``."""
    return int(Path(socket).parent.joinpath("data", "postmaster.pid").read_text().splitlines()[0])


def test_long_tmpdir_gets_a_short_socket(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Where the folder for temporary files is too deep for a socket, the socket lies in a short one."""
    deep = place / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(deep))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with open_server("postgresql-18", RunIdentity.new()) as server:
        socket = Path(factory_of(server).login.host)
        assert deep not in socket.parents
        assert [path.name for path in deep.iterdir()]
        assert execute(server.factory().create("head"), "SELECT 1") == [(1,)]
    assert not socket.parent.exists()
    assert list(deep.iterdir()) == []


def test_only_its_user_gets_to_the_server(postgresql_server: Server) -> None:
    """No network, a socket in a folder that is its user's alone, not as root, in a session of its own."""
    login = factory_of(postgresql_server).login
    assert execute(postgres(postgresql_server), "SHOW listen_addresses") == [("",)]
    pid = processes_of(login.host)
    owner, _ = processes.owner_and_command(pid) or (0, "")
    socket = Path(login.host).stat()
    assert owner != 0
    assert socket.st_uid == owner
    assert stat.S_IMODE(socket.st_mode) == 0o700
    assert os.getsid(pid) == pid
