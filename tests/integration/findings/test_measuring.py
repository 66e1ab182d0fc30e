"""Measuring a step's work on PostgreSQL: how many rows are copied for it, and what if that takes too long."""

from __future__ import annotations

from pathlib import Path

from django_switchback.evidence import WorkMeasured
from integration.making import NUMBER, App, creates, migration, model, project, switchback

# The step works with the rows of the rehearsal, and waits with those that are copied to measure it.
WAITS = """
def forward(apps, editor):
    import time

    rows = apps.get_model("waits", "Note").objects
    if rows.count() >= 300:
        time.sleep(100)
    rows.filter(n=-1).update(n=1)
"""
ROW_BY_ROW = """
def forward(apps, editor):
    for note in apps.get_model("row_by_row", "Note").objects.all():
        note.save()
"""
AT_ONCE = """
def forward(apps, editor):
    apps.get_model("at_once", "Note").objects.update(n=models.F("n"))
"""


def moves_rows(app: str, head: str, attributes: str = "") -> App:
    """Return an app whose second migration runs ``forward`` of ``head``."""
    target = migration(
        "migrations.RunPython(forward, migrations.RunPython.noop)",
        after=[(app, "0001_initial")],
        head=head,
        attributes=attributes,
    )
    steps = {"0001_initial": migration(creates("Note", NUMBER)), "0002_target": target}
    return App(steps, model("Note", "n = models.IntegerField(default=0)"))


def test_rows_and_time_of_a_measurement(tmp_path: Path) -> None:
    """A step that takes too long with copied rows is a note; thousands are copied where batches may be."""
    apps = {
        "waits": moves_rows("waits", WAITS),
        "row_by_row": moves_rows("row_by_row", ROW_BY_ROW, "atomic = False"),
        "at_once": moves_rows("at_once", AT_ONCE, "atomic = False"),
    }
    folder = project(tmp_path / "project", apps)
    words = ("--last", "1", "--timeout", "12")
    ran = switchback(folder, *words, databases=["postgresql-18"], options=())
    errors = [
        (entry["app"], finding["rule"])
        for entry in ran.report["migrations"]
        for finding in entry["findings"]
        if finding["severity"] == "error"
    ]
    assert errors == [("waits", "rollback-loses-data")]
    notes = [finding["message"] for finding in ran.entry("waits.0002_target")["findings"]]
    assert any("for its locks and growth: with 300 rows, did not finish within 3 s" in note for note in notes)
    measured = ran.of(WorkMeasured)
    most = {
        app: max(max(work.rows.values(), default=0) for work in measured if work.migration.app == app)
        for app in ("row_by_row", "at_once")
    }
    assert most == {"row_by_row": 600, "at_once": 6000}
