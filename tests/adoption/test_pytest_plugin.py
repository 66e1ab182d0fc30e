"""The pytest plugin: opt-in, an item a migration and database, the same serially and under pytest-xdist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

WORD = r"(PASSED|FAILED|SKIPPED)"
OUTCOME = re.compile(rf"^(?:\[gw\d\] \[ *\d+%\] )?{WORD}? ?(switchback::\S+) ?{WORD}?", re.M)


def run(project: Path, *words: str) -> tuple[int, str, dict[str, str]]:
    """Run pytest in the project; return its status, its output and the outcome of each item of ours."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))
    }
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    outcomes = {
        name: before or after for before, name, after in OUTCOME.findall(done.stdout) if before or after
    }
    return done.returncode, done.stdout + done.stderr, outcomes


def test_it_does_nothing_unasked(project: Path) -> None:
    """Without the option no item is there."""
    status, output, outcomes = run(project)
    assert (status, outcomes) == (pytest.ExitCode.NO_TESTS_COLLECTED, {}), output


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["serial", "xdist"])
def test_a_bad_migration_fails(project: Path, bad: str, processes: tuple[str, ...]) -> None:
    """Its item fails with the finding, the others pass; a marker selects them under --strict-markers."""
    (project / "blog/migrations/0002_bad.py").write_text(bad)
    options = (
        "--switchback",
        "--switchback-args",
        "--database sqlite",
        "--strict-markers",
        "-m",
        "switchback",
    )
    status, output, outcomes = run(project, *options, *processes)
    assert outcomes == {
        "switchback::project[sqlite]": "PASSED",
        "switchback::blog.0001_initial[sqlite]": "PASSED",
        "switchback::blog.0002_bad[sqlite]": "FAILED",
    }, output
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "error  irreversible" in output
    assert "Traceback" not in output


def test_items_can_be_chosen(project: Path) -> None:
    """By ``-k``, as any other test."""
    options = ("--switchback", "--switchback-args", "--database sqlite", "-k", "0001")
    status, output, outcomes = run(project, *options)
    assert (status, outcomes) == (0, {"switchback::blog.0001_initial[sqlite]": "PASSED"}), output


def test_wrong_options_are_told(project: Path) -> None:
    """What the command says is what pytest says."""
    status, output, _ = run(project, "--switchback", "--switchback-args", "--database mysql")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "--database" in output
