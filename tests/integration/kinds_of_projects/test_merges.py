"""Merge migrations: plain Django rolls back what the rehearsal rolled back, by the command that it prints."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from integration.making import NUMBER, App, adds, creates, environment, migration, model, project, switchback

FIRST = ("blog", "0001_initial")
MERGE = "0004_merge"
BRANCHES = App(
    {
        "0001_initial": migration(creates("Post")),
        "0002_left": migration(adds("post", NUMBER), after=[FIRST]),
        "0002_right": migration(adds("post", "m=models.IntegerField(default=0)"), after=[FIRST]),
        # The branch of 0002_right goes on beside the merge: who goes back to it takes 0003_on back too.
        "0003_on": migration("migrations.RunSQL('SELECT 1')", after=[("blog", "0002_right")]),
        MERGE: migration(
            "migrations.RunPython(migrations.RunPython.noop, refuse)",
            after=[("blog", "0002_left"), ("blog", "0002_right")],
            head="def refuse(apps, schema_editor):\n    raise ValueError('the merge stays')\n",
        ),
        "0005_on": migration(adds("post", "k=models.IntegerField(default=0)"), after=[("blog", "0003_on")]),
        "0006_merge": migration(after=[("blog", MERGE), ("blog", "0005_on")]),
    },
    model("Post", "\n    ".join(f"{name} = models.IntegerField(default=0)" for name in "nmk")),
)


def typed(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run ``command`` with plain Django in the project's folder, on its own database."""
    words = [sys.executable, *shlex.split(command)[1:]]
    return subprocess.run(
        words, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )


def test_the_command_rolls_back_the_merge_alone(tmp_path: Path) -> None:
    """The parent is chosen that no branch goes on from: the failure is confirmed and can be repeated."""
    folder = project(tmp_path / "project", {"blog": BRANCHES})
    ran = switchback(folder, "--migration", f"blog.{MERGE}")
    (finding,) = (
        entry for entry in ran.entry(f"blog.{MERGE}")["findings"] if entry["rule"] == "rollback-fails"
    )
    assert (finding["severity"], finding["confirmed"]) == ("error", True)
    assert finding["reproduce"] == "python manage.py migrate blog 0002_left"
    assert finding["setup"] == "python manage.py migrate"
    assert typed(folder, finding["setup"]).returncode == 0
    done = typed(folder, finding["reproduce"])
    assert done.returncode == 1
    assert "ValueError: the merge stays" in done.stderr
    unapplied = [line.split()[1] for line in done.stdout.splitlines() if "Unapplying" in line]
    assert unapplied == ["blog.0006_merge...", f"blog.{MERGE}..."]
