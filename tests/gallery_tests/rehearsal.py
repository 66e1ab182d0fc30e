"""Rehearsals of the gallery's projects: each is done once a session, whichever process needs it first."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

from gallery_tests.cases import CASES, write_project

Report: TypeAlias = dict[str, Any]
DATABASES = ("sqlite", os.environ.get("GALLERY_POSTGRESQL", "postgresql-18"))
OPTIONS = {"stopped": ("--timeout", "3", "--no-deploy-window"), "window": (), "locks": ()}
"""Options by group; the deploy window is left out for all other groups."""


def rehearsed(group: str, folder: Path) -> Report:
    """Return the JSON report on the project of ``group``, kept in ``folder``, which all processes share."""
    report: Report = json.loads(_report_file(group, folder).read_text())
    return report


def evidence_log(group: str, folder: Path) -> Path:
    """Return the evidence log of the same rehearsal."""
    return _report_file(group, folder).with_suffix(".jsonl")


def _report_file(group: str, folder: Path) -> Path:
    file = folder / f"gallery-{group}.json"
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.with_suffix("").exists():
            _rehearse(group, file)
    assert file.exists(), file.with_suffix(".txt").read_text()
    return file


def environment() -> dict[str, str]:
    """Return the environment without variables that steer Django."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))
    }


def _rehearse(group: str, file: Path) -> None:
    project = file.with_suffix("")
    write_project(project, (case for case in CASES if case.group == group))
    words = [sys.executable, "-m", "django_switchback", "--project", str(project), "--settings", "settings"]
    words += ["--last", "1", "--quiet", "--json", str(file), "--evidence", str(file.with_suffix(".jsonl"))]
    words += ["--scenarios", str(project / "scenarios")]
    words += [word for database in DATABASES for word in ("--database", database)]
    hot = (name for case in CASES if case.group == group for name in case.hot_tables)
    words += [word for name in hot for word in ("--hot-tables", name)]
    done = subprocess.run(
        [*words, *OPTIONS.get(group.partition("-")[0], ("--no-deploy-window",))],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    file.with_suffix(".txt").write_text(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")
    if done.returncode not in {0, 1}:
        file.unlink(missing_ok=True)
