"""The checks at head leave nothing behind in the process that unwinds."""

from __future__ import annotations

from pathlib import Path

from .making import App, creates, migration, project, switchback

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
