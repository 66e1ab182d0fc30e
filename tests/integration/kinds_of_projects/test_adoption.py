"""Adoption from the built wheel, by kinds of projects: ``init``, ``nox -s migrations``; green, then red."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.making import write

ROOT = Path(__file__).parents[3]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BAD = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [migrations.RunSQL("SELECT 1")]
"""
MODELS = """
from django.db import models

class Entry(models.Model):
    title = models.CharField(max_length=80)
"""
ROUTER = """
class Router:
    def db_for_read(self, model, **hints):
        return "archive" if model._meta.app_label == "blog" else "default"

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return (db == "archive") == (app_label == "blog")
"""
TWO_DATABASES = """
DATABASES["archive"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "archive.sqlite3"}
DATABASE_ROUTERS = ["site_.router.Router"]
"""
OWN_NOXFILE = """
import nox

@nox.session
def tests(session):
    session.run("python", "-c", "pass")
"""


class Repository:
    """A repository of a user, whose environment is ``.venv`` and who installs from ``wheels``."""

    def __init__(self, root: Path, wheels: Path, place: str = ".") -> None:
        self.root = root
        self.site = root / place
        self._wheels = wheels
        self.site.mkdir(exist_ok=True, parents=True)

    def run(self, *words: str | Path, status: int = 0, cwd: Path | None = None) -> str:
        """Run a command of the user; return what it prints."""
        ours = ("SWITCHBACK_", "DJANGO_", "DATABASE_", "VIRTUAL_ENV", "PYTEST", "PYTHONPATH", "POETRY_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        links = " ".join(filter(None, (str(self._wheels), os.environ.get("PIP_FIND_LINKS"))))
        environment |= {
            "PIP_FIND_LINKS": links,
            "UV_FIND_LINKS": str(self._wheels),
            "PATH": f"{self.root / '.venv/bin'}:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(self.root / ".venv"),
        }
        place = cwd or self.root
        done = subprocess.run(
            [str(word) for word in words],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def environment(self, *more: str) -> None:
        """Make the virtual environment, and install Switchback and nox into it."""
        self.run(sys.executable, "-m", "venv", ".venv")
        self.run("pip", "install", "-q", "django-switchback[server]", "nox", *more)

    def start_project(self) -> None:
        """Make a project of two apps, one of them with a model."""
        python = self.root / ".venv/bin/python"
        self.run("django-admin", "startproject", "site_", self.site)
        for app in ("blog", "pages"):
            self.run(python, "manage.py", "startapp", app, cwd=self.site)
        (self.site / "blog/models.py").write_text(MODELS)
        with self.settings.open("a") as settings:
            settings.write('INSTALLED_APPS += ["blog", "pages"]\n')
        self.run(python, "manage.py", "makemigrations", "blog", cwd=self.site)

    @property
    def settings(self) -> Path:
        """The module of settings that ``startproject`` wrote."""
        return self.site / "site_/settings.py"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheels")
    words = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    subprocess.run(words, check=True)
    return folder


def with_pip(repository: Repository) -> None:
    """Make a project with a file of requirements."""
    repository.environment()
    repository.start_project()
    (repository.root / "requirements.txt").write_text("django\n")


def with_uv(repository: Repository) -> None:
    """Make a project of uv with a lock file."""
    text = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = []\n'
    (repository.root / "pyproject.toml").write_text(text)
    repository.run("uv", "add", "-q", "--python", sys.executable, "django")
    repository.run("uv", "add", "-q", "--dev", "django-switchback[server]", "nox")
    repository.start_project()


def with_poetry(repository: Repository) -> None:
    """Make a project of poetry with a lock file; packages come from the index that pip uses."""
    text = (
        "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\n"
        'python = ">=3.11,<4.0"\ndjango = ">=5.2,<6.0"\n'
        '[[tool.poetry.source]]\nname = "simple"\nurl = "https://pypi.org/simple/"\npriority = "primary"\n'
    )
    (repository.root / "pyproject.toml").write_text(text)
    repository.environment("poetry", "django==5.2.*")
    repository.run("poetry", "lock", "--no-interaction")
    repository.start_project()


def with_settings_package(repository: Repository) -> None:
    """Make a project in a sub-folder whose settings are a package."""
    with_pip(repository)
    text = repository.settings.read_text().replace(
        "BASE_DIR = Path(__file__).resolve().parent.parent",
        "BASE_DIR = Path(__file__).resolve().parents[2]",
    )
    write(
        repository.site,
        {"site_/settings/base.py": text, "site_/settings/dev.py": "from .base import *\nDEBUG = True\n"},
    )
    repository.settings.unlink()
    manage = repository.site / "manage.py"
    manage.write_text(manage.read_text().replace("site_.settings", "site_.settings.dev"))


def with_two_databases(repository: Repository) -> None:
    """Make a project with a router, which puts the one app into a second database."""
    with_pip(repository)
    (repository.site / "site_/router.py").write_text(ROUTER)
    with repository.settings.open("a") as settings:
        settings.write(TWO_DATABASES)


def with_own_sessions(repository: Repository) -> None:
    """Make a project that has a noxfile and tasks already."""
    with_pip(repository)
    (repository.root / "noxfile.py").write_text(OWN_NOXFILE)
    (repository.root / "tasks.py").write_text("# Tasks of the user.\n")


def as_a_package(repository: Repository) -> None:
    """Make a project without ``manage.py``, whose package ``python -m`` runs."""
    with_pip(repository)
    (repository.site / "manage.py").rename(repository.site / "site_/__main__.py")


KINDS: dict[str, tuple[Callable[[Repository], None], str]] = {
    "pip": (with_pip, "."),
    "uv": (with_uv, "."),
    "poetry": (with_poetry, "."),
    "a settings package in a sub-folder": (with_settings_package, "backend"),
    "two databases with a router": (with_two_databases, "."),
    "a noxfile and tasks already": (with_own_sessions, "."),
    "a package in place of manage.py": (as_a_package, "."),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_project(
    tmp_path: Path, wheels: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    """Green as it is, in seconds that are printed; without a reverse of a migration, red in every format."""
    began = time.monotonic()
    prepare, place = KINDS[kind]
    repository = Repository(tmp_path, wheels, place)
    prepare(repository)
    named = kind == "a package in place of manage.py"
    said = repository.run("switchback", "init", *(("--manage", "python -m site_") if named else ()))
    session: tuple[str, ...] = ("nox", "-s", "migrations")
    if kind == "a noxfile and tasks already":
        assert "noxfile.py.new" in said
        assert (tmp_path / "noxfile.py").read_text() == OWN_NOXFILE
        assert "mv noxfile.py.new rehearsals.py" in said
        repository.run("mv", "noxfile.py.new", "rehearsals.py")
        session = ("nox", "-f", "rehearsals.py", "-s", "migrations")
    else:
        assert re.search(r"created +noxfile\.py", said)
    repository.run(*session)
    seconds = time.monotonic() - began
    record_property("seconds", round(seconds))
    print(f"{kind}: {seconds:.0f} s from nothing to green")  # noqa: T201  shown with -rP
    results = tmp_path / ".switchback"
    report = json.loads((results / "migrations-sqlite.json").read_text())
    assert report["verdict"] == "passed"
    databases = {entry["database"] for entry in report["migrations"]}
    assert databases == ({"sqlite/archive"} if kind == "two databases with a router" else {"sqlite"})
    (repository.site / "blog/migrations/0002_bad.py").write_text(BAD)
    repository.run(*session[:-1], "migrations(sqlite)", status=1)
    for ending in ("json", "xml", "md", "html", "annotations", "codequality.json", "sarif"):
        assert "irreversible" in (results / f"migrations-sqlite.{ending}").read_text(), ending
    annotations = (results / "migrations-sqlite.annotations").read_text()
    assert "file=blog/migrations/0002_bad.py,line=4," in annotations
    assert seconds < 300


def test_the_tutorial(tmp_path: Path, wheels: Path) -> None:
    """Its commands are run, and its files written, in an empty folder as the page says, in five minutes."""
    began = time.monotonic()
    repository = Repository(tmp_path, wheels)
    page = (ROOT / "docs/tutorial/first-rehearsal.md").read_text(encoding="utf-8")
    for language, block in re.findall(r"^```(console|python)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        first, _, rest = block.partition("\n")
        if language == "python":
            name, _, end = first.removeprefix("# ").partition(", ")
            before = (tmp_path / name).read_text() if end else ""
            (tmp_path / name).write_text(before + rest)
            continue
        status = int(first.rpartition(" ")[2]) if first.startswith("# exit status") else 0
        for command in block.splitlines():
            if not command.startswith("#"):
                said = repository.run("sh", "-c", command, status=status)
                assert status == 0 or "irreversible" in said
    assert json.loads((tmp_path / ".switchback/migrations-sqlite.json").read_text())["verdict"] == "passed"
    assert time.monotonic() - began < 300
