"""What raised only here ends in no pass: what it kept from being seen was not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.evidence import ConnectionLost, StepFinished
from integration.making import App, Ran, creates, migration, model, project, switchback

TITLE = "title=models.CharField(max_length=40)"
ARGUMENTS = """
    import sys


    def forwards(apps, editor):
        apps.get_model("things", "Thing").objects.filter(title="").update(title="-")


    def backwards(apps, editor):
        if "migrate" not in sys.argv:
            raise RuntimeError("not under migrate")
"""
KILLED = """
    from pathlib import Path

    COUNT = Path({count!r})


    def forwards(apps, editor):
        visit("forwards", editor)


    def backwards(apps, editor):
        visit("backwards", editor)


    def visit(where, editor):
        if where != {where!r}:
            return
        times = int(COUNT.read_text()) if COUNT.exists() else 0
        COUNT.write_text(str(times + 1))
        if times == 0:
            with editor.connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
"""


def rehearsed(folder: Path, head: str, database: str = "sqlite") -> Ran:
    """Rehearse a project whose second migration is a data migration."""
    files = {
        "0001_initial": migration(creates("Thing", TITLE)),
        "0002_data": migration(
            "migrations.RunPython(forwards, backwards)", after=[("things", "0001_initial")], head=head
        ),
    }
    fields = "title = models.CharField(max_length=40)"
    root = project(folder / "made", {"things": App(files, model("Thing", fields))})
    return switchback(root, "--jobs", "1", databases=(database,))


def test_a_reverse_that_raises_only_here(tmp_path: Path) -> None:
    """Plain ``migrate`` does not fail there, which makes it a warning; nobody rolled it back: no pass."""
    ran = rehearsed(tmp_path, ARGUMENTS)
    entry = ran.entry("things.0002_data")
    assert (entry["verdict"], ran.status) == ("error", 3)
    assert "the cycle's rollback failed (RuntimeError: not under migrate)" in entry["reason"]
    assert "but not with plain manage.py migrate" in entry["reason"]
    assert ("rollback-fails", "cycle") in ran.rules("things.0002_data")
    below = ran.entry("things.0001_initial")
    assert (below["verdict"], below["reason"]) == (
        "passed",
        "not unwound from head: things.0002_data could not be rolled back",
    )


@pytest.mark.parametrize("where", ["backwards", "forwards"])
def test_a_backend_that_was_ended_once(where: str, tmp_path: Path) -> None:
    """After a connection that the server ended, every step that the pass rests on is one of the repeat."""
    head = KILLED.format(count=str(tmp_path / "count"), where=where)
    ran = rehearsed(tmp_path, head, "postgresql-18")
    entry = ran.entry("things.0002_data")
    assert (entry["verdict"], ran.status) == ("passed", 0)
    [lost] = ran.of(ConnectionLost)
    repeated = [step for step in ran.of(StepFinished) if step.part == f"{lost.part}-repeat"]
    assert {step.direction for step in repeated if step.phase == "unwind"} == {"rollback", "reapply"}
    assert lost.reason in " ".join(ran.out.split())
