"""What cannot be used as given: one clear sentence, the right status, nothing left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from django_switchback.sandbox.interface import Server
from integration.making import App, Ran, creates, migration, project, switchback
from integration.servers import IN_URL, PASSWORD, Team, team

FIRST = migration(creates("Post"))
AFTER_FIRST = [("blog", "0001_initial")]
MODELS = "class Post(models.Model): pass"

Made: TypeAlias = Callable[[Path], tuple[Path, list[str]]]


def blog(*words: str, settings: str = "", models: str = MODELS, **migrations: str) -> Made:
    """Return what makes a project with an app ``blog``, and the words to run it with."""

    def make(folder: Path) -> tuple[Path, list[str]]:
        app = App({"0001_initial": FIRST, **migrations}, models=models)
        return project(folder, {"blog": app}, settings=settings), list(words)

    return make


def no_folder(folder: Path) -> tuple[Path, list[str]]:
    """Make nothing."""
    return folder, []


def no_manage(folder: Path) -> tuple[Path, list[str]]:
    """Make a folder without manage.py."""
    folder.mkdir()
    return folder, []


def stopping(folder: Path) -> tuple[Path, list[str]]:
    """Make a project with a module that Django finds in place of its own, which ends the process."""
    folder, words = blog()(folder)
    (folder / "sqlparse.py").write_text("import os\nprint('so be it', flush=True)\nos._exit(3)\n")
    return folder, words


UNUSABLE: dict[str, tuple[Made, str]] = {
    "no project": (no_folder, "no Django project in {folder}: there is no such folder; "),
    "no manage.py": (no_manage, "no Django project in {folder}: it has no manage.py; "),
    "no settings": (
        blog("--settings", "config.live"),
        "cannot load the project: settings module 'config.live' not found (No module named 'config'): ",
    ),
    "settings raise": (
        blog(settings='ADMIN = os.environ["NOBODY_SET_THIS"]\n'),
        (
            "cannot load the project: settings.py, line 8: KeyError: 'NOBODY_SET_THIS'; the environment has "
            "no variable NOBODY_SET_THIS: set it, for instance NOBODY_SET_THIS=... switchback\n"
        ),
    ),
    "a requirement is missing": (
        blog(settings="import no_such_package\n"),
        (
            "cannot load the project: settings.py, line 8: ModuleNotFoundError: No module named "
            f"'no_such_package'; {sys.executable} has no no_such_package: install the project's requirements "
            "there, or name the interpreter that has them, for instance --python "
        ),
    ),
    "settings are no Python": (
        blog(settings="ADMINS = [\n"),
        "cannot load the project: settings.py, line 8: SyntaxError: '[' was never closed\n",
    ),
    "settings exit": (
        blog(settings='raise SystemExit("set DEBUG first")\n'),
        "cannot load the project: settings.py, line 8: SystemExit: set DEBUG first\n",
    ),
    "settings end the process": (
        blog(settings='print("so be it"); os._exit(5)\n'),
        "cannot load the project: it ended the process that loaded it (status 5); the end of its output: so",
    ),
    "a module of the project's ends the process": (
        stopping,
        "cannot load the project: it ended the process that loaded it (status 3); the end of its output: so",
    ),
    "models raise": (
        blog(models=f"{MODELS}\nmodels.Nonsense()"),
        "cannot load the project: blog/models.py, line 3: AttributeError: ",
    ),
    "unknown app": (
        blog("--app", "blogs"),
        "unknown app 'blogs': expected the label of an app with migrations, such as blog\n",
    ),
    "unknown hot table": (
        blog("--hot-tables", "blog.post", "--hot-tables", "blog.Pots"),
        (
            "unknown table 'blog.Pots' in hot-tables, expected a model of the project (blog.Post) or the "
            "name of one of its tables: did you mean blog.Post"
        ),
    ),
    "unknown migration": (
        blog("--migration", "blog.0007"),
        "unknown migration 'blog.0007': expected APP.NAME, such as blog.0001_initial\n",
    ),
    "unknown database": (
        blog("--database", "mysql"),
        "invalid value 'mysql' for --database: expected sqlite, postgresql, postgresql-14 to postgresql-18",
    ),
    "circle": (
        blog(
            **{
                "0002_a": migration(after=[("blog", "0003_b")]),
                "0003_b": migration(after=[("blog", "0002_a")]),
            }
        ),
        "cannot load the project: circular dependency between its migrations: blog.000",
    ),
    "migration is no Python": (
        blog(**{"0002_a": "class Migration(:\n"}),
        "cannot load the project: blog/migrations/0002_a.py, line 1: SyntaxError: invalid syntax\n",
    ),
    "migration raises": (
        blog(**{"0002_a": migration("migrations.RunPython(None)", after=AFTER_FIRST)}),
        "cannot load the project: blog/migrations/0002_a.py, line 8: ValueError: RunPython must be supplied ",
    ),
    "missing parent": (
        blog(**{"0002_a": migration(after=[("blog", "0001_gone")])}),
        "cannot load the project: NodeNotFoundError: Migration blog.0002_a dependencies reference ",
    ),
    "no such ref": (blog("--since", "nowhere"), "cannot tell what changed since 'nowhere': "),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_unusable(tmp_path: Path, case: str) -> None:
    """Status 2, one sentence on standard error that says where, no traceback."""
    make, sentence = UNUSABLE[case]
    folder, words = make(tmp_path / "p")
    ran = switchback(folder, "--quiet", *words)
    assert ran.status == 2, ran.err
    assert ran.err.startswith("switchback: " + sentence.format(folder=folder))
    assert ran.err.count("\n") == 1
    assert ran.out == ""


def test_traceback_when_asked_for(tmp_path: Path) -> None:
    """--verbose shows where in the project it was raised."""
    folder, _ = UNUSABLE["settings raise"][0](tmp_path / "p")
    ran = switchback(folder, "--verbose")
    assert ran.status == 2
    assert "Traceback (most recent call last)" in ran.err
    assert 'ADMIN = os.environ["NOBODY_SET_THIS"]' in ran.err


def test_python_without_switchback(tmp_path: Path) -> None:
    """An interpreter that has no django-switchback is refused with what it lacks and what to do."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    folder, _ = blog()(tmp_path / "p")
    ran = switchback(folder, "--quiet", "--python", str(tmp_path / "bare/bin/python"), PYTHONPATH="")
    assert ran.status == 2
    assert f"cannot start a worker with {tmp_path / 'bare/bin/python'}: " in ran.err
    assert "No module named 'django_switchback'" in ran.err
    assert "/bin/python -m pip install django-switchback` with it" in ran.err
    assert ran.err.count("\n") == 1


