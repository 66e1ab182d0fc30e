"""What must never happen: a statement on a database that is not ours, a secret told, a text that acts."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from django_switchback.sandbox.interface import Server
from integration.making import App, Ran, command_lines, creates, migration, project, switchback
from integration.servers import IN_URL, OWN, PASSWORD, Team, team

FAILS = """
def nothing(apps, editor):
    pass


def fails(apps, editor):
    raise RuntimeError("on purpose")
"""

INSISTING = {
    "names-its-settings": """
        import os, sys
        if __name__ == "__main__":
            os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
            from django.core.management import execute_from_command_line
            execute_from_command_line(sys.argv)
    """,
    "sets-django-up": """
        import os, sys
        if __name__ == "__main__":
            os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
            import django
            from django.conf import settings
            from django.core.management import execute_from_command_line
            django.setup()
            assert settings.DATABASES
            execute_from_command_line(sys.argv)
    """,
}


def failing() -> App:
    """Return an app whose newest migration fails in both directions, so that plain Django is asked too."""
    return App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_back": migration(
                "migrations.RunPython(nothing, fails)", after=[("things", "0001_initial")], head=FAILS
            ),
            "0003_forth": migration(
                "migrations.RunPython(fails, nothing)", after=[("things", "0002_back")], head=FAILS
            ),
        },
        models="class Thing(models.Model): pass",
    )


def test_own_file_is_left_alone(tmp_path: Path) -> None:
    """The SQLite file that settings name themselves is neither written nor made anew."""
    content = b"whatever is in here is nobody's business but the project's"
    folder = project(tmp_path / "p", {"things": failing()})
    own = folder / "own.sqlite3"
    own.write_bytes(content)
    before = own.stat()
    assert confirmed(switchback(folder))
    assert own.read_bytes() == content
    assert own.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("manage", INSISTING)
def test_manage_that_insists_on_its_settings(tmp_path: Path, manage: str) -> None:
    """A manage.py that names its settings whatever the environment says gets at no database of theirs."""
    folder = project(tmp_path / "p", {"things": failing()}, manage=INSISTING[manage])
    assert confirmed(switchback(folder, "--settings", "settings"))
    assert not (folder / "own.sqlite3").exists()


def confirmed(ran: Ran) -> bool:
    """Tell whether plain Django was asked about both failures, and agreed."""
    found = [
        finding
        for name in ("things.0002_back", "things.0003_forth")
        for finding in ran.entry(name)["findings"]
        if finding["severity"] == "error"
    ]
    return {finding["rule"] for finding in found} == {"rollback-fails", "forward-fails"} and all(
        finding["confirmed"] for finding in found
    )


READS_URL = """
    import dj_database_url

    DATABASES = {"default": dj_database_url.config(), "archive": dj_database_url.config()}
    REALLY = dict(os.environ)
    SECRET_KEY = "Klammheimlich-und-lang-genug-0815"
"""

ON_ITS_OWN = """
import os
from django.conf import settings
from django.db import connections
from django.db.utils import ConnectionHandler

def archives(apps, editor):
    for alias in connections:
        with connections[alias].cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS was_here (id integer)")

def opens(apps, editor):
    own = {"ENGINE": "django.db.backends.postgresql", **THEIRS}
    with ConnectionHandler({"default": own})["default"].cursor() as cursor:
        cursor.execute("CREATE TABLE was_here (id integer)")

def nothing(apps, editor):
    pass
"""


@pytest.fixture(scope="module")
def shop(server_of: Callable[[str], Server]) -> Iterator[Team]:
    """Give a server with a team's database, which logs whatever is sent to it."""
    with team(server_of("postgresql-18")) as there:
        yield there


def test_team_database_is_left_alone(tmp_path: Path, shop: Team) -> None:
    """Nobody so much as connects to the database in DATABASE_URL, and the server is left as it was."""
    shop.ask("CREATE TABLE kept AS SELECT 'as it was' AS word", OWN)
    databases, log = shop.databases(), shop.log_of(OWN)
    assert any("CREATE TABLE kept" in line for line in log)
    things = failing()
    archiving = migration(
        "migrations.RunPython(archives, nothing)", after=[("things", "0003_forth")], head=ON_ITS_OWN
    )
    # The failing one comes last, so that this one is applied.
    first = {
        "0001_initial": things.migrations["0001_initial"],
        "0002_archive": archiving.replace("0003_forth", "0001_initial"),
    }
    others = {
        name: text.replace("0001_initial", "0002_archive")
        for name, text in list(things.migrations.items())[1:]
    }
    folder = project(tmp_path / "p", {"things": App({**first, **others}, things.models)}, settings=READS_URL)
    ran = switchback(folder, databases=[], DATABASE_URL=shop.url())
    assert ran.verdicts("postgresql-18") == {
        "things.0001_initial": "passed",
        "things.0002_archive": "failed",
        "things.0002_back": "failed",
        "things.0003_forth": "failed",
    }
    assert {
        finding["confirmed"] for finding in ran.entry("things.0003_forth", "postgresql-18")["findings"]
    } == {True}
    assert {database["alias"] for database in ran.report["databases"]} == {"default", "archive"}
    assert shop.log_of(OWN) == log
    assert shop.databases() == databases
    assert shop.ask("SELECT * FROM kept", OWN) == [("as it was",)]


