"""Promises of clients.py: programs that the server understands, the nearest first, or what to install."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from django_switchback.sandbox.interface import Server
from django_switchback.sandbox.postgresql import clients
from django_switchback.sandbox.postgresql.clients import (
    ClientProgramsNotFound,
    find_client_programs,
    is_compatible,
)
from django_switchback.sandbox.postgresql.factory import PostgresFactory


def programs(folder: Path, major: int) -> Path:
    """Make a folder with programs that say that they are of this version."""
    folder.mkdir(parents=True)
    for name in clients.PROGRAMS:
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {major}.1"\n')
        program.chmod(0o755)
    return folder


@pytest.fixture
def factory(postgresql_server: Server, monkeypatch: pytest.MonkeyPatch) -> PostgresFactory:
    """Give the factory of a server that does not know its own programs, on a machine that has none."""
    found = postgresql_server.factory()
    assert isinstance(found, PostgresFactory)
    monkeypatch.setattr(clients, "program_folders", lambda major, into: iter(()))
    monkeypatch.setenv("PATH", "")
    return msgspec.structs.replace(found, programs="")


@pytest.mark.parametrize(
    ("client", "server", "fit"),
    [(15, 15, True), (16, 15, True), (14, 15, False), (17, 15, False), (17, 17, True), (18, 17, True)],
)
def test_which_versions_go_together(client: int, server: int, fit: bool) -> None:
    """Never older than the server; and since 17 not newer than a server that is before 17."""
    assert is_compatible(client, server) == fit


def test_the_servers_own_come_first(postgresql_server: Server, tmp_path: Path) -> None:
    """A server of ours is dumped with the programs that it came with."""
    factory = postgresql_server.factory()
    assert isinstance(factory, PostgresFactory)
    found = find_client_programs(factory, tmp_path)
    assert factory.programs
    assert found in {Path(factory.programs), (Path(factory.programs) / "postgres").resolve().parent}


def test_the_nearest_that_fits(
    factory: PostgresFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several on the PATH the one nearest to the server's version is taken."""
    own = programs(tmp_path / "own", factory.major)
    others = [programs(tmp_path / "old", factory.major - 1), programs(tmp_path / "new", 19)]
    monkeypatch.setenv("PATH", ":".join(map(str, [*others, own])))
    assert find_client_programs(factory, tmp_path) == own


def test_a_link_to_the_server_says_where_the_others_are(
    factory: PostgresFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of links may hold the server's program alone."""
    real = programs(tmp_path / "real", factory.major)
    (real / "postgres").touch()
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "postgres").symlink_to(real / "postgres")
    monkeypatch.setenv("PATH", str(tmp_path / "links"))
    assert find_client_programs(factory, tmp_path) == real


def test_none_that_fits(factory: PostgresFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none, the message says which were found and what to install."""
    monkeypatch.setenv("PATH", str(programs(tmp_path / "old", 13)))
    with pytest.raises(ClientProgramsNotFound) as refused:
        find_client_programs(factory, tmp_path)
    assert f"pg_dump and pg_restore for a PostgreSQL {factory.major} server are not on this machine" in str(
        refused.value
    )
    assert "(found: 13)" in str(refused.value)
    assert f"postgresql-client-{factory.major}" in str(refused.value)
