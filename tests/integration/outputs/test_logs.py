"""A log tells the same again, without Django, a project or a database; several logs become one report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integration.making import App, Ran, adds, creates, environment, migration, project, switchback

FAILS = "def fails(apps, editor): raise RuntimeError('on purpose')"
WITHOUT_DJANGO = """
import sys

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"django", "psycopg", "sqlite3"}:
            raise ImportError(f"{name} is not to be had")

sys.meta_path.insert(0, Refusing())
from django_switchback.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project with a sound migration and one that cannot be rolled back."""
    app = App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_number": migration(
                adds("thing", "n=models.IntegerField(default=0)"), after=[("things", "0001_initial")]
            ),
            "0003_fails": migration(
                "migrations.RunPython(migrations.RunPython.noop, fails)",
                after=[("things", "0002_number")],
                head=FAILS,
            ),
        },
        models="class Thing(models.Model):\n    n = models.IntegerField(default=0)",
    )
    return project(tmp_path / "p", {"things": app})


def again(tmp_path: Path, *logs: Path) -> tuple[int, str, dict[str, Any]]:
    """Report from ``logs`` where neither Django nor a driver can be imported: status, text and JSON."""
    report = tmp_path / "again.json"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DJANGO, "report", *map(str, logs), "--json", str(report)],
        capture_output=True,
        text=True,
        env=environment(),
        cwd=tmp_path,
        check=False,
    )
    assert report.exists(), done.stderr
    return done.returncode, done.stdout, json.loads(report.read_text(encoding="utf-8"))


def kept(ran: Ran, tmp_path: Path, name: str) -> Path:
    """Keep the log of a run under another name."""
    log = tmp_path / name
    (tmp_path / "p-results" / "evidence.jsonl").rename(log)
    assert ran.records
    return log


def test_log_tells_the_same_again(tmp_path: Path, folder: Path) -> None:
    """Status, report and terminal text from the log are those of the run, to the last letter."""
    ran = switchback(folder)
    assert ran.status == 1
    status, text, report = again(tmp_path, kept(ran, tmp_path, "log.jsonl"))
    assert (status, report) == (1, ran.report)
    assert text == ran.out


def test_two_logs_become_one_report(tmp_path: Path, folder: Path) -> None:
    """The logs of two runs, on SQLite and on PostgreSQL, merge into what each said of its database."""
    runs = {"sqlite": switchback(folder)}
    logs = [kept(runs["sqlite"], tmp_path, "sqlite.jsonl")]
    runs["postgresql-15"] = switchback(folder, databases=["postgresql-15"])
    logs.append(kept(runs["postgresql-15"], tmp_path, "postgresql.jsonl"))
    status, _, merged = again(tmp_path, *logs)
    assert status == 1
    assert merged["verdict"] == "failed"
    assert [item["name"] for item in merged["databases"]] == ["sqlite", "postgresql-15"]
    assert merged["databases"] == [item for ran in runs.values() for item in ran.report["databases"]]
    assert merged["migrations"] == [item for ran in runs.values() for item in ran.report["migrations"]]


def test_cut_log_is_no_pass(tmp_path: Path, folder: Path) -> None:
    """A log that breaks off is never told as a run that passed."""
    (folder / "things/migrations/0003_fails.py").unlink()
    ran = switchback(folder)
    assert ran.status == 0
    log = kept(ran, tmp_path, "log.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    for length in range(1, len(lines), max(1, len(lines) // 6)):
        log.write_bytes(b"".join(lines[:length]))
        status, _, report = again(tmp_path, log)
        assert (status, report["verdict"]) == (3, "error"), lines[length]


TRUNCATES = """
import os

def truncates(apps, editor):
    # Where its worker writes down what happened.
    open(os.environ["SWITCHBACK_WORKER"], "w").close()

def nothing(apps, editor):
    pass
"""


def test_a_migration_that_truncates_its_workers_log(tmp_path: Path) -> None:
    """It takes no evidence away: the run ends, and each step is on record."""
    blog = App(
        {
            "0001_initial": migration(creates("Post")),
            "0002_truncates": migration(
                "migrations.RunPython(truncates, truncates)", after=[("blog", "0001_initial")], head=TRUNCATES
            ),
        },
        models="class Post(models.Model): pass",
    )
    ran = switchback(project(tmp_path / "p", {"blog": blog}), timeout=100)
    assert ran.status in {0, 1}, ran.err
    for name in ("blog.0001_initial", "blog.0002_truncates"):
        directions = [step[:2] for step in ran.steps(name) if step[0] == "cycle"]
        assert directions == [("cycle", way) for way in ("forward", "rollback", "reapply")]
        assert ran.entry(name)["verdict"] != "error"
