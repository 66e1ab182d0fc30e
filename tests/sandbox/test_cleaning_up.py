"""What an ordinary role leaves on a server by URL: nothing, whatever is under way or connected there."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import msgspec
import psycopg
import pytest

from django_switchback.sandbox.interface import NotRemoved, Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.sandbox.postgresql import factory as postgresql
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.remove_abandoned import drop_abandoned_databases

from .support import connect, databases, dead_run, execute, factory_of, postgres, url_of

Session: TypeAlias = psycopg.Connection[tuple[object, ...]]
ROLE = "ordinary_maker"
PATIENCE = 30.0
"""Seconds after which a moment is taken not to come."""
CREATES = """
import sys
import msgspec
from django_switchback.sandbox.factories import AnyFactory
factory = msgspec.json.decode(sys.stdin.readline(), type=AnyFactory)
factory.find_databases()
print("ready", flush=True)
sys.stdin.readline()
factory.create("late")
"""
"""What it asks first lets its backend know the tablespaces, so that nothing but CREATE waits for the lock."""


@pytest.fixture
def server(postgresql_server: Server) -> Iterator[Server]:
    """Give the server as a role without any rights but CREATEDB reaches it by URL."""
    admin = postgres(postgresql_server)
    execute(admin, f"CREATE ROLE {ROLE} LOGIN CREATEDB")
    url = url_of(factory_of(postgresql_server).login, "postgres", user=ROLE)
    try:
        with open_server(url, RunIdentity.new()) as opened:
            yield opened
    finally:
        execute(admin, f"DROP ROLE {ROLE}")


def await_that(moment: Callable[[], object]) -> None:
    """Wait for ``moment``; fails where it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not moment():
        assert time.monotonic() < deadline, "the moment did not come"
        time.sleep(0.02)


@contextmanager
def creation_under_way(admin: Session, factory: PostgresFactory) -> Iterator[None]:
    """Let a killed process of the run have a CREATE DATABASE under way, which ends with the block."""
    words = [sys.executable, "-c", CREATES]
    with (
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
        admin.transaction(),
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(msgspec.json.encode(factory) + b"\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"ready\n"
            admin.execute("LOCK TABLE pg_catalog.pg_tablespace IN ACCESS EXCLUSIVE MODE")
            process.stdin.write(b"\n")
            process.stdin.close()
            # NOTE: what pg_stat_activity says stays the same within a transaction; pg_locks does not.
            waits = "SELECT 1 FROM pg_locks WHERE relation = 'pg_tablespace'::regclass AND NOT granted"
            await_that(lambda: admin.execute(waits).fetchall())
        finally:
            process.kill()
        yield


def settled(server: Server) -> bool:
    """Tell whether nothing creates a database any more."""
    creating = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' AND state = 'active'"
    return execute(postgres(server), creating) == []


def test_a_create_under_way_is_ended(postgresql_server: Server, server: Server) -> None:
    """What a killed worker's CREATE DATABASE would still make in the server is not there after closing."""
    before = databases(postgresql_server)
    with (
        connect(postgres(postgresql_server)) as admin,
        creation_under_way(admin, factory_of(server)),
    ):
        server.close()
    await_that(lambda: settled(postgresql_server))
    assert databases(postgresql_server) == before


def test_a_killed_runs_create_under_way_is_ended(postgresql_server: Server, server: Server) -> None:
    """The next run ends what a killed run has under way in the server, before the catalogue shows it."""
    before = databases(postgresql_server)
    gone = dead_run()
    mine = factory_of(server)
    login = msgspec.structs.replace(mine.login, application=gone.application)
    with (
        connect(postgres(postgresql_server)) as admin,
        creation_under_way(admin, msgspec.structs.replace(mine, run=gone, login=login)),
    ):
        drop_abandoned_databases(mine, now=time.time(), notice=pytest.fail)
    await_that(lambda: settled(postgresql_server))
    assert databases(postgresql_server) == before


def test_django_connections_carry_the_run(server: Server) -> None:
    """A sandbox's address names the run to the server, in place of what the user's URL names."""
    factory = factory_of(server)
    named = msgspec.structs.replace(factory.login, options=(("application_name", "theirs"),))
    assert dict(named.address("any").options)["application_name"] == factory.run.application
    with named.connect(factory.database) as connection:
        assert connection.execute("SHOW application_name").fetchone() == (factory.run.application,)


def test_all_are_tried_before_giving_up(
    postgresql_server: Server, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox that a superuser is in is named with the command that drops it; all others are dropped."""
    monkeypatch.setattr(postgresql, "_DROP_RETRY_SECONDS", 0.0)
    before = databases(postgresql_server)
    held, *_ = [factory_of(server).create(label) for label in ("held", "free", "free")]
    with connect(postgres(postgresql_server, held.name)), pytest.raises(NotRemoved) as left:
        server.close()
    assert [item.name for item in left.value.left] == [held.name]
    assert databases(postgresql_server) - before == {held.name}
    execute(postgres(postgresql_server), left.value.left[0].command.rstrip(";"))
    assert databases(postgresql_server) == before


@pytest.mark.faults
def test_autovacuum_in_the_sandbox(postgresql_server: Server, server: Server) -> None:
    """An ordinary role drops a sandbox that autovacuum is in: FORCE would be refused to it."""
    admin = postgres(postgresql_server)
    settings = {
        "autovacuum": "on",
        "autovacuum_naptime": "1s",
        "autovacuum_vacuum_threshold": "0",
        "autovacuum_vacuum_cost_delay": "100ms",
        "autovacuum_vacuum_cost_limit": "1",
    }
    sandbox = factory_of(server).create("vacuumed")
    execute(sandbox, "CREATE TABLE t AS SELECT i FROM generate_series(1, 200000) i")
    execute(sandbox, "DELETE FROM t WHERE i % 2 = 0")
    for name, value in settings.items():
        execute(admin, f"ALTER SYSTEM SET {name} = '{value}'")
    try:
        execute(admin, "SELECT pg_reload_conf()")
        inside = (
            "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' "
            f"AND datname = '{sandbox.name}'"
        )
        await_that(lambda: execute(admin, inside))
        with (
            factory_of(server).login.connect("postgres") as own,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            own.execute(f'DROP DATABASE "{sandbox.name}" WITH (FORCE)'.encode())
        factory_of(server).drop(sandbox)
        assert sandbox.name not in databases(postgresql_server)
    finally:
        execute(admin, "ALTER SYSTEM RESET ALL")
        execute(admin, "SELECT pg_reload_conf()")
