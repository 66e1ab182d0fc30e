"""``--watch``: what is saved is rehearsed, what cannot be loaded is told, Ctrl-C ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from django_switchback.commands.watch import migration_files


def test_files_of_migrations(project: Path) -> None:
    """Those of packages called migrations, none of libraries or virtual environments, nor ``__init__``."""
    for place in ("lib/site-packages/x/migrations", "env/y/migrations", ".hidden/migrations", "blog"):
        (project / place).mkdir(parents=True, exist_ok=True)
        (project / place / "0001_other.py").touch()
    (project / "env/pyvenv.cfg").touch()
    before = migration_files(project)
    assert before.keys() == {"blog/migrations/0001_initial.py"}
    (project / "blog/migrations/0001_initial.py").write_text("changed")
    assert migration_files(project) != before


def test_it_rehearses_what_is_saved(project: Path, bad: str) -> None:
    """A bad migration is red, a text that is no Python an error, and Ctrl-C ends between two runs."""
    command = [sys.executable, "-m", "django_switchback", "--watch", "--quiet"]
    log = project / "log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=project, stdout=output, stderr=output)
    try:
        wait_for(log, "watching 1 migrations")
        (project / "blog/migrations/0002_bad.py").write_text(bad)
        wait_for(log, "FAILED: 1 migration: 1 failed")
        (project / "blog/migrations/0003_text.py").write_text("def (")
        wait_for(log, "cannot load the project: blog/migrations/0003_text.py, line 1: SyntaxError")
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    finally:
        process.kill()
    assert log.read_text().count("switchback: rehearsing ") == 2


def wait_for(log: Path, text: str) -> None:
    """Wait until ``text`` stands in ``log``."""
    deadline = time.monotonic() + 120
    while text not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
