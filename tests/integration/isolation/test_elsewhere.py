"""No statement reaches a database that the run did not make, whatever the code of the project does."""

from __future__ import annotations

import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import pytest

from django_switchback.sandbox.interface import Server
from integration.making import MANAGE, App, Ran, chain, creates, migration, project, switchback
from integration.servers import OWN, PASSWORD, Team, team

DOES_MORE = MANAGE.replace("import sys\n", "import sys\n    sys.path.append('extra')\n")
"""A manage.py that has a say before Django, so that it is run beforehand in a process of its own."""

CONNECTS = """
from django.db import connection

def touch():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE was_here (id integer)")
"""
AT_ONCE = f"{CONNECTS}\ntouch()\n"
IN_A_THREAD = f"""{CONNECTS}
import threading
import time

from django.db.utils import ConnectionHandler

def touch_again_and_again():
    connection.cursor().execute("SELECT 1")
    connection.close()
    for _ in range(10):
        try:
            ConnectionHandler(DATABASES)["default"].cursor().execute("CREATE TABLE was_here (id integer)")
        except Exception as error:
            print(error)
        time.sleep(0.1)

threading.Thread(target=touch_again_and_again).start()
"""
TRIES = f"""{CONNECTS}
try:
    touch()
except Exception as error:
    print(error)
"""
THINGS = App(
    chain(("0001_initial", creates("Thing")), ("0002_more", creates("Other")), app="things"),
    models="class Thing(models.Model): pass\nclass Other(models.Model): pass",
)


class Canary(NamedTuple):
    """A database of the project's own: its entry in ``DATABASES``, its URL, and what tells a change of it."""

    entry: dict[str, str]
    url: str
    seen: Callable[[], object]


@pytest.fixture(scope="module")
def shop(server_of: Callable[[str], Server]) -> Iterator[Team]:
    """Give a server with a team's database, which logs each connection and statement."""
    with team(server_of("postgresql-15")) as there:
        there.ask("CREATE TABLE kept AS SELECT 'as it was' AS word", OWN)
        yield there


def on_server(shop: Team) -> Canary:
    """Return the team's database as a canary: what sessions on it logged, connections included."""
    entry = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": OWN,
        "USER": "team_maker",
        "PASSWORD": PASSWORD,
        "HOST": shop.login.host,
        "PORT": shop.login.port,
    }
    return Canary(entry, shop.url(), lambda: (shop.log_of(OWN), shop.databases()))


def in_file(folder: Path) -> Canary:
    """Return a SQLite file as a canary: its bytes, its time, and what lies beside it."""
    folder.mkdir()
    file = folder / "canary.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'as it was' AS word")
    connection.close()
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}

    def seen() -> object:
        return file.read_bytes(), file.stat().st_mtime_ns, sorted(folder.iterdir())

    return Canary(entry, f"sqlite:///{file}", seen)


@pytest.fixture(params=["server", pytest.param("own-server", marks=pytest.mark.slow), "file"])
def canary(request: pytest.FixtureRequest, tmp_path: Path, shop: Team) -> tuple[Canary, str]:
    """Give a canary, and the SPEC to rehearse on beside it."""
    if request.param == "file":
        return in_file(tmp_path / "theirs"), "sqlite"
    return on_server(shop), shop.url() if request.param == "server" else "postgresql-15"


def named(entry: dict[str, str], rest: str) -> str:
    """Return settings whose database is ``entry``."""
    return f"DATABASES = {{'default': {entry!r}}}\n{rest}"


def refused(ran: Ran, place: str) -> bool:
    """Tell whether the project was refused for a connection that ``place`` opened."""
    return ran.status == 2 and place in ran.err and "while it is loaded" in ran.err


@pytest.mark.parametrize("manage", [MANAGE, DOES_MORE], ids=["usual-manage", "manage-does-more"])
def test_settings_that_use_their_database(tmp_path: Path, canary: tuple[Canary, str], manage: str) -> None:
    """They are refused before anything is connected to, and told where they do it."""
    own, spec = canary
    before = own.seen()
    folder = project(tmp_path / "p", {"things": THINGS}, settings=named(own.entry, AT_ONCE), manage=manage)
    ran = switchback(folder, databases=[spec])
    assert refused(ran, "settings.py, line"), ran.out + ran.err
    assert own.seen() == before


def test_settings_whose_thread_uses_their_database(tmp_path: Path, canary: tuple[Canary, str]) -> None:
    """The thread is refused; the rest of the run knows nothing of that connection nor of its settings."""
    own, spec = canary
    before = own.seen()
    folder = project(tmp_path / "p", {"things": THINGS}, settings=named(own.entry, IN_A_THREAD))
    ran = switchback(folder, databases=[spec])
    assert set(ran.verdicts().values()) == {"passed"}, ran.out + ran.err
    assert own.seen() == before


