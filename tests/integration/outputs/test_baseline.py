"""A baseline taken on a project with an old fault: one bad migration added is what fails."""

from __future__ import annotations

from pathlib import Path

from django_switchback.project.migration_content import content_digest
from integration.making import NUMBER, App, creates, migration, model, project, switchback

SETTINGS = """
[tool.switchback]
baseline = "known.json"
"""
ONE_WAY = "migrations.RunPython(migrations.RunPython.noop)"


def test_exactly_what_is_new_fails(tmp_path: Path) -> None:
    """The old irreversible migration is known, the new one is not; both are shown; the file stays."""
    app = App(
        {
            "0001_initial": migration(creates("Thing", NUMBER)),
            "0002_one_way": migration(ONE_WAY, after=[("things", "0001_initial")]),
        },
        models=model("Thing", "n = models.IntegerField(default=0)"),
    )
    folder = project(tmp_path / "p", {"things": app})
    (folder / "pyproject.toml").write_text(SETTINGS)
    known = folder / "known.json"
    first = switchback(folder, "--write-baseline", str(known))
    assert (first.status, first.report["verdict"]) == (0, "passed")
    assert first.entry("things.0002_one_way")["verdict"] == "failed"
    written = known.read_bytes()

    (folder / "things/migrations/0003_bad.py").write_text(
        migration(ONE_WAY, after=[("things", "0002_one_way")])
    )
    second = switchback(folder)
    assert second.status == 1
    states = {
        entry["name"]: entry["baseline"]
        for entry in second.report["migrations"]
        if entry["verdict"] == "failed"
    }
    assert states == {"0002_one_way": "known", "0003_bad": "new"}
    bad = (folder / "things/migrations/0003_bad.py").read_bytes()
    assert second.entry("things.0003_bad")["content"] == content_digest(bad)
    assert known.read_bytes() == written
