"""Steps that may change objects of the whole server wait while another worker has its own in place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from django_switchback.sandbox.interface import Server
from django_switchback.sandbox.postgresql import shared_catalogs
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.worker.shared_objects.state import LOCK_ID, OwnServer

STEP = ("desk", "0002_roles")


@pytest.fixture
def factory(server_of: Callable[[str], Server]) -> PostgresFactory:
    """Give the factory of a server of the run's own."""
    made = server_of("postgresql-18").factory()
    assert isinstance(made, PostgresFactory)
    return made


@pytest.fixture
def worker(factory: PostgresFactory, tmp_path: Path) -> Iterator[OwnServer]:
    """Give the state of a worker that is in a sandbox without objects."""
    sandbox = factory.create("roles")
    state = OwnServer(factory, tmp_path)
    state.enter(sandbox)
    yield state
    state.leave()
    state.on_dropped(sandbox)
    factory.drop(sandbox)


def has_role(factory: PostgresFactory, name: str) -> bool:
    """Return whether the server has the role."""
    with factory.login.connect(factory.database) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchall())


def waits_for_lock(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Return whether some session waits for an advisory lock, after a moment at most."""
    query = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    deadline = time.monotonic() + 5
    while not connection.execute(query).fetchall():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_step_waits_for_the_clean_up_of_another_worker(factory: PostgresFactory, worker: OwnServer) -> None:
    """Otherwise that clean-up would drop the role that the step creates, before anybody has read it."""

    def run_step() -> None:
        worker.before_step(STEP, may_change=True)
        with factory.login.connect(factory.database) as connection:
            connection.execute("CREATE ROLE ticket_1")

    with factory.login.connect(factory.database) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOCK_ID,))
        other.execute("CREATE ROLE ticket_1")
        step = threading.Thread(target=run_step)
        step.start()
        waited = waits_for_lock(other)
        shared_catalogs.write_shared_catalogs(other, factory.database, factory.initial_catalogs)
        other.execute("SELECT pg_advisory_unlock(%s)", (LOCK_ID,))
        step.join()
    assert waited
    worker.after_step(STEP)
    assert has_role(factory, "ticket_1")
    worker.leave()
    assert not has_role(factory, "ticket_1")


def test_the_lock_is_released_after_a_step_that_changes_nothing(
    factory: PostgresFactory, worker: OwnServer
) -> None:
    """Others can run theirs; a step that cannot change the server does not wait in the first place."""
    worker.before_step(STEP, may_change=True)
    worker.after_step(STEP)
    with factory.login.connect(factory.database) as other:
        assert other.execute("SELECT pg_try_advisory_lock(%s)", (LOCK_ID,)).fetchall() == [(True,)]
        worker.before_step(STEP, may_change=False)
        worker.after_step(STEP)
