"""Trials of a search that are undone: whatever they do, what is told is true and costs nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.evidence import MinimalRowsFound
from integration.findings.test_minimal_rows import came_of
from integration.making import App, adds, chain, creates, migration, project, switchback

ENDING = """
def nothing(apps, editor): pass

def back(apps, editor):
    count = apps.get_model("shop", "Note").objects.count()
    {way}
    if count:
        raise ValueError("rows are in the way")
"""
ENDS = {
    "commits": "editor.connection.connection.execute('COMMIT')",
    "rolls back": "editor.connection.connection.execute('ROLLBACK')",
    "breaks": """
    try:
        # On empty tables, the commit would silently become a rollback, which is an error of its own.
        count and editor.connection.connection.execute('SELECT 1 / 0')
    except Exception:
        pass""",
}


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, id=name, marks=[pytest.mark.slow] if name == "rolls back" else [])
        for name, way in ENDS.items()
    ],
)
def test_what_cannot_be_undone_is_tried_on_copies(tmp_path: Path, way: str) -> None:
    """A rollback that ends or breaks the transaction of its trial keeps nothing from being found."""
    steps = chain(
        ("0001_initial", creates("Note", "name=models.CharField(max_length=20, null=True)")),
        ("0002_refuses", "migrations.RunPython(nothing, back)"),
        app="shop",
    )
    steps = {
        name: text.replace("class Migration", ENDING.format(way=way) + "\nclass Migration")
        for name, text in steps.items()
    }
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    ran = switchback(folder, "--migration", "shop.0002", databases=["postgresql-18"])
    assert ran.verdicts() == {"shop.0002_refuses": "failed"}, ran.out
    (found,) = ran.of(MinimalRowsFound)
    assert [row.table for row in found.rows] == ["shop_note"]
    assert found.complete
    assert "rows are in the way" in came_of(found.test, folder)


def test_a_transaction_left_open_costs_nobody_else(tmp_path: Path) -> None:
    """A rollback that leaves a block of Django's open fails by itself; the next target passes."""
    leaves = """
        from django.db import transaction

        def forward(apps, editor): pass

        def back(apps, editor):
            if apps.get_model("shop", "Note").objects.exists():
                transaction.atomic().__enter__()
    """
    steps = {
        "0001_note": migration(creates("Note", "name=models.CharField(max_length=20)")),
        "0002_leaves": migration(
            "migrations.RunPython(forward, back)", after=[("shop", "0001_note")], head=leaves
        ),
        "0003_text": migration(
            adds("note", "text=models.TextField(default='')"), after=[("shop", "0002_leaves")]
        ),
    }
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    ran = switchback(folder, "--app", "shop", databases=["postgresql-18"])
    assert ran.verdicts() == {
        "shop.0001_note": "passed",
        "shop.0002_leaves": "failed",
        "shop.0003_text": "passed",
    }
    assert {rule for rule, _ in ran.rules("shop.0002_leaves")} == {"rollback-fails-with-data"}


def test_what_takes_a_number_is_not_blamed_on_other_rows(tmp_path: Path) -> None:
    """A rollback that asks for the first key fails once a row has it: no other row will do."""
    numbers = """
        def forward(apps, editor):
            for note in apps.get_model("shop", "Note").objects.all():
                note.name = note.name.upper()
                note.save()
            apps.get_model("shop", "Record").objects.create(text="in capitals")

        def back(apps, editor):
            apps.get_model("shop", "Record").objects.get(pk=1, text="in capitals").delete()
    """
    record = creates("Record", "text=models.CharField(max_length=40)")
    steps = {
        "0001_note": migration(creates("Note", "name=models.CharField(max_length=20)"), record),
        "0002_capitals": migration(
            "migrations.RunPython(forward, back)", after=[("shop", "0001_note")], head=numbers
        ),
    }
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    ran = switchback(folder, "--migration", "shop.0002", databases=["postgresql-18"])
    found = {item.direction: item for item in ran.of(MinimalRowsFound) if item.about == "step"}
    assert [row.table for row in found["rollback"].rows] == ["shop_record"]
    assert "DoesNotExist" in came_of(found["rollback"].test, folder)


def test_scenarios_are_called_once_on_a_database(tmp_path: Path) -> None:
    """What they write before the target is there once, in trials with new rows too."""
    head = """
        def go(apps, editor):
            Thing = apps.get_model("shop", "Thing")
            title = "enim"[::-1]
            if Thing.objects.filter(title=title).exists():
                Thing.objects.get(title=title)

        def back(apps, editor): pass
    """
    scenario = """
from django_switchback.scenarios import before

@before("shop.0002_wide")
def mine(apps):
    apps.get_model("shop", "Thing").objects.create(title="mine", note="a")
"""
    thing = creates("Thing", "title=models.CharField(max_length=40)", "note=models.CharField(max_length=5)")
    wide = "migrations.AlterField('thing', 'note', models.CharField(max_length=200))"
    steps = {
        "0001_thing": migration(thing),
        "0002_wide": migration(
            wide, "migrations.RunPython(go, back)", after=[("shop", "0001_thing")], head=head
        ),
    }
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    (folder / "migration_scenarios").mkdir()
    (folder / "migration_scenarios" / "mine.py").write_text(scenario)
    ran = switchback(folder, "--migration", "shop.0002", databases=["postgresql-18"])
    assert {rule for rule, _ in ran.rules("shop.0002_wide")} == {"rollback-blocked-by-new-rows"}
    assert len(ran.of(MinimalRowsFound)) == 1


def test_constraints_are_asked_as_a_commit_would(tmp_path: Path) -> None:
    """A reference to nothing that a rollback leaves is found among the rows in one transaction too."""
    fields = ("city=models.ForeignKey('shop.City', models.CASCADE)",)
    removes = migration(
        "migrations.RunPython(nothing, back)",
        after=[("shop", "0001_note")],
        head="""
            def nothing(apps, editor): pass

            def back(apps, editor):
                editor.connection.cursor().execute("DELETE FROM shop_city")
        """,
    )
    city = creates("City", "name=models.CharField(max_length=20)")
    steps = {"0001_note": migration(city, creates("Note", *fields)), "0002_no_city": removes}
    folder = project(tmp_path / "shop", {"shop": App(steps)})
    ran = switchback(folder, "--migration", "shop.0002", databases=["postgresql-18"])
    (found,) = ran.of(MinimalRowsFound)
    assert sorted(row.table for row in found.rows) == ["shop_city", "shop_note"]
    assert found.trials <= 6, "on copies it is looked for again"


def test_models_that_a_failure_left_changed_are_no_trials(tmp_path: Path) -> None:
    """Django changes fields while it makes a table anew, and leaves them so where rows stand in the way."""
    steps = chain(
        ("0001_initial", creates("Thing", "n=models.BooleanField()")),
        ("0002_key", "migrations.AlterField('thing', 'n', models.BooleanField(primary_key=True))"),
        app="things",
    )
    folder = project(tmp_path / "things", {"things": App(steps)})
    ran = switchback(folder, "--migration", "things.0002_key", databases=["sqlite"])
    assert ("forward-fails-with-data", "cycle") in ran.rules("things.0002_key")
    assert ("forward-fails", "cycle") not in ran.rules("things.0002_key")