def test_settings_that_do_without_their_database(tmp_path: Path, canary: tuple[Canary, str]) -> None:
    """Where they go on without, so does the run, on sandboxes alone."""
    own, spec = canary
    before = own.seen()
    folder = project(tmp_path / "p", {"things": THINGS}, settings=named(own.entry, TRIES))
    ran = switchback(folder, databases=[spec])
    assert set(ran.verdicts().values()) == {"passed"}, ran.out + ran.err
    assert own.seen() == before


FAILS = """
def fails(apps, editor):
    raise RuntimeError("on purpose")
"""
FAILING = App(
    {
        "0001_initial": migration(creates("Thing")),
        "0002_back": migration(
            "migrations.RunPython(migrations.RunPython.noop, fails)",
            after=[("things", "0001_initial")],
            head=FAILS,
        ),
    },
    models="class Thing(models.Model): pass",
)
"""Fails on its way back, so that plain ``manage.py`` is asked to confirm it."""

WAITS = """
    import os
    import sys

    import psycopg

    if {dotenv}:
        from dotenv import load_dotenv

        load_dotenv(override=True)
    with psycopg.connect({address}, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS was_here (id integer)")
        connection.execute("DROP TABLE was_here")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line

    if __name__ == "__main__":
        execute_from_command_line(sys.argv)
"""
"""A manage.py that asks its database something before it starts Django."""


def confirmed(ran: Ran) -> bool:
    """Tell whether plain Django was asked about the failure, and agreed."""
    [found] = [item for item in ran.entry("things.0002_back")["findings"] if item["rule"] == "rollback-fails"]
    return found["confirmed"] is True


@pytest.mark.parametrize(
    "dotenv", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["environment", "dotenv"]
)
def test_manage_that_waits_for_its_database(tmp_path: Path, shop: Team, dotenv: bool) -> None:
    """It meets a sandbox at ``DATABASE_URL``, also where its own ``.env`` sets that anew, and goes on."""
    own = on_server(shop)
    before = own.seen()
    manage = WAITS.format(dotenv=dotenv, address="os.environ['DATABASE_URL']")
    folder = project(tmp_path / "p", {"things": FAILING}, settings=named(own.entry, ""), manage=manage)
    if dotenv:
        folder.joinpath(".env").write_text(f"DATABASE_URL={own.url}\n")
    variables = {} if dotenv else {"DATABASE_URL": own.url, "PGHOST": "real.example.org"}
    ran = switchback(folder, databases=["postgresql-15"], timeout=120, **variables)
    assert confirmed(ran), ran.out + ran.err
    assert own.seen() == before


def test_manage_that_insists_on_its_database(tmp_path: Path, shop: Team) -> None:
    """One with the address in its code is refused, and told the line."""
    own = on_server(shop)
    before = own.seen()
    manage = WAITS.format(dotenv=False, address=repr(own.url))
    ran = switchback(project(tmp_path / "p", {"things": FAILING}, manage=manage))
    assert refused(ran, "manage.py, line 10"), ran.out + ran.err
    assert PASSWORD not in ran.err
    assert own.seen() == before


def step(name: str, body: str, after: str, attributes: str = "") -> dict[str, str]:
    """Return a migration whose way forward runs ``body``."""
    head = (
        f"import os, socket, sqlite3, subprocess, sys\n\ndef forward(apps, editor):\n{indent(body, '    ')}\n"
    )
    operation = "migrations.RunPython(forward, migrations.RunPython.noop)"
    return {name: migration(operation, after=[("things", after)], head=head, attributes=attributes)}


def rehearsed(root: Path, spec: str, entry: dict[str, str], *bodies: str) -> list[Ran]:
    """Return the runs of a project a body, each the way forward of its last migration."""
    runs = []
    for number, body in enumerate(bodies):
        app = App(
            {"0001_initial": migration(creates("Thing")), **step("0002_more", body, "0001_initial")},
            "class Thing(models.Model): pass",
        )
        folder = project(root / f"p{number}", {"things": app}, settings=named(entry, ""))
        runs.append(switchback(folder, databases=[spec]))
    return runs


def touches(ran: Ran) -> set[tuple[str, str, bool]]:
    """Return what the last migration is said to have reached for."""
    [found] = [
        item for item in ran.entry("things.0002_more")["findings"] if item["rule"] == "touched-elsewhere"
    ]
    return {(item["kind"], item["address"], item["refused"]) for item in found["evidence"]["touched"]}


