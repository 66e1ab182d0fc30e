"""Projects whose own database is of another engine, or has schemas that plain migrate does not reach."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from django_switchback.checks.gather_results import OUTPUT
from integration.making import (
    App,
    chain,
    command,
    creates,
    environment,
    model,
    project,
    simple,
    switchback,
    write,
)

MYSQL = """
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "NAME": "shop",
            "OPTIONS": {"init_command": "SET sql_mode='ANSI'", "isolation_level": "read committed"},
        }
    }
"""
BOTH = """
    DATABASES["legacy"] = {"ENGINE": "django.db.backends.oracle", "NAME": "legacy"}
"""
ROUTER = """
    class Router:
        def allow_migrate(self, db, app_label, **hints):
            return db == "default"
"""


def unnamed(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program without a word on which databases."""
    return subprocess.run(
        command(folder, "--quiet", *words),
        capture_output=True,
        env=environment(**variables),
        text=True,
        timeout=120,
        check=False,
        cwd=folder.parent,
    )


def test_another_engine_is_refused_unless_a_database_is_named(tmp_path: Path) -> None:
    """By its name and with what is supported; a DATABASE_URL names no database to rehearse on."""
    folder = project(tmp_path / "shop", {"shop": simple("shop")}, settings=MYSQL)
    done = unnamed(folder, DATABASE_URL="sqlite:///x.sqlite3")
    assert done.returncode == 2, done.stderr
    assert "'default' is MySQL or MariaDB (django.db.backends.mysql)" in done.stderr
    assert "expected SQLite or PostgreSQL" in done.stderr
    assert "--database sqlite" in done.stderr


@pytest.mark.parametrize("database", ["sqlite", "postgresql-15"])
def test_another_engine_is_told_first_where_a_database_is_named(tmp_path: Path, database: str) -> None:
    """In every report; what MySQL calls its options says nothing to the sandbox."""
    folder = project(tmp_path / "shop", {"shop": simple("shop")}, settings=MYSQL)
    files = {name: tmp_path / f"report.{name}" for name in ("markdown", "junit")}
    words = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    ran = switchback(folder, *words, databases=[database])
    assert set(ran.verdicts().values()) == {"passed"}, ran.out + ran.err
    said = "The project's own engine was not rehearsed: database 'default' is MySQL or MariaDB"
    assert ran.out.splitlines()[1].startswith(said)
    assert ran.report["notices"][0].startswith(said)
    assert said in files["markdown"].read_text().partition("<details>")[0]
    assert 'name="notice" value="The project' in files["junit"].read_text()


def test_another_engine_of_one_alias(tmp_path: Path) -> None:
    """It matters where something is migrated there, and is named with its alias."""
    folder = project(tmp_path / "shop", {"shop": simple("shop")}, settings=BOTH)
    done = unnamed(folder, DATABASE_URL="sqlite:///x.sqlite3")
    assert done.returncode == 2, done.stderr
    assert "'legacy' is Oracle" in done.stderr
    assert "'default'" not in done.stderr
    write(folder, {"routing.py": ROUTER})
    with (folder / "settings.py").open("a") as settings:
        settings.write('DATABASE_ROUTERS = ["routing.Router"]\n')
    done = unnamed(folder, DATABASE_URL="sqlite:///x.sqlite3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "engine was not rehearsed" not in done.stdout


def test_all_checks_refuse_another_engine(tmp_path: Path) -> None:
    """The checks that it starts do not take its default for somebody's choice."""
    folder = project(tmp_path / "shop", {"shop": simple("shop")}, settings=MYSQL)
    words = ["all-checks", "--project", str(folder), "--check", "migrations", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-m", "django_switchback", *words],
        capture_output=True,
        env=environment(DATABASE_URL="sqlite:///x.sqlite3"),
        timeout=120,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 3
    said = "".join(file.read_text() for file in (tmp_path / "out").glob(f"migrations-*{OUTPUT}"))
    assert "MySQL or MariaDB" in said


def test_schemas_that_migrate_does_not_reach(tmp_path: Path) -> None:
    """An app that brings migrate_schemas is named in the first lines."""
    steps = chain(("0001_initial", creates("Note")), app="tenants")
    folder = project(tmp_path / "shop", {"tenants": App(steps, model("Note"))})
    own = "from django.core.management.commands.migrate import Command"
    write(folder, {"tenants/management/commands/migrate_schemas.py": f"{own}\n__all__ = ['Command']\n"})
    ran = switchback(folder)
    assert ran.out.splitlines()[1].startswith("Only the public schema was rehearsed: tenants has a command")


WINDOWS = """
import sys, click
sys.platform = "win32"
for name in ("fcntl", "resource", "pwd", "grp", "termios", "msgspec", "psutil"):
    sys.modules[name] = None
from django_switchback.cli import main
sys.exit(main({words}))
"""


@pytest.mark.parametrize("words", [["run"], ["--help"], ["rules"]])
def test_windows_is_refused_with_one_line(tmp_path: Path, words: list[str]) -> None:
    """Before anything is imported that only other systems have."""
    done = subprocess.run(
        [sys.executable, "-c", WINDOWS.format(words=words)],
        capture_output=True,
        env=dict(os.environ),
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "WSL" in done.stderr
