"""What receivers of ``post_migrate`` have to do with a failure is not lost where trials leave them out."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from django_switchback.evidence import Classified, MinimalRowsFound
from integration.making import NUMBER, App, Ran, adds, chain, creates, migration, model, project, switchback

RECEIVER = """
    from django.apps import AppConfig
    from django.db.models.signals import post_migrate


    def stock(sender, apps, **kwargs):
        thing = apps.get_model("things", "Thing")
        if any(field.name == "n" for field in thing._meta.fields):
            thing.objects.get_or_create(code="made by a receiver")


    class Config(AppConfig):
        name = "things"

        def ready(self):
            post_migrate.connect(stock, sender=self)
"""
REFUSES = """
    def refuse(apps, schema_editor):
        if apps.get_model("things", "Thing").objects.filter(code="made by a receiver"):
            raise RuntimeError("there is a row of the receiver's")
"""
NEEDS = """
    def need(apps, schema_editor):
        apps.get_model("contenttypes", "ContentType").objects.get(app_label="things", model="part")
"""
UNIQUE = "code=models.CharField(max_length=40, unique=True)"
FREE = "code=models.CharField(max_length=40)"


def classified(ran: Ran, name: str) -> list[tuple[str, str, str]]:
    """Return what was found of a migration: about what, in which direction, with how few rows."""
    return [
        (item.about, item.direction, item.fewest)
        for item in ran.of(Classified)
        if item.migration.name == name and item.phase == "cycle"
    ]


def test_a_row_of_a_receiver_is_no_row_of_ours(tmp_path: Path) -> None:
    """A rollback that fails because of what a receiver writes after it fails without any row."""
    steps = chain(("0001_initial", creates("Thing", FREE)), app="things")
    steps["0002_refuses"] = migration(
        adds("thing", NUMBER),
        "migrations.RunPython(migrations.RunPython.noop, refuse)",
        after=[("things", "0001_initial")],
        head=REFUSES,
    )
    folder = project(
        tmp_path / "p",
        {"things": App(steps, model("Thing", f"{FREE}\n    {NUMBER}"))},
        settings="INSTALLED_APPS = ['things.apps.Config']",
    )
    (folder / "things" / "apps.py").write_text(dedent(RECEIVER), encoding="utf-8")
    ran = switchback(folder, "--migration", "things.0002_refuses")
    assert classified(ran, "0002_refuses") == [("step", "rollback", "none")]
    assert ("rollback-fails", "cycle") in ran.rules("things.0002_refuses")


def test_what_only_fails_for_want_of_signals_is_not_blamed(tmp_path: Path) -> None:
    """A reverse that needs a content type of the target's own has it: new rows are what it fails with."""
    steps = chain(("0001_initial", creates("Thing", UNIQUE)), app="things")
    steps["0002_frees"] = migration(
        creates("Part"),
        f"migrations.AlterField('thing', 'code', {FREE.partition('=')[2]})",
        "migrations.RunPython(migrations.RunPython.noop, need)",
        after=[("things", "0001_initial"), ("contenttypes", "0002_remove_content_type_name")],
        head=NEEDS,
    )
    models = model("Thing", FREE) + model("Part")
    folder = project(tmp_path / "p", {"things": App(steps, models)}, contrib=["django.contrib.contenttypes"])
    ran = switchback(folder, "--migration", "things.0002_frees")
    assert classified(ran, "0002_frees") == [("step", "rollback", "new")]
    [finding] = [item for item in ran.entry("things.0002_frees")["findings"] if item["severity"] == "error"]
    assert finding["rule"] == "rollback-blocked-by-new-rows"


LOGS = """
    def log(apps, schema_editor):
        kinds = apps.get_model("contenttypes", "ContentType").objects
        kind = kinds.get_for_model(apps.get_model("things", "Part"))
        apps.get_model("things", "Log").objects.create(kind=kind)


    def refuse(apps, schema_editor):
        apps.get_model("things", "Log").objects.all().delete()
        if apps.get_model("things", "Thing").objects.exists():
            raise RuntimeError("there are things")
"""
LOG = "kind=models.ForeignKey('contenttypes.ContentType', on_delete=models.CASCADE)"


@pytest.mark.parametrize("database", ["sqlite", "postgresql-18"])
def test_what_managers_remember_is_no_later_trials(tmp_path: Path, database: str) -> None:
    """Each trial is on a database of its own, where a content type that an earlier one made is not there."""
    contrib = [("contenttypes", "0002_remove_content_type_name")]
    steps = {"0001_initial": migration(creates("Thing", FREE), creates("Log", LOG), after=contrib)}
    steps["0002_logs"] = migration(
        creates("Part"),
        "migrations.RunPython(log, refuse)",
        after=[("things", "0001_initial")],
        head=LOGS,
    )
    models = model("Thing", FREE) + model("Log", LOG) + model("Part")
    folder = project(tmp_path / "p", {"things": App(steps, models)}, contrib=["django.contrib.contenttypes"])
    ran = switchback(folder, "--migration", "things.0002_logs", databases=[database])
    assert classified(ran, "0002_logs") == [("step", "rollback", "typical")]
    [minimal] = ran.of(MinimalRowsFound)
    assert [row.table for row in minimal.rows] == ["things_thing"]
    assert minimal.complete
    # The first way of making trials is enough.
    assert minimal.trials < 10
