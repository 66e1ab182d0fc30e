"""Rehearses the real projects under ``tests/projects`` and writes ``docs/field-report.md``.

``rehearse PROJECT`` runs in an environment in which the project's requirements and Switchback are installed,
and leaves evidence logs in a folder; ``write`` judges all logs that are there and puts their reports into the
page, without running anything; projects that have no log there stay in it as they are. ``nox -s
real-projects`` does both, each project in its own environment.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from field_page import Head, Run, page, told

from django_switchback import evidence
from django_switchback.evidence import BackupCompared, DatabaseBroken, DatabaseStarted

ROOT = Path(__file__).resolve().parents[1]
PROJECTS = ROOT / "tests" / "projects"
ELSEWHERE = {"demonstration": ROOT / "example"}
"""The one that is this repository's own."""
REPORTS = ROOT / ".nox" / "field-reports"
PAGE = ROOT / "docs" / "field-report.md"
DATABASES = ("sqlite", "postgresql-18")
ONLY = {"misago": ("postgresql-18",), "nautobot": ("postgresql-18",)}
"""The databases of projects that do not run on all."""
STEERING = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")


def rehearse(project: str, database: str, folder: Path) -> Run:
    """Rehearse one project on one database and return what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{project}-{database}"
    log, head = folder / f"{name}.evidence.jsonl", folder / f"{name}.head.jsonl"
    for old in (log, head):
        old.unlink(missing_ok=True)
    _switchback("run", project, database, "--quiet", "--evidence", str(log))
    if not any(isinstance(record, DatabaseStarted) for record in evidence.read(log)):
        raise SystemExit(
            f"{project} was not rehearsed on {database}: the run ended before its first migration"
        )
    _switchback("backup-verification", project, database, "--quiet", "--last", "1", "--evidence", str(head))
    return Run(
        project=project,
        database=database,
        versions=_versions(project),
        head=_head(head),
        log=log.name,
    )


def _switchback(command: str, project: str, database: str, *options: str) -> None:
    # NOTE: findings are what it is run for, so status 1 is as good as 0.
    words = [sys.executable, "-m", "django_switchback", command, "--database", database]
    environment = {name: value for name, value in os.environ.items() if name not in STEERING}
    folder = _folder(project)
    # Started there, so that commands are shown as in every project: "python manage.py ...".
    done = subprocess.run(
        [*words, "--project", str(folder), *options], cwd=folder, env=environment, check=False
    )
    if done.returncode not in (0, 1, 3):
        raise SystemExit(done.returncode)


def _folder(project: str) -> Path:
    return ELSEWHERE.get(project, PROJECTS / project)


def _head(log: Path) -> Head:
    for record in evidence.read(log):
        if isinstance(record, BackupCompared):
            return Head(tables=record.tables, empty=record.empty)
        if isinstance(record, DatabaseBroken):
            return Head(reason=record.reason)
    return Head(reason="the seeded head could not be dumped and restored")


def _versions(project: str) -> dict[str, str]:
    files = ("requirements-alone.txt", "requirements.txt")
    file = next(_folder(project) / name for name in files if (_folder(project) / name).exists())
    required = file.read_text().split()
    names = [match[0] for line in required if (match := re.match(r"[\w.-]+", line))]
    return {name: version(name) for name in (*names, "Django")}


def judgements() -> dict[str, dict[str, str]]:
    """Return what is known of errors, by project."""
    files = sorted(PROJECTS.glob("*/judged.toml"))
    return {file.parent.name: tomllib.loads(file.read_text()) for file in files}


def main(words: list[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--reports", type=Path, default=REPORTS, help="where evidence is kept")
    commands = parser.add_subparsers(dest="command", required=True)
    rehearsing = commands.add_parser("rehearse", help="rehearse one project in this environment")
    rehearsing.add_argument("project")
    rehearsing.add_argument("--database", action="append", choices=DATABASES)
    writing = commands.add_parser("write", help="write the page from the reports that are there")
    writing.add_argument("--out", type=Path, default=PAGE)
    asked = parser.parse_args(words)
    asked.reports = asked.reports.absolute()
    _do(asked)


def _do(asked: Any) -> None:
    if asked.command == "rehearse":
        for database in asked.database or ONLY.get(asked.project, DATABASES):
            run = rehearse(asked.project, database, asked.reports)
            file = asked.reports / f"{asked.project}-{database}.run.json"
            file.write_bytes(msgspec.json.encode(run))
        return
    files = sorted(asked.reports.glob("*.run.json"))
    # SQLite, the first that anybody runs, comes first.
    runs = sorted(
        (msgspec.json.decode(file.read_bytes(), type=Run) for file in files),
        key=lambda run: (run.project, DATABASES.index(run.database)),
    )
    earlier = asked.out.read_text(encoding="utf-8") if asked.out.exists() else ""
    shown = page((told(run, asked.reports) for run in runs), judgements(), earlier)
    asked.out.write_text(shown, encoding="utf-8")


if __name__ == "__main__":
    main()
