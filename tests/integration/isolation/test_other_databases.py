"""A migration that writes to another database of the project: that one is at head, and is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.making import App, chain, creates, migration, model, project, switchback

TITLE = "title=models.CharField(max_length=60)"
ROUTED = """
    class Router:
        def db_for_read(self, model, **hints):
            return "metrics" if model._meta.app_label == "hits" else None

        db_for_write = db_for_read

        def allow_migrate(self, db, app_label, **hints):
            return (db == "metrics") == (app_label == "hits")


    DATABASES["metrics"] = {**DATABASES["default"], "NAME": "metrics.sqlite3"}
    DATABASE_ROUTERS = [Router()]
"""
WRITES = """
def leaves(apps, editor):
    for note in apps.get_model("desk", "Note").objects.all():
        apps.get_model("hits", "Hit").objects.create(title=note.title)


def deletes(apps, editor):
    first = apps.get_model("hits", "Hit").objects.using("metrics").order_by("pk").first()
    if first is not None:
        first.delete()


def counts(apps, editor):
    apps.get_model("hits", "Hit").objects.create(title="counted")


def takes_back(apps, editor):
    apps.get_model("hits", "Hit").objects.filter(title="counted").order_by("-pk")[0].delete()


def turns_round(apps, editor):
    for note in apps.get_model("desk", "Note").objects.order_by("pk"):
        note.title = note.title[::-1]
        note.save()


def shifts_hits(apps, editor):
    for hit in apps.get_model("hits", "Hit").objects.order_by("pk"):
        hit.title = hit.title[1:] + hit.title[:1]
        hit.save()


def shifts_hits_back(apps, editor):
    for hit in apps.get_model("hits", "Hit").objects.order_by("pk"):
        hit.title = hit.title[-1:] + hit.title[:-1]
        hit.save()
"""
FAILS = """
def fails(apps, editor):
    if editor.connection.alias == "metrics":
        raise ValueError("so it is")
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql-18"])
def test_what_is_written_to_another_database_is_compared(tmp_path: Path, database: str) -> None:
    """Rows left or lost there are errors that name it; a failure of the other one is told there alone.

    A migration that is not atomic is interrupted if it writes to its own database only.
    """
    steps, before = chain(("0001_initial", creates("Note", TITLE)), app="desk"), "0001_initial"
    for name, code in (
        ("0002_leaves", "leaves, migrations.RunPython.noop"),
        ("0003_deletes", "deletes, migrations.RunPython.noop"),
        ("0004_counts", "counts, takes_back"),
        ("0005_apart", "turns_round, turns_round"),
        ("0006_elsewhere", "shifts_hits, shifts_hits_back"),
    ):
        needs = [("desk", before), ("hits", "0001_initial")]
        attributes = "atomic = False" if name > "0005" else ""
        steps[name] = migration(
            f"migrations.RunPython({code})", after=needs, head=WRITES, attributes=attributes
        )
        before = name
    hits = chain(("0001_initial", creates("Hit", TITLE)), app="hits")
    runs = "migrations.RunPython(fails, fails)"
    hits["0002_fails"] = migration(runs, after=[("hits", "0001_initial")], head=FAILS)
    apps = {"desk": App(steps, model("Note", TITLE)), "hits": App(hits, model("Hit", TITLE))}
    ran = switchback(project(tmp_path / "shop", apps, settings=ROUTED), databases=[database])
    assert ran.rules("desk.0002_leaves") == {("rollback-leaves-data", "cycle")}, ran.out + ran.err
    (finding,) = ran.entry("desk.0002_leaves")["findings"]
    assert "rows of hits_hit (database 'metrics')" in finding["message"]
    assert ran.rules("desk.0003_deletes") == {("rollback-loses-data", "cycle")}
    assert ran.entry("desk.0004_counts")["verdict"] == "passed"
    interrupted = {("forward-not-resumable", "cycle"), ("rollback-not-atomic", "cycle")}
    assert ran.rules("desk.0005_apart") == interrupted
    assert ran.entry("desk.0006_elsewhere")["verdict"] == "passed"
    notes = [finding["message"] for finding in ran.entry("desk.0006_elsewhere")["findings"]]
    assert any(
        "not interrupted after each operation: it writes to another database" in note for note in notes
    )
    assert ran.entry("hits.0001_initial")["database"] == f"{database}/metrics"
    assert {rule for rule, _ in ran.rules("hits.0002_fails", f"{database}/metrics")} == {"forward-fails"}
    told = {
        entry["name"]: {found["rule"] for found in entry["findings"]} for entry in ran.report["databases"]
    }
    assert "forward-fails" not in told[database]


def test_measured_work_leaves_no_trace_in_another_database(tmp_path: Path) -> None:
    """On PostgreSQL, a rollback that is run to measure its work also writes there, before it is compared."""
    target = migration(
        "migrations.RunPython(shifts_hits, shifts_hits_back)",
        after=[("desk", "0001_initial"), ("hits", "0001_initial")],
        head=WRITES,
    )
    desk = {**chain(("0001_initial", creates("Note", TITLE)), app="desk"), "0002_shifts": target}
    hits = chain(("0001_initial", creates("Hit", TITLE)), app="hits")
    apps = {"desk": App(desk, model("Note", TITLE)), "hits": App(hits, model("Hit", TITLE))}
    shop = project(tmp_path / "shop", apps, settings=ROUTED)
    ran = switchback(shop, databases=["postgresql-18"], options=())
    assert "rollback-loses-data" not in {rule for rule, _ in ran.rules("desk.0002_shifts")}, ran.out + ran.err
    assert ran.entry("desk.0002_shifts")["verdict"] == "passed"
