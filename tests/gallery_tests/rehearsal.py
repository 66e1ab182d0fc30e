"""Rehearsals of the gallery's projects: each is done once a session, whichever process needs it first."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

from gallery_tests.cases import CASES, GALLERY

Report: TypeAlias = dict[str, Any]
DATABASES = ("sqlite", os.environ.get("GALLERY_POSTGRESQL", "postgresql-18"))
OPTIONS = {
    "stopped": ("--timeout", "3"),
    "scenarios": ("--scenarios", str(GALLERY / "scenario_fails" / "scenarios")),
    "no_row": ("--scenarios", str(GALLERY / "changed_no_row" / "scenarios")),
}


def rehearsed(group: str, folder: Path) -> Report:
    """Return the JSON report on the project of ``group``, kept in ``folder``, which all processes share."""
    file = folder / f"gallery-{group}.json"
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _rehearse(group, file)
    report: Report = json.loads(file.read_text())
    return report


def environment(*cases: str) -> dict[str, str]:
    """Return an environment in which the gallery's project has these cases alone."""
    mine = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))
    }
    return {**mine, "GALLERY": " ".join(cases)}


def _rehearse(group: str, file: Path) -> None:
    words = [sys.executable, "-m", "django_switchback", "--project", str(GALLERY)]
    words += ["--settings", "project.settings", "--last", "1", "--quiet", "--json", str(file)]
    words += [word for database in DATABASES for word in ("--database", database)]
    done = subprocess.run(
        [*words, *OPTIONS.get(group, ())],
        cwd=file.parent,
        env=environment(*(str(case) for case in CASES if case.group == group)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
