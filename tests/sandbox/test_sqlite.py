"""SQLite files: copied whole, and none but ours."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from django_switchback.sandbox.interface import Address, NotASandbox
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.sqlite import SqliteServer

from .support import execute

DIES_WITH_A_WAL = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("CREATE TABLE t (i integer)")
connection.execute("INSERT INTO t VALUES (1)")
connection.commit()
os._exit(1)
"""


def test_clone_has_what_only_the_log_had() -> None:
    """Rows that a killed process left in the write-ahead log are in the clone."""
    server = SqliteServer(RunIdentity.new())
    factory = server.factory()
    address = factory.create("head")
    subprocess.run([sys.executable, "-c", DIES_WITH_A_WAL, address.name], check=False)
    assert Path(address.name + "-wal").exists()
    assert execute(factory.clone(address, "clone"), "SELECT i FROM t") == [(1,)]
    server.close()


def test_drop_takes_what_lies_beside() -> None:
    """The log and the journal of a dropped file go with it."""
    server = SqliteServer(RunIdentity.new())
    factory = server.factory()
    address = factory.create("head")
    for beside in ("-wal", "-shm", "-journal"):
        Path(address.name + beside).touch()
    factory.drop(address)
    assert list(Path(factory.folder).iterdir()) == []
    server.close()


def test_only_this_user_gets_in_and_nothing_stays() -> None:
    """The folder is closed to others, and gone after ``close``, which may be called twice."""
    server = SqliteServer(RunIdentity.new())
    folder = Path(server.factory().folder)
    server.factory().create("head")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    server.close()
    server.close()
    assert not folder.exists()


def test_link_and_other_folder_are_refused(tmp_path: Path) -> None:
    """A name of ours on a link, or in another folder, opens no way to somebody else's file."""
    server = SqliteServer(RunIdentity.new())
    factory = server.factory()
    theirs = tmp_path / "theirs.sqlite3"
    with closing(sqlite3.connect(theirs)) as connection, connection:
        connection.execute("CREATE TABLE t (i integer)")
    link = Path(factory.folder, factory.run.name("link", 0) + ".sqlite3")
    link.symlink_to(theirs)
    elsewhere = tmp_path / link.name
    elsewhere.write_bytes(theirs.read_bytes())
    dotted = Path(factory.folder, "..", tmp_path.name, link.name)
    for path in (link, elsewhere, theirs, dotted):
        with pytest.raises(NotASandbox):
            factory.drop(Address(engine="sqlite", name=str(path)))
    assert theirs.exists()
    assert elsewhere.exists()
    server.close()
    assert theirs.exists()