def test_no_file_is_attached(tmp_path: Path) -> None:
    """``ATTACH`` reaches no file, by whatever spelling; memory and VACUUM are no files."""
    own = in_file(tmp_path / "theirs")
    before = own.seen()
    name = own.entry["NAME"]
    literal, computed = rehearsed(
        tmp_path,
        "sqlite",
        own.entry,
        f"editor.execute(\"ATTACH '{name}' AS theirs\")\neditor.execute('CREATE TABLE theirs.was_here (id)')",
        f"editor.connection.cursor().execute('ATTACH %s AS theirs', [{name!r}])",
    )
    assert literal.rules("things.0002_more") >= {("forward-fails", "scratch")}
    assert touches(literal) == {("database", name, True)}
    assert computed.rules("things.0002_more") >= {("forward-fails", "scratch")}
    assert own.seen() == before


REPLACES = """
import sqlite3
from django.db.backends.signals import connection_created

def allow(*arguments):
    return sqlite3.SQLITE_OK

def own(connection, **_):
    {act}

connection_created.connect(own, weak=False)
"""
AUTHORIZERS = {
    "replaced": "connection.connection.set_authorizer(allow)",
    "removed": "connection.connection.set_authorizer(None)",
    "replaced in the class": "sqlite3.Connection.set_authorizer(connection.connection, allow)",
    "in a connection of its own": "connection.connection = sqlite3.Connection("
    "connection.settings_dict['NAME'], isolation_level=None)",
    "in a class of its own": "made = sqlite3.connect(connection.settings_dict['NAME'], "
    "isolation_level=None, factory=type('Own', (sqlite3.Connection,), {})); "
    "made.set_authorizer(allow); connection.connection = made",
}


@pytest.mark.parametrize("act", AUTHORIZERS.values(), ids=AUTHORIZERS)
def test_no_file_is_attached_under_an_authorizer_of_the_project(tmp_path: Path, act: str) -> None:
    """An authorizer that the project sets in place of the rehearsal's opens no file."""
    own = in_file(tmp_path / "theirs")
    before = own.seen()
    body = f"editor.connection.cursor().execute(\"ATTACH '{own.entry['NAME']}' AS theirs\")"
    steps = {"0001_initial": migration(creates("Thing")), **step("0002_more", body, "0001_initial")}
    settings = named(own.entry, REPLACES.format(act=act))
    folder = project(
        tmp_path / "p", {"things": App(steps, "class Thing(models.Model): pass")}, settings=settings
    )
    ran = switchback(folder)
    assert ran.rules("things.0002_more") >= {("forward-fails", "scratch")}, ran.out + ran.err
    assert own.seen() == before


def test_an_authorizer_of_the_project_is_asked_too(tmp_path: Path) -> None:
    """What it forbids stays forbidden: it is added to that of the rehearsal."""
    forbids = "connection.connection.set_authorizer(lambda action, name, *_: int('far' in (name or '')))"
    body = 'editor.execute("CREATE TABLE far_away (id integer)")'
    steps = {"0001_initial": migration(creates("Thing")), **step("0002_more", body, "0001_initial")}
    folder = project(
        tmp_path / "p",
        {"things": App(steps, "class Thing(models.Model): pass")},
        settings=REPLACES.format(act=forbids),
    )
    ran = switchback(folder)
    assert ("forward-fails", "scratch") in ran.rules("things.0002_more"), ran.out + ran.err
    assert ran.verdicts()["things.0001_initial"] == "passed"


def test_vacuum_and_memory_are_no_files(tmp_path: Path) -> None:
    """What SQLite attaches for itself, and what lies in memory, is let by."""
    app = App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_more": migration(
                "migrations.RunSQL('VACUUM', 'VACUUM')",
                "migrations.RunSQL([\"ATTACH ':memory:' AS aside\", 'DETACH aside'], migrations.RunSQL.noop)",
                after=[("things", "0001_initial")],
                attributes="atomic = False",
            ),
        },
        "class Thing(models.Model): pass",
    )
    ran = switchback(project(tmp_path / "p", {"things": app}))
    more = ran.entry("things.0002_more")
    # Nothing fails; that neither changes a row is all there is to say.
    assert {item["rule"] for item in more["findings"]} == {"changed-no-row"}, ran.out + ran.err
    assert {item["outcome"] for item in more["steps"]} == {"ok"}


def to_shop(shop: Team) -> str:
    """Return a statement by which a server connects to the team's database."""
    place = f"host={shop.login.host} port={shop.login.port} dbname={OWN} user=team_maker password={PASSWORD}"
    return f"editor.execute(\"SELECT dblink_exec('{place}', 'CREATE TABLE was_here ()')\")"


def test_own_servers_have_no_way_out(tmp_path: Path, shop: Team) -> None:
    """``dblink`` on a server that the run started reaches no other one, and it is told why."""
    own = on_server(shop)
    before = own.seen()
    statements = f"editor.execute('CREATE EXTENSION dblink')\n{to_shop(shop)}"
    [ran] = rehearsed(tmp_path, "postgresql-15", own.entry, statements)
    assert ran.rules("things.0002_more") >= {("forward-fails", "scratch")}, ran.out + ran.err
    assert touches(ran) == {("link", "another server", True)}
    assert own.seen() == before


