"""The composite action: its shell, really run, with inputs that a shell could take for more than words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ACTION = Path(__file__).parents[2] / "action.yml"
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")


def definition() -> dict[str, Any]:
    """Return the action."""
    return dict(yaml.safe_load(ACTION.read_text()))


def rehearse(project: Path, **inputs: str) -> tuple[int, str, dict[str, str], str]:
    """Run the step that rehearses; return its status, output, the action's outputs, and the summary."""
    action = definition()
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "rehearse")
    given = {name: str(found["default"]) for name, found in action["inputs"].items()} | inputs
    values = {f"inputs.{name}": value for name, value in given.items()} | {"github.workspace": str(project)}
    outputs, summary = project / "outputs", project / "summary"
    outputs.touch()
    summary.touch()
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(project),
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(summary),
        **{name: EXPRESSION.sub(lambda match: values[match[1]], text) for name, text in step["env"].items()},
    }
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    return done.returncode, done.stdout + done.stderr, told, summary.read_text()


def test_no_expression_stands_in_a_shell_step() -> None:
    """What a workflow passes in reaches the shell as variables, never as text of the script."""
    assert not [step for step in definition()["runs"]["steps"] if EXPRESSION.search(step["run"])]


def test_a_sound_project(project: Path) -> None:
    """Green, with a summary and every report."""
    status, output, outputs, summary = rehearse(project, databases="sqlite")
    assert (status, outputs["verdict"]) == (0, "passed"), output
    assert "## Switchback: passed" in summary
    assert Path(outputs["sarif"]).is_file()


def test_a_migration_without_a_reverse(project: Path, bad: str) -> None:
    """Red, annotated on the migration, with options that are words and not commands."""
    (project / "blog/migrations/0002_bad.py").write_text(bad)
    status, output, outputs, _ = rehearse(project, databases="sqlite", args="--last 1 --app blog")
    assert (status, outputs["verdict"]) == (1, "failed"), output
    assert "::error file=blog/migrations/0002_bad.py,line=4," in output
    status, output, outputs, _ = rehearse(project, databases="sqlite", args="--last 1; touch owned")
    assert (status, outputs["verdict"]) == (2, "error"), output
    assert not (project / "owned").exists()
