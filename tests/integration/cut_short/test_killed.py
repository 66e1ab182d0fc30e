"""Migrations of the demonstration project that are not atomic, killed for real after each operation.

What the rehearsal shows by an exception between two operations is shown here by a backend that is terminated
and by SIGKILL: run again, each ends where an uninterrupted one does.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from integration.making import environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EXAMPLE = Path(__file__).parents[3] / "example"
KILL = """
import importlib, os, signal, sys
import django
django.setup()
from django.core.management import call_command
from django.db.migrations.operations.base import Operation

module, place, how, *target = sys.argv[1:]

class Kill(Operation):
    reversible = True

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if how == "SIGKILL":
            os.kill(os.getpid(), signal.SIGKILL)
        schema_editor.connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

    database_backwards = database_forwards

importlib.import_module(module).Migration.operations.insert(int(place), Kill())
call_command("migrate", *target, verbosity=0)
"""
CATALOGUE = """
    SELECT c.relname, pg_get_indexdef(c.oid), i.indisvalid
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT table_name || '.' || column_name, data_type, is_nullable = 'YES'
    FROM information_schema.columns
    WHERE table_schema = 'public'
    UNION ALL SELECT app, name, true FROM django_migrations ORDER BY 1, 2
"""


class Target(NamedTuple):
    """A migration that is not atomic, the one before it, and the number of its operations."""

    app: str
    before: str
    name: str
    operations: int
    package: str


TARGETS = (
    Target("blog", "0006", "0007_add_performance_indexes", 3, "apps.blog"),
    Target("forum", "0008", "0009_activity_indexes", 2, "apps.forum"),
    Target("plant_identification", "0011", "0012_add_performance_indexes", 3, "apps.plant_identification"),
    Target("plant_identification", "0012", "0013_add_search_gin_indexes", 3, "apps.plant_identification"),
)


class Site(NamedTuple):
    """The demonstration project: ``copy`` makes a database from another, ``read`` returns what one holds."""

    copy: Callable[[str, str], None]
    url: Callable[[str], str]
    read: Callable[[str], list[object]]

    def run(self, database: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the project on ``database``."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=EXAMPLE,
            env=environment(DATABASE_URL=self.url(database), DJANGO_SETTINGS_MODULE="config.settings"),
            capture_output=True,
            text=True,
            check=False,
        )

    def migrate(self, database: str, app: str, name: str) -> None:
        """Migrate ``database`` by plain ``manage.py``."""
        done = self.run(database, "manage.py", "migrate", app, name, "-v", "0")
        assert done.returncode == 0, done.stderr

    def killed(self, database: str, target: Target, place: int, how: str, name: str) -> None:
        """Migrate ``database`` up to the operation with the index ``place``, where it is killed."""
        module = f"{target.package}.migrations.{target.name}"
        done = self.run(database, "-c", KILL, module, str(place), how, target.app, name)
        assert done.returncode != 0
        assert how == "SIGKILL" or "terminating connection" in done.stderr, done.stderr


@pytest.fixture(scope="module", params=["postgresql-15", "postgresql-18", "sqlite"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the demonstration project on a server of its own, or on files."""
    if request.param == "sqlite":
        yield _on_files(tmp_path_factory.mktemp("killed"))
        return
    with open_server(request.param, RunIdentity.new(), notice=print) as server:
        factory = server.factory()
        assert isinstance(factory, PostgresFactory)
        yield _on_server(factory)


def _on_server(factory: PostgresFactory) -> Site:
    def copy(source: str, name: str) -> None:
        with factory.login.connect("postgres") as connection:
            connection.autocommit = True
            connection.execute(f"DROP DATABASE IF EXISTS {name} (FORCE)")
            connection.execute(f"CREATE DATABASE {name}{f' TEMPLATE {source}' if source else ''}")

    def read(name: str) -> list[object]:
        with factory.login.connect(name) as connection:
            return list(connection.execute(CATALOGUE).fetchall())

    login = factory.login
    return Site(copy, lambda name: f"postgresql://postgres@/{name}?host={login.host}&port={login.port}", read)


def _on_files(folder: Path) -> Site:
    def copy(source: str, name: str) -> None:
        if source:
            shutil.copy(folder / source, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)

    def read(name: str) -> list[object]:
        import sqlite3

        with sqlite3.connect(folder / name) as connection:
            schema = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY 1").fetchall()
            applied = connection.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2").fetchall()
        connection.close()
        return [*schema, *applied]

    return Site(copy, lambda name: f"sqlite:///{folder / name}", read)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.app}-{target.name[:4]}")
def test_killed_after_each_operation(site: Site, target: Target) -> None:
    """Run again after each kill, in both directions, the step ends as one that nothing has interrupted."""
    site.copy("", "before")
    site.migrate("before", target.app, target.before)
    site.copy("before", "after")
    site.migrate("after", target.app, target.name)
    site.copy("after", "back")
    site.migrate("back", target.app, target.before)
    ways = ("SIGKILL",) if site.url("x").startswith("sqlite") else ("SIGKILL", "terminated")
    for how in ways:
        for place in range(1, target.operations):
            for start, name, end in (("before", target.name, "after"), ("after", target.before, "back")):
                site.copy(start, "killed")
                site.killed("killed", target, place, how, name)
                site.migrate("killed", target.app, name)
                assert site.read("killed") == site.read(end), (how, place, name)
