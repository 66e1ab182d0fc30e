"""The workflows: least permissions, pinned actions, and shell steps that were really run, in order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from django_switchback.sandbox.interface import Server
from django_switchback.sandbox.postgresql.factory import PostgresFactory

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
"""What the runner fills in before a step's shell sees it."""
UNUSED = shutil.ignore_patterns(".git", ".nox", ".venv", ".switchback", "__pycache__", ".*_cache", "results")


def workflow(name: str) -> dict[str, Any]:
    """Return a workflow; its key ``on``, which YAML reads as true, is a word again."""
    found = yaml.safe_load((WORKFLOWS / name).read_text())
    return {"on" if key is True else str(key): value for key, value in found.items()}


NAMES = sorted(path.name for path in WORKFLOWS.glob("*.yml"))


@pytest.mark.parametrize("name", NAMES)
def test_least_permissions(name: str) -> None:
    """A workflow may do nothing, and each job no more than read the code."""
    found = workflow(name)
    assert found["permissions"] == {}
    assert all(job["permissions"] == {"contents": "read"} for job in found["jobs"].values())


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned(name: str) -> None:
    """Every action is named by its full commit, with the release beside it; no code is left with a token."""
    text = (WORKFLOWS / name).read_text()
    used = re.findall(r"uses: (\S+)(.*)", text)
    for action, comment in used:
        assert action.startswith("./") or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action), action
        assert action.startswith("./") or re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")


def test_when_migrations_are_tested() -> None:
    """On push and pull request to main and develop, and on pull requests elsewhere that touch a migration."""
    on = workflow("migration-tests.yml")["on"]
    assert on["push"] == on["pull_request"] == {"branches": ["main", "develop"]}
    elsewhere = workflow("migration-changes.yml")
    assert elsewhere["on"] == {
        "pull_request": {"branches-ignore": ["main", "develop"], "paths": ["**/migrations/*.py"]}
    }
    (job,) = elsewhere["jobs"].values()
    assert job["uses"] == "./.github/workflows/migration-tests.yml"


def test_what_the_seed_looks_for() -> None:
    """PostgreSQL 15 and 18 as services with health checks, and the script by the name that was asked for."""
    text = (WORKFLOWS / "migration-tests.yml").read_text()
    job = workflow("migration-tests.yml")["jobs"]["migration-tests"]
    assert job["strategy"]["matrix"]["postgresql"] == ["15", "18"]
    assert job["services"]["postgres"]["image"] == "postgres:${{ matrix.postgresql }}"
    assert "--health-cmd" in job["services"]["postgres"]["options"]
    assert "python scripts/test_migrations.py --verbose" in text
    assert len(text.splitlines()) >= 80


def test_all_checks_needs_all() -> None:
    """The one status needs every other job, and is never skipped."""
    jobs = workflow("ci.yml")["jobs"]
    assert list(jobs) == ["test", "performance", "backup-verification", "all-checks"]
    assert jobs["all-checks"]["needs"] == ["test", "performance", "backup-verification"]
    assert jobs["all-checks"]["if"] == "always()"


@pytest.mark.parametrize(
    ("results", "status"),
    [
        (("success", "success", "success"), 0),
        (("failure", "success", "success"), 1),
        (("success", "cancelled", "success"), 1),
        (("success", "success", "skipped"), 1),
    ],
)
def test_all_checks_fails_unless_each_succeeded(results: tuple[str, str, str], status: int) -> None:
    """The shell of its last step, really run: anything but success is a failure."""
    step = workflow("ci.yml")["jobs"]["all-checks"]["steps"][-1]
    assert step["if"] == "always()"
    names = ("TEST", "PERFORMANCE", "BACKUP_VERIFICATION")
    assert set(step["env"]) == set(names)
    environment = {"PATH": os.environ["PATH"], **dict(zip(names, results, strict=True))}
    words = ["bash", "-eo", "pipefail", "-c", step["run"]]
    assert subprocess.run(words, env=environment, capture_output=True, check=False).returncode == status


class Runner:
    """Runs the shell steps of one job as GitHub's runner would, in a copy of the repository.

    Only what the runner gives is made up: a new Python on ``PATH``, expressions, the files that a step adds
    to, and for a service its address and a ``docker`` that knows its log. ``more`` is added to every
    environment.
    """

    def __init__(
        self,
        home: Path,
        expressions: Mapping[str, str],
        service: tuple[str, Path] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = Path(shutil.copytree(ROOT, home / "work", ignore=UNUSED))
        self.summary = home / "summary.md"
        self._home = home
        self._added = home / "added"
        self._expressions = expressions
        self._address = service[0] if service else ""
        self._more = more or {}
        self._programs = home / "python" / "bin"
        subprocess.run([sys.executable, "-m", "venv", str(home / "python")], check=True)
        if service is not None:
            docker = self._programs / "docker"
            docker.write_text(f'#!/bin/sh\n[ "$1" = logs ] && cat {service[1]}\n')
            docker.chmod(0o755)
        self.summary.touch()
        self._added.touch()

    def run(self, job: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
        """Run the steps of ``job`` in their order; return status and output of each that has a shell."""
        ran: dict[str, tuple[int, str]] = {}
        for step in job["steps"]:
            failed = any(status for status, _ in ran.values())
            if "run" in step and self._wanted(step.get("if", "success()"), failed=failed):
                ran[step["name"]] = self._shell(step)
        return ran

    def _wanted(self, condition: str, *, failed: bool) -> bool:
        match condition:
            case "always()":
                return True
            case "failure()":
                return failed
            case "success()":
                return not failed
        left, equal, right = condition.partition(" == ")
        assert equal, f"what does {condition} mean?"
        return not failed and self._expressions[left] == right.strip("'")

    def _shell(self, step: Mapping[str, Any]) -> tuple[int, str]:
        given = {name: self._filled(str(value)) for name, value in step.get("env", {}).items()}
        added = dict(line.partition("=")[::2] for line in self._added.read_text().splitlines())
        environment = {
            "PATH": os.pathsep.join((str(self._programs), os.environ["PATH"])),
            "HOME": str(self._home),
            "GITHUB_ENV": str(self._added),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            # Where packages come from is the machine's matter.
            **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))},
            **self._more,
            **added,
            **given,
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self._filled(step["run"])],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _filled(self, text: str) -> str:
        filled = EXPRESSION.sub(lambda match: self._expressions[match[1]], text)
        return filled.replace("localhost:5432", self._address) if self._address else filled


