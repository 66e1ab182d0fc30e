"""PostgreSQL databases: known by name and marker, whatever happens to the worker that makes them."""

from __future__ import annotations

import os
import socket

import msgspec
import psycopg
import pytest

from django_switchback.sandbox.interface import NotASandbox, NotRemoved, Server
from django_switchback.sandbox.names import marking_connection_limit, random_serial
from django_switchback.sandbox.postgresql import maintenance
from django_switchback.sandbox.postgresql.factory import PostgresFactory, SandboxInUse

from .support import connect, databases, execute, factory_of, postgres


def test_database_made_by_hand_is_refused(postgresql_server: Server) -> None:
    """A database with a name of this very run, but without its marker, is neither dropped nor cloned."""
    factory = factory_of(postgresql_server)
    name = factory.run.name("byhand", random_serial())
    execute(postgres(postgresql_server), f'CREATE DATABASE "{name}"')
    address = factory.login.address(name)
    with pytest.raises(NotASandbox):
        factory.drop(address)
    with pytest.raises(NotASandbox):
        factory.clone(address, "clone")
    with pytest.raises(NotRemoved, match=name):
        factory.drop_all()
    assert name in databases(postgresql_server)
    execute(postgres(postgresql_server), f'DROP DATABASE "{name}"')


def test_database_of_a_worker_killed_before_its_comment_is_ours(postgresql_server: Server) -> None:
    """A database that never got its comment is known by its seal, so it does not outlive the run."""
    factory = factory_of(postgresql_server)
    name = factory.run.name("killed", random_serial())
    execute(
        postgres(postgresql_server),
        f'CREATE DATABASE "{name}" CONNECTION LIMIT {marking_connection_limit(name)}',
    )
    factory.drop(factory.login.address(name))
    assert name not in databases(postgresql_server)


def test_database_in_the_url_is_never_ours(postgresql_server: Server) -> None:
    """The user's own database is refused even if it has a name and a marker of this run."""
    factory = factory_of(postgresql_server)
    address = factory.create("own")
    users = msgspec.structs.replace(factory, user_database=address.name)
    assert not users.owns(address.name)
    with pytest.raises(NotASandbox):
        users.drop(address)
    users.drop_all()
    assert address.name in databases(postgresql_server)
    factory.drop(address)


def test_drop_ends_open_connections(postgresql_server: Server) -> None:
    """A sandbox is dropped with whoever is still connected to it."""
    factory = factory_of(postgresql_server)
    address = factory.create("busy")
    with connect(address) as connection:
        factory.drop(address)
        assert address.name not in databases(postgresql_server)
        connection.close()


def test_clone_ends_open_connections(postgresql_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that stays, such as that of a project's thread, is ended: the source can be copied."""
    monkeypatch.setattr("django_switchback.sandbox.postgresql.factory._TERMINATE_AFTER_SECONDS", 0.05)
    factory = factory_of(postgresql_server)
    address = factory.create("busy")
    with connect(address) as held:
        factory.drop(factory.clone(address, "clone"))
        with pytest.raises(psycopg.OperationalError):
            held.execute("SELECT 1")
    factory.drop(address)


def test_clone_of_a_busy_source_says_why(postgresql_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source with a session that we may not end is not copied: the error names it."""
    monkeypatch.setattr("django_switchback.sandbox.postgresql.factory._DISCONNECT_SECONDS", 0.05)
    factory = factory_of(postgresql_server)
    address = factory.create("busy")
    with connect(address) as held:
        said = f"role 'postgres' is connected to it .*server process {held.info.backend_pid}"
        with pytest.raises(SandboxInUse, match=said):
            factory.clone(address, "clone")
    factory.drop(address)


def test_taken_number_is_drawn_again(postgresql_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that draw the same number still get two databases."""
    drawn = iter([5, 5, 6])
    monkeypatch.setattr("django_switchback.sandbox.postgresql.factory.random_serial", lambda: next(drawn))
    factory = factory_of(postgresql_server)
    first, second = factory.create("same"), factory.create("same")
    assert first.name != second.name
    factory.drop(first)
    factory.drop(second)


def descriptor(factory: PostgresFactory) -> int:
    """Return the descriptor of this process's connection to the server."""
    factory.drop(factory.create("before"))
    [kept] = [kept for (login, _), kept in maintenance._connections.items() if login == factory.login]
    return kept.connection.fileno()


def test_closed_descriptor_costs_a_new_connection(postgresql_server: Server) -> None:
    """After a migration closed every descriptor, ours among them, sandboxes go on."""
    factory = factory_of(postgresql_server)
    os.close(descriptor(factory))
    factory.drop(factory.create("after"))


def test_descriptor_that_is_somebody_elses_by_now_is_left_alone(postgresql_server: Server) -> None:
    """Where the number of our descriptor was given to another file, that hears nothing and stays open."""
    factory = factory_of(postgresql_server)
    number = descriptor(factory)
    made, theirs = socket.socketpair()
    os.dup2(made.fileno(), number)
    made.close()
    ours = socket.socket(fileno=number)
    factory.drop(factory.create("after"))
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(1)
    ours.sendall(b"still open")
    ours.close()
    theirs.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_child_leaves_its_parents_connection_alone(postgresql_server: Server) -> None:
    """A child that was forked opens a connection of its own, and the parent's still works afterwards."""
    factory = factory_of(postgresql_server)
    with maintenance.maintenance_connection(factory.login, factory.database) as parents:
        pass
    child = os.fork()
    if child == 0:
        with maintenance.maintenance_connection(factory.login, factory.database) as own:
            os._exit(0 if own is not parents else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with maintenance.maintenance_connection(factory.login, factory.database) as after:
        assert after is parents


def test_one_connection_serves_all(postgresql_server: Server) -> None:
    """Making and dropping sandboxes does not reconnect each time."""
    factory = factory_of(postgresql_server)
    factory.drop(factory.create("first"))
    with maintenance.maintenance_connection(factory.login, factory.database) as before:
        pass
    factory.drop(factory.create("second"))
    with maintenance.maintenance_connection(factory.login, factory.database) as after:
        assert after is before
