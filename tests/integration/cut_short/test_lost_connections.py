"""Connections that the server ends: they cost whoever ended them, and no other migration."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.evidence import ConnectionLost
from integration.making import NUMBER, App, Ran, adds, creates, migration, model, project, simple, switchback

ENDS_OTHERS = """
def forth(apps, editor):
    apps.get_model("things", "Thing").objects.update(n=1)
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND pid <> pg_backend_pid()"
        )

def back(apps, editor):
    pass
"""

ENDS_ITSELF = """
import os, pathlib, sys

def ends(direction, editor):
    wanted, _, name = os.environ["ENDS"].partition(" ")
    if name != direction or (wanted != "always" and sys.argv[1:2] == ["migrate"]):
        return
    flag = pathlib.Path(os.environ["FLAG"])
    count = len(flag.read_text()) if flag.exists() else 0
    with open(flag, "a") as file:
        file.write("x")
    # From nothing is the first time; the second is in the cycle, and the last but one in the unwind.
    if wanted == "always" or count == int(wanted):
        with editor.connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

def forth(apps, editor):
    apps.get_model("things", "Thing").objects.update(n=1)
    ends("forth", editor)

def back(apps, editor):
    ends("back", editor)
"""


def things(head: str) -> App:
    """Return an app whose second migration runs ``forth`` and ``back`` of ``head``."""
    steps = {
        "0001_initial": migration(creates("Thing")),
        "0002_acts": migration(
            adds("thing", NUMBER),
            "migrations.RunPython(forth, back)",
            after=[("things", "0001_initial")],
            head=head,
        ),
    }
    return App(steps, model("Thing", "n = models.IntegerField(default=0)"))


def rehearsed(folder: Path, ends: str) -> Ran:
    """Rehearse a migration that ends its own backend at the times that ``ends`` names."""
    made = project(folder / "p", {"others": simple("others", "Other"), "things": things(ENDS_ITSELF)})
    # One worker, so that the order of the steps is known: from nothing and the unwind, then the cycles.
    words = ("--jobs", "1")
    return switchback(made, *words, databases=("postgresql-15",), ENDS=ends, FLAG=str(folder / "flag"))


def test_a_migration_that_ends_other_backends_costs_itself(tmp_path: Path) -> None:
    """Whoever was disturbed is repeated alone: its neighbours pass, at whatever moment they were struck."""
    made = project(tmp_path / "p", {"others": simple("others", "Other"), "things": things(ENDS_OTHERS)})
    ran = switchback(made, databases=("postgresql-15",))
    assert set(ran.verdicts().values()) == {"passed"}, ran.err


@pytest.mark.parametrize(
    "ends",
    [
        "0 forth",
        "1 forth",
        "1 back",
        *(pytest.param(at, marks=pytest.mark.slow) for at in ("2 forth", "0 back")),
    ],
)
def test_a_connection_lost_once_is_no_fault(tmp_path: Path, ends: str) -> None:
    """In the way to head, the cycle or the unwind: the part is repeated, which evidence and report say."""
    ran = rehearsed(tmp_path, ends)
    assert set(ran.verdicts().values()) == {"passed"}, ran.err
    [lost] = ran.of(ConnectionLost)
    assert "terminating connection" in lost.reason
    assert "was repeated from its beginning" in ran.out
    assert ran.status == 0


@pytest.mark.parametrize("ends", ["always forth", "always back"])
def test_a_migration_that_ends_its_own_backend_fails(tmp_path: Path, ends: str) -> None:
    """A repeat makes no pass of a fault of the migration's own, and its neighbours are judged."""
    ran = rehearsed(tmp_path, ends)
    assert ran.of(ConnectionLost)
    assert ran.verdicts()["things.0002_acts"] == "failed"
    rule = "forward-fails" if ends == "always forth" else "rollback-fails"
    assert rule in {name for name, _ in ran.rules("things.0002_acts")}
    assert ran.verdicts()["others.0001_initial"] == ran.verdicts()["others.0002_number"] == "passed"
    assert ran.status == 1