@pytest.fixture
def service(server_of: Callable[[str], Server]) -> Callable[[str], tuple[str, Path]]:
    """Give the address and the log of a running server of a version, with the database that the job names."""

    def of(version: str) -> tuple[str, Path]:
        factory = server_of(f"postgresql-{version}").factory()
        assert isinstance(factory, PostgresFactory)
        with factory.login.connect("postgres") as connection:
            row = connection.execute("SHOW data_directory").fetchone()
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'migration_test_db'")
            if found.fetchone() is None:
                connection.execute("CREATE DATABASE migration_test_db")
        assert row is not None
        return f"{quote(factory.login.host, safe='')}:{factory.login.port}", Path(row[0], "server.log")

    return of


def succeeded(ran: Mapping[str, tuple[int, str]]) -> None:
    """Fail with the output of the first step that failed."""
    for name, (status, output) in ran.items():
        assert status == 0, f"{name} ended with status {status}:\n{output[-6000:]}"


@pytest.mark.workflows
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("version", ["15", "18"])
def test_migration_tests_run(
    tmp_path: Path, service: Callable[[str], tuple[str, Path]], version: str
) -> None:
    """The job for PostgreSQL: green, with a summary, and files to upload; no secret is printed."""
    runner = Runner(
        tmp_path, {"matrix.postgresql": version, "job.services.postgres.id": "1"}, service(version)
    )
    ran = runner.run(workflow("migration-tests.yml")["jobs"]["migration-tests"])
    succeeded(ran)
    assert list(ran) == [
        "Install nox",
        "Set up the environment",
        "Rehearse the migrations",
        "Write annotations and the summary",
    ]
    assert runner.summary.read_text().startswith("<!-- switchback-report -->\n## Switchback: passed")
    left = {path.name for path in (runner.folder / "results").iterdir()}
    assert left == {
        f"migrations-postgresql-{version}.{end}" for end in ("annotations", "json", "jsonl", "md", "xml")
    }
    secret = re.search(r"::add-mask::(\w{64})", ran["Set up the environment"][1])
    assert secret is not None
    assert secret[1] not in "".join(output for name, (_, output) in ran.items() if "environment" not in name)
    assert ":postgres@" not in "".join(output for _, output in ran.values())


@pytest.mark.workflows
@pytest.mark.timeout(3600)
def test_a_migration_that_fails_turns_it_red(
    tmp_path: Path, service: Callable[[str], tuple[str, Path]]
) -> None:
    """The job fails with the step, the summary is still written, and PostgreSQL's log is printed."""
    runner = Runner(tmp_path, {"matrix.postgresql": "15", "job.services.postgres.id": "1"}, service("15"))
    path = runner.folder / "example/apps/blog/migrations/0005_fill_post_slugs.py"
    path.write_text(path.read_text().replace("RunPython(fill, empty)", "RunPython(fill)"))
    ran = runner.run(workflow("migration-tests.yml")["jobs"]["migration-tests"])
    assert [name for name, (status, _) in ran.items() if status] == ["Rehearse the migrations"]
    assert "irreversible" in runner.summary.read_text()
    assert "database system is ready to accept connections" in ran["Print PostgreSQL's log"][1]


@pytest.mark.workflows
@pytest.mark.timeout(3600)
def test_the_sqlite_job_runs(tmp_path: Path) -> None:
    """The job for SQLite: green, with a summary."""
    runner = Runner(tmp_path, {})
    succeeded(runner.run(workflow("migration-tests.yml")["jobs"]["sqlite"]))
    assert runner.summary.read_text().startswith("<!-- switchback-report -->\n## Switchback: passed")


@pytest.mark.workflows
@pytest.mark.timeout(7200)
def test_ci_runs(tmp_path: Path) -> None:
    """All jobs of ci.yml, each on a runner of its own; the last gathers what the others would upload.

    Of Switchback's own tests only a handful is run here: all of them are what ``nox -s tests`` is for.
    """
    jobs = workflow("ci.yml")["jobs"]
    matrix = {"matrix.tag": "py311-django52", "matrix.python": "3.11"}
    artifacts: dict[str, Path] = {}
    for name in ("test", "performance", "backup-verification"):
        home = tmp_path / name
        home.mkdir()
        runner = Runner(home, matrix, more={"PYTEST_ADDOPTS": "-k test_naming"})
        succeeded(runner.run(jobs[name]))
        artifacts[name] = runner.folder / "results"
    home = tmp_path / "all-checks"
    home.mkdir()
    last = Runner(home, {f"needs.{name}.result": "success" for name in artifacts})
    for name, left in artifacts.items():
        shutil.copytree(left, last.folder / "results" / name)
    succeeded(last.run(jobs["all-checks"]))
    assert last.summary.read_text().startswith("## All 7 checks passed")
