"""A worker gets itself ready before it is told what to do, as far as the project has no say in it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from django_switchback.sandbox.processes import MARK
from django_switchback.supervisor import Worker

USUAL = """
import os, sys


def main():
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)


if __name__ == '__main__':
    main()
"""


@pytest.mark.parametrize(
    ("manage", "ready"),
    [(USUAL, True), (f"import sys\nsys.path.insert(0, 'vendored')\n{USUAL}", False), ("broken(", False)],
)
def test_imported_before_it_is_told(tmp_path: Path, *, manage: str, ready: bool) -> None:
    """Django is, unless ``manage.py`` may say which; nothing is done where nobody says anything."""
    (tmp_path / "manage.py").write_text(manage)
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "django_switchback.worker"],
        cwd=tmp_path,
        env={**os.environ, MARK: f"{tmp_path}/worker.jsonl"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ("django.db.migrations.state" in ended.stderr) == ready
    assert [found.name for found in tmp_path.glob("worker.*")] == ["worker.started"]


def test_one_that_nobody_needs(tmp_path: Path) -> None:
    """It is sent home with its files, whatever it is at."""
    (tmp_path / "manage.py").write_text(USUAL)
    log = tmp_path / "worker.jsonl"
    worker = Worker(sys.executable, tmp_path, log, threading.Event())
    number = worker._process.pid
    worker.close()
    assert not Path(f"/proc/{number}").exists()
    assert list(tmp_path.iterdir()) == [tmp_path / "manage.py"]
