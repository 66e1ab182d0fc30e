"""A server in memory keeps large databases, and the copies of them, on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from django_switchback.sandbox import folders
from django_switchback.sandbox.interface import Address, Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.sandbox.postgresql import factory as factory_module
from django_switchback.sandbox.postgresql.server import LARGE_TABLESPACE

from .support import execute, factory_of, postgres

TABLESPACE = "SELECT spcname FROM pg_database d JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname ="


@pytest.fixture(params=[15, 18])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Give a server whose files lie in memory, and see that nothing of it is left anywhere."""
    if not folders.SHARED_MEMORY.is_dir():
        pytest.skip("no file system in memory")
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(folders, "MIN_FREE_BYTES", 1 << 20)
    run = RunIdentity.new()
    with open_server(f"postgresql-{request.param}", run) as opened:
        yield opened
    assert [path for place in folders.places() for path in place.glob(run.prefix + "*")] == []


def tablespace(server: Server, address: Address) -> object:
    """Return the tablespace that a database is in."""
    [(name,)] = execute(postgres(server), f"{TABLESPACE} '{address.name}'")
    return name


def test_large_databases_go_to_disk(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is copied when it is large is on disk from then on, as its copies are."""
    factory = factory_of(server)
    small, large = factory.create("small"), factory.create("large")
    execute(large, "CREATE TABLE things AS SELECT g AS number FROM generate_series(1, 50000) g")
    [(size,)] = execute(postgres(server), f"SELECT pg_database_size('{small.name}')")
    assert isinstance(size, int)
    monkeypatch.setattr(factory_module, "MAX_BYTES_IN_MEMORY", size + (1 << 20))
    copies = [factory.clone(small, "small_copy"), factory.clone(large, "large_copy")]
    copies.append(factory.clone(copies[1], "copy_of_copy"))
    assert [tablespace(server, item) for item in (small, copies[0])] == ["pg_default"] * 2
    assert [tablespace(server, item) for item in (large, *copies[1:])] == [LARGE_TABLESPACE] * 3
    assert [execute(item, "SELECT sum(number) FROM things") for item in (large, copies[2])] == [
        [(50000 * 50001 // 2,)]
    ] * 2
    [(location,)] = execute(
        postgres(server),
        f"SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = '{LARGE_TABLESPACE}'",
    )
    assert not Path(str(location)).is_relative_to(folders.SHARED_MEMORY)
    for item in (small, large, *copies):
        factory.drop(item)
    assert [found for found in factory.find_databases() if factory.owns(found.name)] == []


def test_a_server_on_disk_has_no_other_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the data folder is on disk, large databases stay in it."""
    monkeypatch.setattr(folders, "MIN_FREE_BYTES", 1 << 62)
    monkeypatch.setattr(factory_module, "MAX_BYTES_IN_MEMORY", 1)
    with open_server("postgresql-15", RunIdentity.new()) as server:
        factory = factory_of(server)
        source = factory.create("source")
        assert tablespace(server, factory.clone(source, "copy")) == "pg_default"
        assert execute(source, f"SELECT FROM pg_tablespace WHERE spcname = '{LARGE_TABLESPACE}'") == []
