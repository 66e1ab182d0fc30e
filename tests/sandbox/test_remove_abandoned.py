"""What killed runs left is removed; what lives, or is nobody's, stays."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from django_switchback.sandbox.interface import Address, Server
from django_switchback.sandbox.names import RunIdentity, random_serial
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.remove_abandoned import drop_abandoned_databases, remove_abandoned_folders

from .support import databases, dead_run, execute, factory_of, postgres


def of_run(server: Server, run: RunIdentity) -> PostgresFactory:
    """Return a factory of another run on the same server."""
    return msgspec.structs.replace(factory_of(server), run=run)


def removed(server: Server, now: float | None = None, **changes: str) -> list[str]:
    """Clear the server of what was abandoned, and return what was said about it."""
    notices: list[str] = []
    factory = msgspec.structs.replace(factory_of(server), **changes)
    drop_abandoned_databases(factory, now=time.time() if now is None else now, notice=notices.append)
    return notices


def drop(server: Server, address: Address) -> None:
    """Drop a database that no factory would."""
    execute(postgres(server), f'DROP DATABASE "{address.name}"')


def test_killed_runs_databases_go(postgresql_server: Server) -> None:
    """A sandbox whose process is gone is dropped, and that is said."""
    left = of_run(postgresql_server, dead_run()).create("left")
    notices = removed(postgresql_server)
    assert left.name not in databases(postgresql_server)
    assert any(left.name in notice for notice in notices)


def test_living_runs_databases_stay(postgresql_server: Server) -> None:
    """Sandboxes of this process, and of another that lives, stay, however old they are."""
    mine = factory_of(postgresql_server).create("mine")
    others_run = RunIdentity.new(pid=1)
    others = of_run(postgresql_server, others_run).create("others")
    assert removed(postgresql_server, now=time.time() + 10**6) == []
    assert {mine.name, others.name} <= databases(postgresql_server)
    of_run(postgresql_server, others_run).drop(others)
    factory_of(postgresql_server).drop(mine)


def test_other_machines_databases_have_a_day(postgresql_server: Server) -> None:
    """A sandbox of another machine stays for 24 hours, then goes."""
    left = of_run(postgresql_server, msgspec.structs.replace(dead_run(), host="zzzzzzz")).create("left")
    assert removed(postgresql_server, now=time.time() + 23 * 3600) == []
    assert left.name in databases(postgresql_server)
    removed(postgresql_server, now=time.time() + 25 * 3600)
    assert left.name not in databases(postgresql_server)


def test_unmarked_database_stays(postgresql_server: Server) -> None:
    """A database that has an abandoned run's name but not its marker is nobody's to drop."""
    run = dead_run()
    address = factory_of(postgresql_server).login.address(run.name("byhand", random_serial()))
    execute(postgres(postgresql_server), f'CREATE DATABASE "{address.name}"')
    assert removed(postgresql_server) == []
    execute(postgres(postgresql_server), f"COMMENT ON DATABASE \"{address.name}\" IS 'ours'")
    assert removed(postgresql_server) == []
    assert address.name in databases(postgresql_server)
    drop(postgresql_server, address)


def test_database_in_the_url_stays(postgresql_server: Server) -> None:
    """The user's own database stays even if it is a leftover of a killed run."""
    left = of_run(postgresql_server, dead_run()).create("left")
    assert removed(postgresql_server, user_database=left.name) == []
    assert left.name in databases(postgresql_server)
    removed(postgresql_server)


def test_what_cannot_be_dropped_is_said_and_left(postgresql_server: Server) -> None:
    """A leftover that the server will not drop does not stop the next run."""
    left = of_run(postgresql_server, dead_run()).create("left")
    execute(postgres(postgresql_server), f'ALTER DATABASE "{left.name}" IS_TEMPLATE true')
    [notice] = removed(postgresql_server)
    assert "could not be dropped" in notice
    execute(postgres(postgresql_server), f'ALTER DATABASE "{left.name}" IS_TEMPLATE false')
    removed(postgresql_server)


def test_folders_go_by_the_same_rule(tmp_path: Path) -> None:
    """An abandoned run's folder goes; a living one's, a stranger's and a link stay."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    place = tmp_path / "place"
    place.mkdir()
    dead = dead_run()
    left, link = place / dead.name("left", 1), place / dead.name("link", 2)
    living, stranger = place / RunIdentity.new().name("living", 1), place / "switchback_backup"
    for folder in (left, living, stranger):
        folder.mkdir()
    (left / "file").touch()
    link.symlink_to(outside)
    notices: list[str] = []
    remove_abandoned_folders((place,), now=time.time() + 10**6, notice=notices.append)
    assert len(notices) == 1
    assert set(place.iterdir()) == {living, stranger, link}
    assert (outside / "file").exists()


@pytest.mark.parametrize("content", ["", "1\n", "not a number\n", "999999999\n"])
def test_process_that_is_no_server_of_ours_is_not_killed(tmp_path: Path, content: str) -> None:
    """A number in a leftover that is another process's by now, or none, is not sent a signal."""
    left = tmp_path / dead_run().name("left", 1)
    (left / "data").mkdir(parents=True)
    (left / "data" / "postmaster.pid").write_text(content)
    remove_abandoned_folders((tmp_path,), now=0, notice=lambda _: None)
    assert list(tmp_path.iterdir()) == []
