"""What a project may be like: what is asked for, several databases, a manage.py and settings of their own."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from django_switchback.evidence import StepStarted
from integration.making import (
    MANAGE,
    NUMBER,
    App,
    adds,
    chain,
    creates,
    migration,
    model,
    project,
    simple,
    switchback,
    targets,
    write,
)

NAMED = App(
    chain(
        ("middle", creates("Thing")),
        ("zuletzt", adds("thing", NUMBER)),
        ("aardvark", adds("thing", "m=models.IntegerField(default=0)")),
        app="named",
    ),
    model("Thing", "n = models.IntegerField(default=0)\n    m = models.IntegerField(default=0)"),
)


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """Give a project of two apps, one with names that are in no order."""
    return project(tmp_path / "p", {"named": NAMED, "plain": simple("plain")})


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--last", "1"], ["named.aardvark", "plain.0002_number"]),
        (["--last", "2", "--app", "named"], ["named.zuletzt", "named.aardvark"]),
        (["--migration", "plain.0001", "--migration", "named.zu"], ["named.zuletzt", "plain.0001_initial"]),
        (["--all", "--app", "plain"], ["plain.0001_initial", "plain.0002_number"]),
    ],
)
def test_selection(named: Path, words: list[str], expected: list[str]) -> None:
    """What is asked for is rehearsed, in the order of the graph, and nothing else has an entry."""
    ran = switchback(named, *words)
    assert ran.status == 0, ran.out
    assert targets(ran) == expected
    assert list(ran.verdicts()) == expected


def test_since(named: Path) -> None:
    """--since takes what changed since a ref: what is committed, what is not, and what git does not know.

    What the ref has already must not do something else now.
    """

    def git(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *words], cwd=named, check=True, capture_output=True)

    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "feature")
    committed = named / "plain/migrations/0002_number.py"
    committed.write_text(committed.read_text() + "\n# changed\n")
    git("commit", "-am", "two")
    edited = named / "named/migrations/middle.py"
    edited.write_text(edited.read_text() + "\n# changed\n")
    (named / "named/migrations/new.py").write_text(migration(after=[("named", "aardvark")]))
    ran = switchback(named, "--since", "main")
    assert ran.status == 0, ran.out
    assert targets(ran) == ["named.middle", "named.new", "plain.0002_number"]
    edited.write_text(edited.read_text().replace("    operations", "    atomic = False\n    operations"))
    again = switchback(named, "--since", "main", "--app", "named")
    assert again.rules("named.middle") == {("edited-migration", "scratch")}
    assert again.status == 1


ROUTED = """
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "own.sqlite3"},
        "archive": {"ENGINE": "django.db.backends.sqlite3", "NAME": "archive.sqlite3"},
    }
    DATABASE_ROUTERS = ["routing.Router"]
"""

ROUTING = """
    class Router:
        def db_for_read(self, model, **hints):
            return "archive" if model._meta.app_label == "old" else None

        db_for_write = db_for_read

        def allow_migrate(self, db, app_label, **hints):
            return (db == "archive") == (app_label == "old")
"""


def test_two_databases(tmp_path: Path) -> None:
    """Each alias is rehearsed in a sandbox of its own, with the apps that the router lets there."""
    folder = project(tmp_path / "p", {"new": simple("new"), "old": simple("old", "Paper")}, settings=ROUTED)
    write(folder, {"routing.py": ROUTING})
    ran = switchback(folder)
    assert ran.status == 0, ran.out
    assert [(item["name"], item["alias"]) for item in ran.report["databases"]] == [
        ("sqlite", "default"),
        ("sqlite/archive", "archive"),
    ]
    assert ran.verdicts("sqlite") == {"new.0001_initial": "passed", "new.0002_number": "passed"}
    assert ran.verdicts("sqlite/archive") == {"old.0001_initial": "passed", "old.0002_number": "passed"}
    assert ran.entry("old.0002_number")["coverage"] == {"tables": 1, "seeded": 1, "empty": {}, "fewer": {}}
    assert "sqlite/archive" in ran.out
    assert not list(folder.glob("*.sqlite3"))


DEADLY = """

def leaves(apps, editor):
    if editor.connection.alias == "default":
        os._exit(3)
