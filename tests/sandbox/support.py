"""What the tests of sandboxes share: statements on a sandbox, and processes of other runs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg

from django_switchback.sandbox.interface import Address, Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.postgresql.login import Login


def execute(address: Address, statement: str) -> list[tuple[object, ...]]:
    """Run one statement on a sandbox, as a user of it would, and return its rows."""
    if address.engine == "sqlite":
        with closing(sqlite3.connect(address.name)) as lite, lite:
            return lite.execute(statement).fetchall()
    with connect(address) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def connect(address: Address) -> psycopg.Connection[tuple[object, ...]]:
    """Open a connection to a PostgreSQL database."""
    return psycopg.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        dbname=address.name,
        autocommit=True,
    )


def exists(server: Server, address: Address) -> bool:
    """Tell whether a sandbox is there."""
    if address.engine == "sqlite":
        return Path(address.name).exists()
    return address.name in databases(server)


def databases(server: Server) -> set[object]:
    """Return the names of all databases of a PostgreSQL server."""
    return {row[0] for row in execute(postgres(server), "SELECT datname FROM pg_database")}


def postgres(server: Server, database: str = "postgres") -> Address:
    """Return how to connect to a database of a PostgreSQL server that is no sandbox."""
    return factory_of(server).login.address(database)


def factory_of(server: Server) -> PostgresFactory:
    """Return the factory of a PostgreSQL server."""
    factory = server.factory()
    assert isinstance(factory, PostgresFactory)
    return factory


def url_of(login: Login, database: str, *, user: str = "", password: str = "") -> str:
    """Return the URL of a server that listens on a socket."""
    word = f":{password}" if password else ""
    return f"postgresql://{user or login.user}{word}@/{database}?host={login.host}&port={login.port}"


def dead_run() -> RunIdentity:
    """Return a run whose process is gone."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        run = RunIdentity.new(pid=process.pid)
        process.communicate(b"\n")
    return run
