"""A PostgreSQL server as a team has one: roles with passwords, a database of theirs, and a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from psycopg.rows import TupleRow

from django_switchback.sandbox.interface import Server
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.postgresql.login import Login

PASSWORD = "Kein/Zutritt-4711"
IN_URL = "Kein%2FZutritt-4711"
OWN = "team_shop"
"""The database in the team's URL."""


class Team(NamedTuple):
    """A server with two roles: ``team_maker`` may make databases, ``team_reader`` may not."""

    login: Login

    def url(self, role: str = "team_maker", password: str = IN_URL) -> str:
        """Return the URL with which ``role`` reaches the team's database."""
        return f"postgresql://{role}:{password}@/{OWN}?host={self.login.host}&port={self.login.port}"

    def databases(self) -> set[object]:
        """Return the names of all databases there."""
        return {row[0] for row in self.ask("SELECT datname FROM pg_database")}

    def ask(self, statement: str, database: str = "postgres") -> list[TupleRow]:
        """Run a statement as the administrator."""
        with self.login.connect(database) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def log_of(self, database: str) -> list[str]:
        """Return the lines that the server logged about sessions on ``database``."""
        [(folder,)] = self.ask("SHOW data_directory")
        lines = Path(str(folder), "server.log").read_text(errors="replace").splitlines()
        return [line for line in lines if f"[{database}]" in line]


@contextmanager
def team(server: Server) -> Iterator[Team]:
    """Give ``server`` a team's roles and database for a while; it logs every statement meanwhile."""
    factory = server.factory()
    assert isinstance(factory, PostgresFactory)
    there = Team(factory.login)
    for role, may in (("team_maker", "CREATEDB"), ("team_reader", "NOCREATEDB")):
        there.ask(f"CREATE ROLE {role} LOGIN {may} PASSWORD '{PASSWORD}'")
    there.ask(f"CREATE DATABASE {OWN} OWNER team_maker")
    [(file,)] = there.ask("SHOW hba_file")
    rules = Path(str(file))
    before = rules.read_text()
    rules.write_text("local all team_maker,team_reader scram-sha-256\n" + before)
    for setting, value in (("log_statement", "all"), ("log_line_prefix", "[%d] "), ("log_connections", "on")):
        there.ask(f"ALTER SYSTEM SET {setting} = '{value}'")
    there.ask("SELECT pg_reload_conf()")
    try:
        yield there
    finally:
        rules.write_text(before)
        there.ask("ALTER SYSTEM RESET ALL")
        there.ask("SELECT pg_reload_conf()")
        there.ask(f"DROP DATABASE {OWN} WITH (FORCE)")
        there.ask("DROP ROLE team_maker")
        there.ask("DROP ROLE team_reader")
