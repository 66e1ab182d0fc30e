"""The contract that every kind of server keeps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import MARKER_QUERY, Address, NotASandbox, Server
from django_switchback.sandbox.names import PREFIX, RunIdentity, parse_name

from .support import databases, execute, exists, postgres

OTHER_PROCESS = """
import sys, msgspec
from django_switchback.sandbox.factories import AnyFactory
factory = msgspec.json.decode(sys.stdin.buffer.read(), type=AnyFactory)
print(msgspec.json.encode(factory.create("worker")).decode())
"""


def made_by_another_process(server: Server) -> Address:
    """Return a sandbox that a worker made from the factory that it was given."""
    finished = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS],
        input=msgspec.json.encode(server.factory()),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(finished.stdout, type=Address)


def run_of(address: Address) -> RunIdentity:
    """Return the run that a sandbox's name tells."""
    run = parse_name(Path(address.name).stem)
    assert run is not None
    return run


def test_created_is_empty_and_ours(database_server: Server) -> None:
    """A new sandbox has no tables, and its factory knows it by name."""
    factory = database_server.factory()
    address = factory.create("head")
    catalogue = "sqlite_master" if address.engine == "sqlite" else "pg_stat_user_tables"
    assert execute(address, f"SELECT count(*) FROM {catalogue}") == [(0,)]
    assert factory.owns(address.name)
    assert "head" in address.name
    factory.drop(address)


def test_clone_keeps_rows_and_is_apart(database_server: Server) -> None:
    """A clone has the rows of its source, and neither sees what the other is given afterwards."""
    factory = database_server.factory()
    source = factory.create("source")
    execute(source, "CREATE TABLE t (i integer)")
    execute(source, "INSERT INTO t VALUES (1)")
    clone = factory.clone(source, "clone")
    execute(clone, "INSERT INTO t VALUES (2)")
    execute(source, "INSERT INTO t VALUES (3)")
    assert execute(clone, "SELECT i FROM t ORDER BY i") == [(1,), (2,)]
    assert execute(source, "SELECT i FROM t ORDER BY i") == [(1,), (3,)]
    factory.drop(source)
    factory.drop(clone)


def test_drop_is_final_and_may_be_repeated(database_server: Server) -> None:
    """A dropped sandbox is gone; dropping it again is no error."""
    factory = database_server.factory()
    address = factory.create("head")
    assert exists(database_server, address)
    factory.drop(address)
    assert not exists(database_server, address)
    factory.drop(address)


def test_other_runs_names_are_refused(database_server: Server) -> None:
    """A sandbox of another run is neither dropped nor cloned nor called ours."""
    factory = database_server.factory()
    address = factory.create("head")
    ours, prefix = address.name, f"{PREFIX}{run_of(address).id}"
    theirs = msgspec.structs.replace(address, name=f"{PREFIX}zzzzzz".join(ours.rsplit(prefix, 1)))
    assert theirs != address
    for stranger in (theirs, msgspec.structs.replace(address, name="postgres")):
        assert not factory.owns(stranger.name)
        with pytest.raises(NotASandbox):
            factory.drop(stranger)
        with pytest.raises(NotASandbox):
            factory.clone(stranger, "clone")
    factory.drop(address)


def test_factory_of_the_other_engine_refuses(database_server: Server) -> None:
    """An address of another engine is refused even under a name of ours."""
    factory = database_server.factory()
    address = factory.create("head")
    other = msgspec.structs.replace(address, engine="postgresql" if address.engine == "sqlite" else "sqlite")
    with pytest.raises(NotASandbox):
        factory.drop(other)
    factory.drop(address)


def test_factory_travels_as_json(database_server: Server) -> None:
    """A factory is a value: what a worker decodes equals what was encoded."""
    factory = database_server.factory()
    assert msgspec.json.decode(msgspec.json.encode(factory), type=AnyFactory) == factory


def test_two_processes_share_a_run(database_server: Server) -> None:
    """What a worker made is ours here as well, and is never the same as what was made here."""
    factory = database_server.factory()
    mine, theirs = factory.create("worker"), made_by_another_process(database_server)
    assert mine.name != theirs.name
    assert exists(database_server, theirs)
    factory.drop(theirs)
    assert not exists(database_server, theirs)
    factory.drop(mine)


def test_marker_is_told_over_an_open_cursor(postgresql_server: Server) -> None:
    """The guard's query says of a sandbox that it is ours, and of any other database that it is not."""
    factory = postgresql_server.factory()
    address = factory.create("head")
    [(name, comment)] = execute(address, MARKER_QUERY)
    assert factory.marker_is_ours(str(name), str(comment))
    assert not factory.marker_is_ours(str(name), None)
    [(name, comment)] = execute(postgres(postgresql_server), MARKER_QUERY)
    assert not factory.marker_is_ours(str(name), str(comment))
    factory.drop(address)
    assert address.name not in databases(postgresql_server)