def test_connection_of_its_own_is_refused(tmp_path: Path, shop: Team) -> None:
    """A migration that connects to the team's database on its own, through Django, is refused before that."""
    theirs = {"NAME": OWN, "USER": "team_maker", "PASSWORD": PASSWORD, "HOST": shop.login.host}
    app = App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_opens": migration(
                "migrations.RunPython(opens, nothing)",
                after=[("things", "0001_initial")],
                head=f"THEIRS = {theirs!r}\n{ON_ITS_OWN}",
            ),
        },
        models="class Thing(models.Model): pass",
    )
    log = shop.log_of(OWN)
    ran = switchback(project(tmp_path / "p", {"things": app}), databases=[shop.url()])
    [finding] = [item for item in ran.entry("things.0002_opens")["findings"] if item["severity"] == "error"]
    assert finding["evidence"]["exception"]["type"] == "NotASandbox"
    assert shop.log_of(OWN) == log


TELLS = """
import os
from django.conf import settings
from django.db import connection

def tells():
    secrets = [settings.SECRET_KEY, settings.REALLY["DATABASE_URL"], settings.REALLY["API_TOKEN"]]
    return " ".join([*secrets, connection.settings_dict["PASSWORD"]])

def raises(apps, editor):
    raise RuntimeError(tells())

def leaves(apps, editor):
    print(tells(), flush=True)
    os._exit(3)

def nothing(apps, editor):
    pass
"""


def test_secrets_are_told_nowhere(tmp_path: Path, shop: Team) -> None:
    """Passwords and keys: in no output, report, evidence or command line, though migrations tell them."""
    names = {"0001_initial": "", "0002_leaves": "nothing, leaves", "0003_raises": "nothing, raises"}
    after: list[tuple[str, str]] = []
    steps = {}
    for name, functions in names.items():
        operation = f"migrations.RunPython({functions})" if functions else creates("Thing")
        steps[name] = migration(operation, after=after, head=TELLS)
        after = [("things", name)]
    app = App(steps, models="class Thing(models.Model): pass")
    folder = project(tmp_path / "p", {"things": app}, settings=READS_URL)
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            seen.update(command_lines())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        ran = switchback(
            folder,
            "--verbose",
            databases=[],
            DATABASE_URL=shop.url(),
            API_TOKEN="Losungswort-der-Schnittstelle",
        )
    finally:
        over.set()
        looking.join()
    assert ran.rules("things.0002_leaves", "postgresql-18") >= {("worker-died", "cycle")}
    assert ran.rules("things.0003_raises", "postgresql-18") >= {("rollback-fails", "cycle")}
    assert any("django_switchback.worker" in line for line in seen)
    said = "\n".join((ran.out, ran.err, repr(ran.report), repr(ran.records), *seen))
    for secret in (PASSWORD, IN_URL, "Klammheimlich", "Losungswort"):
        assert secret not in said
    assert "***" in said


ESCAPES = "\x1b[31mred\x1b]0;title\x07 \r\n"
ACTING = f"{ESCAPES}::error file=a.py::boom\n##[error]boom\n[bold]markup[/bold] <script>\u202e"


def test_texts_of_the_project_do_not_act(tmp_path: Path) -> None:
    """Names, docstrings and exceptions with escapes, markup and workflow commands come out as plain text."""
    name = "0002_\x1b[31m[red]::error::x"
    head = (
        f'"""{ACTING}"""\ndef fails(apps, editor):\n    print({ACTING!r})\n    raise RuntimeError({ACTING!r})'
    )
    app = App(
        {
            "0001_initial": migration(creates("Thing")),
            name: migration(
                "migrations.RunPython(fails, fails)", after=[("things", "0001_initial")], head=head
            ),
        },
        models="class Thing(models.Model): pass",
    )
    ran = switchback(project(tmp_path / "p", {"things": app}), "--verbose")
    assert ran.rules(f"things.{name}") == {("forward-fails", "scratch")}
    for text in (ran.out, ran.err):
        assert "title" in text
        assert not [
            character
            for character in text
            if unicodedata.category(character) in {"Cc", "Cf"} and character != "\n"
        ]
        for line in text.splitlines():
            assert not line.lstrip().startswith("::"), line
            assert "##[" not in line
    raw = (tmp_path / "p-results" / "report.json").read_bytes()
    assert b"\x1b" not in raw
    assert b"\x07" not in raw


def test_texts_of_settings_do_not_act(tmp_path: Path) -> None:
    """What settings raise comes out as plain text as well."""
    app = App({"0001_initial": migration(creates("Thing"))}, models="class Thing(models.Model): pass")
    ran = switchback(project(tmp_path / "p", {"things": app}, settings=f"raise ValueError({ACTING!r})\n"))
    assert ran.status == 2
    assert r"\x3a:error file=a.py::boom" in ran.err
    assert r"#\x23[error]boom" in ran.err
    assert "\x1b" not in ran.err
