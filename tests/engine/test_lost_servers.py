"""Promises of server_run.py: a server that fails costs its own databases and no other's."""

from __future__ import annotations

from pathlib import Path

from integration.making import NUMBER, App, adds, creates, migration, model, project, simple, switchback

KILLS = """
import os, pathlib, signal, time

def forth(apps, editor):
    apps.get_model("things", "Thing").objects.update(n=1)
    if editor.connection.vendor == "sqlite":
        # So that the other server is lost while this one is at work.
        time.sleep(1.5)
        return
    with editor.connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        [folder] = cursor.fetchone()
    os.kill(int(pathlib.Path(folder, "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    time.sleep(0.2)
"""


def kills_its_server() -> App:
    """Return an app whose second migration ends the server of ours that it is applied on."""
    steps = {
        "0001_initial": migration(creates("Thing")),
        "0002_kills": migration(
            adds("thing", NUMBER),
            "migrations.RunPython(forth, migrations.RunPython.noop)",
            after=[("things", "0001_initial")],
            head=KILLS,
        ),
    }
    return App(steps, model("Thing", "n = models.IntegerField(default=0)"))


def test_a_server_that_dies_costs_no_other_server(tmp_path: Path) -> None:
    """The plan of the other server is run to its end and judged; status 3 and the reason tell of the loss."""
    ran = switchback(
        project(tmp_path / "p", {"things": kills_its_server()}), databases=("sqlite", "postgresql-15")
    )
    assert ran.verdicts("sqlite") == {"things.0001_initial": "passed", "things.0002_kills": "passed"}
    assert ran.status == 3
    assert set(ran.verdicts("postgresql-15").values()) <= {"error", "failed"}
    [lost] = [item for item in ran.report["databases"] if item["name"] == "postgresql-15"]
    assert "server failed" in lost["reason"]
    [line] = [line for line in ran.err.splitlines() if line.startswith("switchback: ")]
    assert line.startswith("switchback: postgresql-15: ")


def test_a_server_that_refuses_costs_no_other_server(tmp_path: Path) -> None:
    """Where one of two servers cannot be reached, the other is used, and the report names both."""
    nobody = "postgresql://somebody:Kein%2FZutritt-4711@127.0.0.1:1/shop"
    ran = switchback(project(tmp_path / "p", {"things": simple("things")}), databases=("sqlite", nobody))
    assert ran.verdicts() == {"things.0001_initial": "passed", "things.0002_number": "passed"}
    assert ran.status == 3
    assert ran.report["verdict"] == "error"
    names = {item["name"]: item["reason"] for item in ran.report["databases"]}
    assert names["sqlite"] is None
    assert "no PostgreSQL server can be reached" in names["postgresql"]
    assert [line for line in ran.err.splitlines() if line.startswith("switchback: postgresql: no Postgre")]
    assert "Kein" not in f"{ran.out}{ran.err}{ran.report}"


def test_a_single_server_that_refuses_ends_the_run(tmp_path: Path) -> None:
    """Where no server is left, the run ends at once, with one line and an empty report."""
    ran = switchback(
        project(tmp_path / "p", {"things": simple("things")}),
        databases=("postgresql://somebody@127.0.0.1:1/shop",),
    )
    assert (ran.status, ran.report["verdict"], ran.report["migrations"]) == (3, "error", [])
    assert "no PostgreSQL server can be reached" in ran.err
