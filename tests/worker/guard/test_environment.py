"""Whatever names a database in the environment names a sandbox, before and after a project sets it anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard.database_urls import scheme_of, sqlite_file

SERVER = Address(engine="postgresql", name="sandbox", host="/run/socket", port="5432", user="us")
FILE = Address(engine="sqlite", name="/run/x.sqlite3")
REAL = {
    "DATABASE_URL": "postgis://real:secret@real.example.org:6543/real",
    "REPLICA_URL": "postgres://real:secret@real.example.org/real",
    "REPORTS": "mysql+pymysql://real@real.example.org/real",
    "PGHOST": "real.example.org",
    "PGDATABASE": "real",
    "PGSERVICE": "real",
    "CACHE_URL": "redis://cache.example.org/0",
}
PROCESS = """
import json, os, sys
import msgspec
from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard.environment import point_environment_at

point_environment_at(msgspec.json.decode(sys.argv[1], type=Address))
first = dict(os.environ)
again = json.loads(sys.argv[2])
os.environ.update(again)
os.environb.update({key.encode(): value.encode() for key, value in again.items()})
json.dump([first, dict(os.environ)], sys.stdout)
"""


def pointed_at(sandbox: Address, folder: Path) -> list[dict[str, str]]:
    """Return the environment after it was pointed at ``sandbox``, and after all was set to what it was."""
    import msgspec

    done = subprocess.run(
        [sys.executable, "-c", PROCESS, msgspec.json.encode(sandbox).decode(), json.dumps(REAL)],
        env={**os.environ, **REAL},
        cwd=folder,
        capture_output=True,
        check=True,
    )
    return [{key: found.get(key, "") for key in REAL} for found in json.loads(done.stdout)]


def test_urls_lead_to_the_server(tmp_path: Path) -> None:
    """The scheme stays where it is of the same kind, as it may name the backend; a cache is no database."""
    assert pointed_at(SERVER, tmp_path) == 2 * [
        {
            "DATABASE_URL": "postgis://us@%2Frun%2Fsocket:5432/sandbox",
            "REPLICA_URL": "postgres://us@%2Frun%2Fsocket:5432/sandbox",
            "REPORTS": "postgresql://us@%2Frun%2Fsocket:5432/sandbox",
            "PGHOST": "/run/socket",
            "PGDATABASE": "sandbox",
            "PGSERVICE": "",
            "CACHE_URL": "redis://cache.example.org/0",
        }
    ]


def test_urls_lead_to_the_file(tmp_path: Path) -> None:
    """Beside SQLite there is no server to be reached."""
    [first, again] = pointed_at(FILE, tmp_path)
    assert first == again
    assert {first[key] for key in ("DATABASE_URL", "REPLICA_URL", "REPORTS")} == {"sqlite:////run/x.sqlite3"}
    assert not [value for value in first.values() if "real" in value]


@pytest.mark.parametrize(
    "text", ["redis://h/0", "https://h/x", "postgresql", "", "see postgres://h/x", "amqp://"]
)
def test_what_is_no_database_url(text: str) -> None:
    """Other addresses and texts stay as they are."""
    assert scheme_of(text) == ""


def test_the_file_of_a_url() -> None:
    """Three slashes come before a relative path, four before an absolute one."""
    assert sqlite_file("sqlite:///own.sqlite3") == "own.sqlite3"
    assert sqlite_file("sqlite:////srv/own%20one.sqlite3?timeout=3") == "/srv/own one.sqlite3"
    assert sqlite_file("sqlite://:memory:") == ""
    assert sqlite_file("postgres://h/own") == ""