@pytest.fixture
def by_superuser(shop: Team) -> Iterator[Team]:
    """Give the team's server, where its role may create any extension for a while."""
    shop.ask("ALTER ROLE team_maker SUPERUSER")
    yield shop
    shop.ask("ALTER ROLE team_maker NOSUPERUSER")


def test_a_way_out_of_a_server_by_url_is_told(tmp_path: Path, by_superuser: Team) -> None:
    """What ``dblink`` is given on a server of somebody else is a warning that names the database."""
    own = on_server(by_superuser)
    statements = f"editor.execute('CREATE EXTENSION dblink')\n{to_shop(by_superuser)}"
    [ran] = rehearsed(tmp_path, by_superuser.url(), own.entry, statements)
    place = f"{OWN} at {by_superuser.login.host}:{by_superuser.login.port}"
    assert touches(ran) == {("link", place, False)}, ran.out + ran.err
    assert PASSWORD not in ran.out + ran.err


LOOPBACK = """
    def links(apps, editor):
        for statement in (
            "CREATE EXTENSION dblink",
            "SELECT * FROM dblink('dbname=' || current_database(), 'SELECT 1') AS t(n int)",
            "CREATE EXTENSION postgres_fdw",
            "DO $do$ BEGIN EXECUTE format('CREATE SERVER own FOREIGN DATA WRAPPER postgres_fdw OPTIONS "
            "(dbname %L, port %L)', current_database(), current_setting('port')); END $do$",
            "CREATE USER MAPPING FOR CURRENT_USER SERVER own",
            "CREATE FOREIGN TABLE far (id bigint) SERVER own OPTIONS (table_name 'things_thing')",
            "SELECT count(*) FROM far",
        ):
            editor.connection.cursor().execute(statement)

    def unlinks(apps, editor):
        for extension in ("dblink", "postgres_fdw"):
            editor.execute(f"DROP EXTENSION {extension} CASCADE")
"""


@pytest.mark.parametrize("spec", ["postgresql-15", "postgresql-18", "url"])
def test_a_server_may_connect_to_the_sandbox(tmp_path: Path, by_superuser: Team, spec: str) -> None:
    """``dblink`` and ``postgres_fdw`` to the current database work, and are nothing to warn of."""
    more = migration(
        "migrations.RunPython(links, unlinks)", after=[("things", "0001_initial")], head=LOOPBACK
    )
    steps = {"0001_initial": migration(creates("Thing")), "0002_more": more}
    folder = project(tmp_path / "p", {"things": App(steps, "class Thing(models.Model): pass")})
    ran = switchback(folder, databases=[by_superuser.url() if spec == "url" else spec])
    assert ran.verdicts() == {"things.0001_initial": "passed", "things.0002_more": "passed"}, ran.out
    assert ran.rules("things.0002_more") == set()


def test_drivers_refuse_databases_of_the_project(tmp_path: Path, shop: Team) -> None:
    """Psycopg and sqlite3, called by a migration, reach no database that the project names."""
    server, file = on_server(shop), in_file(tmp_path / "theirs")
    before = server.seen(), file.seen()
    name = file.entry["NAME"]
    first, second = rehearsed(
        tmp_path,
        "sqlite",
        file.entry,
        f"import psycopg\npsycopg.connect({server.url!r}).execute('CREATE TABLE was_here ()')",
        f"sqlite3.connect({name!r}).execute('CREATE TABLE was_here (id)')",
    )
    assert touches(first) == {("database", f"{OWN} at {shop.login.host}:{shop.login.port}", True)}
    assert touches(second) == {("database", name, True)}
    assert (server.seen(), file.seen()) == before


def test_what_cannot_be_refused_is_told(tmp_path: Path) -> None:
    """Another file, a host and programs are warnings that name them, each once, whatever their arguments."""
    own = in_file(tmp_path / "theirs")
    other = tmp_path / "other.sqlite3"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        [ran] = rehearsed(
            tmp_path,
            "sqlite",
            own.entry,
            f"sqlite3.connect({str(other)!r}).close()\n"
            f"socket.create_connection(('127.0.0.1', {port})).close()\n"
            "subprocess.run([sys.executable, '-c', '', 'password=Sesamwort'], check=True)\n"
            "os.system('TOKEN=Sesamwort true Sesamwort')\n"
            "sqlite3.connect(':memory:').close()",
        )
    assert touches(ran) == {
        ("database", str(other), False),
        ("host", f"127.0.0.1:{port}", False),
        ("program", Path(sys.executable).name, False),
        ("program", "true", False),
    }
    assert ran.entry("things.0002_more")["verdict"] == "passed"
    assert "Sesamwort" not in repr(ran.records)