def test_no_server_binaries(tmp_path: Path) -> None:
    """A version of PostgreSQL that is nowhere to be had is refused with what to install."""
    folder, _ = blog()(tmp_path / "p")
    ran = switchback(folder, "--quiet", databases=["postgresql-16"], PATH="/nowhere")
    assert ran.status == 2
    assert "the programs of PostgreSQL 16 are not on this machine" in ran.err
    assert "python -m pip install" in ran.err
    assert ran.err.count("\n") == 1


def test_two_leaves_are_a_finding(tmp_path: Path) -> None:
    """Two leaves in one app fail the run under their rule; the other apps are named as not rehearsed."""
    folder, words = blog(**{"0002_a": migration(after=AFTER_FIRST), "0002_b": migration(after=AFTER_FIRST)})(
        tmp_path / "p"
    )
    ran = switchback(folder, *words)
    assert ran.status == 1
    [database] = ran.report["databases"]
    [finding] = [item for item in database["findings"] if item["severity"] == "error"]
    assert finding["rule"] == "conflicting-leaves"
    assert finding["evidence"]["leaves"] == ["0002_a", "0002_b"]
    assert set(ran.verdicts().values()) == {"skipped"}


@pytest.fixture(scope="module")
def shop(server_of: Callable[[str], Server]) -> Iterator[Team]:
    """Give a server with a team's roles."""
    with team(server_of("postgresql-15")) as there:
        yield there


def tells_no_secret(ran: Ran) -> bool:
    """Tell whether no output of a run, its report and its evidence among it, holds the password."""
    said = "\n".join((ran.out, ran.err, repr(ran.report), repr(ran.records)))
    return PASSWORD not in said and IN_URL not in said and "Zutritt" not in said


def test_unreachable(tmp_path: Path) -> None:
    """Nobody there: status 3, and the place where nobody is."""
    folder, _ = blog()(tmp_path / "p")
    ran = switchback(folder, "--verbose", databases=[f"postgresql://team_maker:{IN_URL}@127.0.0.1:1/shop"])
    assert ran.status == 3
    assert "switchback: no PostgreSQL server can be reached at 127.0.0.1:1: " in ran.err
    assert tells_no_secret(ran)


def test_workers_that_wait_for_a_server(tmp_path: Path) -> None:
    """Where there will be none they are sent home, whatever they are at."""
    idle = tmp_path / "idle"
    idle.write_text("#!/bin/sh\nwhile :; do sleep 1; done\n")
    idle.chmod(0o755)
    folder, _ = blog()(tmp_path / "p")
    words = ["--python", str(idle), "--jobs", "2"]
    ran = switchback(folder, *words, databases=["postgresql://nobody@127.0.0.1:1/shop"])
    assert ran.status == 3
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True)
    assert str(idle) not in listed.stdout


def test_wrong_password(tmp_path: Path, shop: Team) -> None:
    """A wrong password: status 3, the role and the server's reason, and the password nowhere."""
    folder, _ = blog()(tmp_path / "p")
    ran = switchback(folder, "--verbose", databases=[shop.url(password=f"{IN_URL}-wrong")])
    assert ran.status == 3
    assert "refuses user 'team_maker'" in ran.err
    assert "password authentication failed" in ran.err
    assert tells_no_secret(ran)


def test_role_that_may_not_create(tmp_path: Path, shop: Team) -> None:
    """A role without CREATEDB: status 3, and the statement that would help."""
    folder, _ = blog()(tmp_path / "p")
    before = shop.databases()
    ran = switchback(folder, "--verbose", databases=[shop.url("team_reader")])
    assert ran.status == 3
    assert 'ALTER ROLE "team_reader" CREATEDB' in ran.err
    assert shop.databases() == before
    assert tells_no_secret(ran)
