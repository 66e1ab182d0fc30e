"""No statement reaches a database that the run did not make, whatever the code of the project does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from django_switchback.sandbox.interface import Server

from .making import MANAGE, App, Ran, chain, creates, project, switchback
from .servers import OWN, PASSWORD, Team, team

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


@pytest.fixture(params=["server", "own-server", "file"])
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