"""


def test_what_dies_on_one_database(tmp_path: Path) -> None:
    """A migration that takes the process with it on one alias costs the other alias nothing."""
    new = simple("new")
    dies = migration(
        "migrations.RunPython(leaves, migrations.RunPython.noop)", after=[("new", "0002_number")], head=DEADLY
    )
    apps = {"new": App({**new.migrations, "0003_leaves": dies}, new.models), "old": simple("old", "Paper")}
    folder = project(tmp_path / "p", apps, settings=ROUTED)
    write(folder, {"routing.py": ROUTING})
    ran = switchback(folder, "--jobs", "1")
    assert ran.status == 1
    assert ran.verdicts() == {
        "new.0001_initial": "passed",
        "new.0002_number": "passed",
        "new.0003_leaves": "failed",
        "old.0001_initial": "passed",
        "old.0002_number": "passed",
    }


READING = """

def reads(apps, editor):
    from django.db import connections
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM new_thing")
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_backup_of_two_databases(tmp_path: Path, jobs: str) -> None:
    """The first one is at head when the second is migrated, whoever was migrated by the worker before."""
    old = simple("old", "Paper")
    reads = "migrations.RunPython(reads, migrations.RunPython.noop)"
    third = migration(reads, after=[("old", "0002_number")], head=READING)
    apps = {"new": simple("new"), "old": App({**old.migrations, "0003_reads": third}, old.models)}
    folder = project(tmp_path / "p", apps, settings=ROUTED)
    write(folder, {"routing.py": ROUTING})
    words = ["--project", str(folder), "--database", "sqlite", "--jobs", jobs]
    ran = subprocess.run(
        [sys.executable, "-m", "django_switchback", "backup-verification", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = " ".join(ran.stdout.split())
    assert "sqlite/archive: 1 table with 4 rows restored equal; 3 migrations rolled back" in said
    assert "could not be applied" not in said


ADDING = MANAGE.replace(
    "        from django.core",
    """
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps"))
        os.environ.setdefault("SITE_NAME", "from manage.py")
        from django.core""",
)


def test_manage_that_adds_a_folder(tmp_path: Path) -> None:
    """What manage.py adds to sys.path and the environment is there for settings, apps and plain Django."""
    folder = project(tmp_path / "p", {"apps.things": simple("things")}, manage=ADDING)
    settings = folder / "settings.py"
    text = settings.read_text().replace("apps.things", "things")
    settings.write_text(text + 'from things import __name__ as found\nassert os.environ["SITE_NAME"]\n')
    fails = migration(
        "migrations.RunPython(migrations.RunPython.noop, fails)",
        after=[("things", "0002_number")],
        head="def fails(apps, editor): raise RuntimeError('on purpose')",
    )
    write(folder, {"apps/things/migrations/0003_fails.py": fails})
    (folder / "apps/__init__.py").unlink()
    ran = switchback(folder)
    assert ran.verdicts() == {
        "things.0001_initial": "passed",
        "things.0002_number": "passed",
        "things.0003_fails": "failed",
    }
    [finding] = [item for item in ran.entry("things.0003_fails")["findings"] if item["severity"] == "error"]
    assert finding["confirmed"]


def test_settings_that_do_not_read_database_url(tmp_path: Path) -> None:
    """A project with a SQLite file of its own, full of rows, keeps it to the last byte."""
    folder = project(tmp_path / "p", {"things": simple("things")})
    own = folder / "own.sqlite3"
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute("CREATE TABLE things_thing (id integer primary key, n integer)")
        connection.executemany("INSERT INTO things_thing (n) VALUES (?)", [(n,) for n in range(100)])
    content, times = own.read_bytes(), own.stat()
    time.sleep(0.01)
    ran = switchback(folder, databases=["sqlite", "postgresql-18"], DATABASE_URL=f"sqlite:///{own}")
    assert ran.status == 0, ran.out
    assert len(ran.verdicts("postgresql-18")) == 2
    assert own.read_bytes() == content
    assert (own.stat().st_mtime_ns, own.stat().st_ino) == (times.st_mtime_ns, times.st_ino)
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "manage.py",
        "own.sqlite3",
        "settings.py",
    ]
    assert [step for step in ran.of(StepStarted) if step.database == "postgresql-18"]
