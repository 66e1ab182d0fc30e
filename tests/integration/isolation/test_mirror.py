"""An alias that mirrors another is no database of its own, as for Django's test runner."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.evidence import DatabaseStarted, ProjectDescribed
from integration.making import App, chain, creates, migration, model, project, switchback

MIRROR = """
    DATABASES["replica"] = {**DATABASES["default"], "TEST": {"MIRROR": "default"}}
    DATABASES["second"] = {**DATABASES["default"], "TEST": {"MIRROR": "replica"}}
    DATABASES["other"] = {**DATABASES["default"], "NAME": "other.sqlite3", "TEST": {"MIRROR": None}}
"""
READS = """
def forwards(apps, editor):
    Note = apps.get_model("notes", "Note")
    counted = Note.objects.using(editor.connection.alias).count()
    if editor.connection.alias == "default":
        from django.db import connections

        for alias in ("replica", "second"):
            assert connections[alias].settings_dict["NAME"] == editor.connection.settings_dict["NAME"]
            assert Note.objects.using(alias).count() == counted


def fails(apps, editor):
    forwards(apps, editor)
    raise ValueError("so it is")
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql-15"])
def test_a_mirror_is_the_database_that_it_mirrors(tmp_path: Path, database: str) -> None:
    """It has no sandbox, is not rehearsed, and reads what the other alias has, under plain Django too."""
    steps = chain(("0001_initial", creates("Note")), app="notes")
    for name, before, back in (
        ("0002_reads", "0001_initial", "forwards"),
        ("0003_fails", "0002_reads", "fails"),
    ):
        runs = f"migrations.RunPython(forwards, {back})"
        steps[name] = migration(runs, after=[("notes", before)], head=READS, attributes="atomic = False")
    folder = project(tmp_path / "shop", {"notes": App(steps, model("Note"))}, settings=MIRROR)
    ran = switchback(folder, databases=[database])
    assert {item.alias for item in ran.of(DatabaseStarted)} == {"default", "other"}, ran.out + ran.err
    assert {item.alias for item in ran.of(ProjectDescribed)} == {"default", "other"}
    for alias in (database, f"{database}/other"):
        # It only reads, which is no pass, and no failure either.
        assert ran.entry("notes.0002_reads", alias)["verdict"] == "skipped", ran.out
        findings = ran.entry("notes.0003_fails", alias)["findings"]
        assert {finding["confirmed"] for finding in findings} == {True}
        assert all("so it is" in finding["message"] for finding in findings)
