"""Checks leave nothing behind in the process that unwinds, and take no steps that they do not judge."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from django_switchback import evidence
from django_switchback.evidence import InterruptionTried, StepFinished
from integration.making import NUMBER, App, adds, command, creates, migration, project, switchback

CHECKED = """
    from django.core import checks

    CHECKED = []

    @checks.register()
    def note(**_):
        CHECKED.append(1)
        return []

    class Thing(models.Model):
        pass
"""
LOOKS = """
from things import models as now

def back(apps, editor):
    assert not now.CHECKED
"""


def test_checks_are_made_in_a_process_of_their_own(tmp_path: Path) -> None:
    """What they import, note and render is not there when the release is unwound."""
    things = App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_looks": migration(
                "migrations.RunPython(migrations.RunPython.noop, back)",
                after=[("things", "0001_initial")],
                head=LOOKS,
            ),
        },
        models=CHECKED,
    )
    ran = switchback(project(tmp_path / "p", {"things": things}))
    assert ("unwind", "rollback", "ok") in ran.steps("things.0002_looks")


@pytest.mark.parametrize(("check", "interrupted"), [("run", True), ("performance", False)])
def test_performance_interrupts_nothing(check: str, interrupted: bool, tmp_path: Path) -> None:
    """A rehearsal interrupts a migration that is not atomic; the check that times its steps does not."""
    operations = (adds("Thing", NUMBER), adds("Thing", NUMBER.replace("n=", "more=")))
    second = migration(*operations, after=[("things", "0001_initial")], attributes="atomic = False")
    things = App(
        {"0001_initial": migration(creates("Thing")), "0002_numbers": second},
        models="class Thing(models.Model):\n    n = models.IntegerField(default=0)\n"
        "    more = models.IntegerField(default=0)\n",
    )
    folder, log = project(tmp_path / "p", {"things": things}), tmp_path / "log"
    words = command(folder, check, "--database", "sqlite", "--evidence", str(log))
    words = [*words[:3], check, *(word for word in words[3:] if word != check)]
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    records = tuple(evidence.read(log))
    assert any(isinstance(record, InterruptionTried) for record in records) is interrupted
    assert any(isinstance(record, StepFinished) and record.direction == "rollback" for record in records)
