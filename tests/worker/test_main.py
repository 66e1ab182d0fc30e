"""A worker gets itself ready before it is told what to do, as far as the project has no say in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from django_switchback.engine.worker_process import WorkerProcess
from django_switchback.sandbox.processes import WORKER_VARIABLE


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the folder of a new project, with Django's own ``manage.py``."""
    call_command("startproject", "site_", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("manage", "ready"),
    [("{}", True), ("import sys\nsys.path.insert(0, 'vendored')\n{}", False), ("broken({}", False)],
)
def test_imported_before_it_is_told(project: Path, *, manage: str, ready: bool) -> None:
    """Django is, unless ``manage.py`` may say which; nothing is done where nobody says anything."""
    (project / "manage.py").write_text(manage.format((project / "manage.py").read_text()))
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "django_switchback.worker"],
        cwd=project,
        env={**os.environ, WORKER_VARIABLE: f"{project}/worker.jsonl"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ("django.db.migrations.state" in ended.stderr) == ready
    assert [found.name for found in project.glob("worker.*")] == ["worker.started"]


def test_one_that_nobody_needs(project: Path) -> None:
    """It is sent home with its files, whatever it is at."""
    before = set(project.iterdir())
    worker = WorkerProcess(sys.executable, project, project / "worker.jsonl")
    number = worker._process.pid
    worker.close()
    assert not Path(f"/proc/{number}").exists()
    assert set(project.iterdir()) == before
