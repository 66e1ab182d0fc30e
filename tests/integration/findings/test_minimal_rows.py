"""The search for the fewest rows is an aid: nothing that happens in it costs a target its verdict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from django_switchback.evidence import MinimalRowsFound, Minimising
from integration.making import App, adds, chain, creates, migration, project, switchback

FEW = """
import os, time

def nothing(apps, editor): pass

def back(apps, editor):
    count = apps.get_model("shop", "Note").objects.count()
    if 0 < count < 3:
        {act}
    if count:
        raise ValueError("rows are in the way")
"""
ACTS = {"hangs": "time.sleep(600)", "dies": "os._exit(3)", "spins": "while True: pass"}

PAIRS = """
import json
from django.db import models

class Pairs(models.TextField):
    def from_db_value(self, value, expression, connection):
        return json.loads(value)
    def get_prep_value(self, value):
        return json.dumps(value)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql-18"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_trial_costs_the_search_alone(tmp_path: Path, act: str, database: str) -> None:
    """With few rows, as only a trial has them, the rollback does worse than raise: the verdicts stand."""
    steps = chain(
        ("0001_initial", creates("Note", "name=models.CharField(max_length=20, null=True)")),
        ("0002_refuses", "migrations.RunPython(nothing, back)"),
        ("0003_text", adds("note", "text=models.TextField(default='')")),
        app="shop",
    )
    steps = {
        name: text.replace("class Migration", FEW.format(act=act) + "\nclass Migration")
        for name, text in steps.items()
    }
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    ran = switchback(folder, "--app", "shop", "--timeout", "3", databases=[database])
    assert ran.status == 1, ran.out + ran.err
    assert ("rollback-fails-with-data", "cycle") in ran.rules("shop.0002_refuses")
    assert ran.verdicts() == {
        "shop.0001_initial": "passed",
        "shop.0002_refuses": "failed",
        "shop.0003_text": "passed",
    }
    assert ran.of(Minimising), "it was looked for"
    assert not ran.of(MinimalRowsFound)


def test_values_that_their_field_cannot_read_are_left_alone(tmp_path: Path) -> None:
    """A column of text that holds JSON keeps it: its field could not read the empty text that would do."""
    initial = creates("Note", "name=models.CharField(max_length=20, null=True)", "pairs=Pairs()")
    drops = "migrations.RemoveField('note', 'name')"
    steps = chain(("0001_initial", initial), ("0002_name", drops), app="shop")
    steps = {name: f"from shop.pairs import Pairs\n{text}" for name, text in steps.items()}
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    (folder / "shop" / "pairs.py").write_text(PAIRS)
    ran = switchback(folder, "--migration", "shop.0002")
    assert ran.verdicts() == {"shop.0002_name": "failed"}, ran.out
    (found,) = ran.of(MinimalRowsFound)
    (row,) = found.rows
    assert row.values["pairs"] not in (None, "''")
    assert 'put(apps, "shop.Note"' in found.test


def test_rows_that_refer_to_each_other_make_a_test_too(tmp_path: Path) -> None:
    """The test that comes with them first stores the one whose reference may wait, and fails as it should."""
    team = creates("Team", "name=models.CharField(max_length=20)")
    person = creates("Athlete", "team=models.ForeignKey('shop.Team', models.CASCADE)")
    captain = adds(
        "team", "captain=models.ForeignKey('shop.Athlete', models.SET_NULL, null=True, related_name='+')"
    )
    removed = "migrations.RemoveField('team', 'captain')"
    steps = chain(
        ("0001_team", team),
        ("0002_person", person),
        ("0003_captain", captain),
        ("0004_no", removed),
        app="shop",
    )
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    ran = switchback(folder, "--migration", "shop.0004")
    (found,) = ran.of(MinimalRowsFound)
    assert sorted(row.table for row in found.rows) == ["shop_athlete", "shop_team"]
    out = came_of(found.test, folder)
    assert "assert [(1, None)] == [(1, 1)]" in out, out


def test_rows_that_a_migration_of_another_app_made_are_reached(tmp_path: Path) -> None:
    """The test goes as far with that app as the rehearsal had, further than the target needs."""
    fills = migration(
        "migrations.RunPython(fill, migrations.RunPython.noop)",
        after=[("places", "0001_city")],
        head="""
            def fill(apps, editor):
                apps.get_model("places", "City").objects.create(name="Granada")
        """,
    )
    places = chain(("0001_city", creates("City", "name=models.CharField(max_length=20)")), app="places")
    fields = ("city=models.ForeignKey('places.City', models.CASCADE)", "text=models.TextField(null=True)")
    removes = "migrations.RemoveField('note', 'text')"
    shop = {
        "0001_note": migration(creates("Note", *fields), after=[("places", "0001_city")]),
        "0002_no_text": migration(removes, after=[("shop", "0001_note")]),
    }
    apps = {"places": App({**places, "0002_fills": fills}), "shop": App(shop)}
    folder = project(tmp_path / "shop", apps)
    ran = switchback(folder, "--migration", "shop.0002")
    (found,) = ran.of(MinimalRowsFound)
    assert [row.table for row in found.rows] == ["shop_note"], "the city is no row of ours"
    assert 'BEFORE = [("places", "0002_fills"), ("shop", "0001_note")]' in found.test
    out = came_of(found.test, folder)
    assert "assert rows() == expected" in out, out
    assert "IntegrityError" not in out


@pytest.mark.parametrize("database", ["sqlite", "postgresql-18"])
def test_a_row_of_each_table_that_the_finding_shows(tmp_path: Path, database: str) -> None:
    """The fewest rows hold one of each table of which the finding shows lost values."""
    area = "area=models.ForeignKey('shop.Area', models.CASCADE)"
    steps = chain(
        ("0001_area", creates("Area", "name=models.CharField(max_length=20)")),
        (
            "0002_bay",
            creates("Bay", area, "note=models.TextField(null=True)"),
        ),
        ("0003_zone", creates("Zone", "note=models.TextField(null=True)")),
        ("0004_no", "migrations.RemoveField('bay', 'note'), migrations.RemoveField('zone', 'note')"),
        app="shop",
    )
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    ran = switchback(folder, "--migration", "shop.0004", databases=[database])
    found, *_ = ran.of(MinimalRowsFound)
    assert sorted(row.table for row in found.rows) == ["shop_area", "shop_bay", "shop_zone"]


def came_of(test: str, folder: Path) -> str:
    """Run a test that came with a finding from the project's folder, and return what pytest said."""
    file = folder.parent / "test_it.py"
    file.write_text(test)
    words = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(folder.parent), str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_models_that_a_trial_left_changed(tmp_path: Path) -> None:
    """Trials that fail leave no key on SQLite's models; the next ones begin with it all the same."""
    steps = chain(
        ("0001_initial", creates("Note", "name=models.CharField(max_length=20, null=True)")),
        ("0002_code", adds("note", "code=models.CharField(max_length=5, primary_key=True, default='a')")),
        app="shop",
    )
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    ran = switchback(folder, "--migration", "shop.0002", databases=["sqlite"])
    (found,) = ran.of(MinimalRowsFound)
    assert len(found.rows) == 2, ran.out
    assert {row.values["name"] for row in found.rows} == {None}
