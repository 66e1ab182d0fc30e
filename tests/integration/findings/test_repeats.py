"""What edge rows alone, or copies, make fail on the way back hides nothing: it is repeated without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.making import NUMBER, App, Ran, adds, creates, migration, model, project, switchback

FIELDS = ("title=models.CharField(max_length=40)", "size=models.IntegerField()")
MODEL = """
    title = models.CharField(max_length=40)
    size = models.IntegerField()
    n = models.IntegerField(default=0)
    m = models.IntegerField(default=0)
    k = models.IntegerField(default=0)
"""
LABELS = """
    def mark(apps, editor):
        for tag in apps.get_model("things", "Thing").objects.all():
            tag.title = "#" + tag.title
            tag.save()
"""
CODE = """
    def things(apps):
        return apps.get_model("things", "Thing").objects


    def nothing(apps, editor):
        pass


    def refuse_extremes(apps, editor):
        if things(apps).filter(size__lt=-100_000).exists():
            raise ValueError("too small")


    def mark_extremes(apps, editor):
        things(apps).filter(size__lt=-100_000).update(size=-7777)


    def twins(apps):
        titles = set()
        for thing in things(apps).order_by("pk"):
            if thing.title in titles:
                yield thing
            titles.add(thing.title)


    def refuse_twins(apps, editor):
        for thing in twins(apps):
            raise ValueError("two of one title")


    def mark_twins(apps, editor):
        for thing in twins(apps):
            things(apps).filter(pk=thing.pk).update(size=-7777)


    def refuse_marks(apps, editor):
        if things(apps).filter(size=-7777).exists():
            raise ValueError("marked before")

"""


def made(folder: Path, forward: str, back: str, adds_to: str = "thing") -> Path:
    """Write a project whose third migration of four adds a column and calls these functions.

    The table of ``adds_to`` gets new rows, among which there is a twin too.
    """
    operations = (
        (creates("Thing", *FIELDS), creates("Other")),
        (adds("thing", NUMBER),),
        (adds(adds_to, "k=models.IntegerField(default=0)"), f"migrations.RunPython({forward}, {back})"),
        (adds("thing", "m=models.IntegerField(default=0)"),),
    )
    names = ("0001_initial", "0002_number", "0003_code", "0004_more")
    files = {
        name: migration(
            *operations[at], after=[("things", names[at - 1])] if at else [], head=CODE if at == 2 else ""
        )
        for at, name in enumerate(names)
    }
    return project(folder, {"things": App(files, model("Thing", MODEL.strip()))})


def found(ran: Ran, name: str = "0003_code") -> set[tuple[str, str]]:
    """Return the rules that speak of a migration, but for notes, and how bad each is."""
    told = ran.entry(f"things.{name}")["findings"]
    return {(item["rule"], item["severity"]) for item in told if item["severity"] != "info"}


def outcomes(ran: Ran, phase: str, *, without_edge: bool) -> list[tuple[str, str]]:
    """Return the steps of one cycle or unwind of the third migration."""
    steps = [item for item in ran.entry("things.0003_code")["steps"] if item["phase"] == phase]
    return [(step["direction"], step["outcome"]) for step in steps if step["without_edge"] is without_edge]


WARNING = ("rollback-fails-with-data", "warning")
MARKED = {("rollback-loses-data", "warning"), ("reapply-fails", "warning")}
SOUND = [("forward", "ok"), ("rollback", "ok"), ("reapply", "ok")]


@pytest.mark.parametrize("database", ["sqlite", "postgresql-18"])
def test_a_loss_behind_a_column_that_is_too_narrow(tmp_path: Path, database: str) -> None:
    """Labels that come back changed are found where the longest one keeps the column from its old width."""
    files = {
        "0001_initial": migration(creates("Thing", *FIELDS)),
        "0002_marks": migration(
            "migrations.AlterField('thing', 'title', models.CharField(max_length=80))",
            "migrations.RunPython(mark, migrations.RunPython.noop)",
            after=[("things", "0001_initial")],
            head=LABELS,
        ),
    }
    folder = project(tmp_path / "p", {"things": App(files, model("Thing"))})
    ran = switchback(folder, databases=(database,))
    assert ("rollback-loses-data", "error") in found(ran, "0002_marks"), ran.out
    assert (WARNING in found(ran, "0002_marks")) is (database != "sqlite")
    assert ran.verdicts()["things.0002_marks"] == "failed"


def test_a_rollback_that_extremes_alone_stop(tmp_path: Path) -> None:
    """It passes with a warning, by a whole cycle without them and by the unwind."""
    ran = switchback(made(tmp_path / "p", "nothing", "refuse_extremes"))
    assert found(ran) == {WARNING}, ran.out
    assert outcomes(ran, "cycle", without_edge=False) == [("forward", "ok"), ("rollback", "failed")]
    assert outcomes(ran, "cycle", without_edge=True) == SOUND
    assert outcomes(ran, "unwind", without_edge=False) == SOUND[1:]
    assert set(ran.verdicts().values()) == {"passed"}


def test_a_second_way_forward_that_extremes_alone_stop(tmp_path: Path) -> None:
    """It passes with warnings, by a whole cycle without them and by the unwind."""
    ran = switchback(made(tmp_path / "p", "refuse_marks", "mark_extremes"))
    assert found(ran) == MARKED, ran.out
    assert outcomes(ran, "cycle", without_edge=False)[-1] == ("reapply", "failed")
    assert outcomes(ran, "cycle", without_edge=True) == SOUND
    assert outcomes(ran, "unwind", without_edge=False) == SOUND[1:]
    assert ran.verdicts()["things.0003_code"] == "passed"


@pytest.mark.parametrize(
    ("forward", "back", "told"),
    [("nothing", "refuse_twins", {WARNING}), ("refuse_marks", "mark_twins", MARKED)],
    ids=["rollback", "reapply"],
)
def test_copies_are_no_reason_to_stop_the_unwind(
    tmp_path: Path, forward: str, back: str, told: set[tuple[str, str]]
) -> None:
    """With many rows, what copies alone stop is unwound with few, and so is all that lies below."""
    # With the migration that makes the table, no row would come back.
    ran = switchback(made(tmp_path / "p", forward, back, "other"), "--rows", "50", "--last", "3")
    assert found(ran) == told, ran.out
    assert outcomes(ran, "unwind", without_edge=True) == SOUND[1:]
    assert {(item["verdict"], item["reason"]) for item in ran.report["migrations"]} == {("passed", None)}
