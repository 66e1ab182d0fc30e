"""A target that edge rows keep from being applied has a second cycle without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.evidence import Covered
from integration.making import NUMBER, App, Ran, adds, creates, migration, model, project, steps, switchback

TITLE = "title=models.CharField(max_length=40)"
UNIQUE = "migrations.AlterField('thing', 'title', models.CharField(max_length=40, unique=True))"
CHECK = (
    "migrations.AddConstraint('thing', models.CheckConstraint("
    "condition=models.Q(size__gt=-1000), name='not_too_small'))"
)
GOES = """
    import os


    def go(apps, schema_editor):
        if apps.get_model("things", "Thing").objects.count() > 4:
            {act}
"""
ENDS = GOES.format(act="os._exit(7)")
RAISES = GOES.format(act='raise RuntimeError("more than there were")')


def made(folder: Path, *more: str, head: str = "", attributes: str = "") -> Path:
    """Write a project whose third and fourth migrations are what edge rows alone keep from being applied."""
    names = ("0001_initial", "0002_number", "0003_unique", "0004_check", "0005_other")
    operations: list[tuple[str, ...]] = [
        (creates("Thing", TITLE, "size=models.IntegerField()"),),
        (adds("thing", NUMBER),),
        (UNIQUE, *more),
        (CHECK,),
        (adds("thing", "m=models.IntegerField(default=0)"),),
    ]  # fmt: skip
    files = {
        name: migration(
            *operations[at],
            after=[("things", names[at - 1])] if at else [],
            head=head if at == 2 else "",
            attributes=attributes if at == 2 else "",
        )
        for at, name in enumerate(names)
    }
    return project(folder, {"things": App(files, model("Thing"))})


def outcomes(ran: Ran, name: str) -> list[tuple[str, str, str]]:
    """Return direction, rows and outcome of each step of the cycle of a migration."""
    return [
        (step["direction"], step["rows"], step["outcome"])
        for step in ran.entry(f"things.{name}")["steps"]
        if step["phase"] == "cycle"
    ]


def found(ran: Ran, name: str) -> list[tuple[str, str]]:
    """Return the rules that speak of a migration, but for notes, and how bad each is."""
    return [
        (item["rule"], item["severity"])
        for item in ran.entry(f"things.{name}")["findings"]
        if item["severity"] != "info"
    ]


WARNING = ("forward-fails-with-data", "warning")
BOTH = [
    ("forward", "new", "failed"),
    ("forward", "typical", "ok"),
    ("rollback", "new", "ok"),
    ("reapply", "new", "ok"),
]


def test_the_walk_goes_on(tmp_path: Path) -> None:
    """Each of two such migrations in a row is rolled back, and the one after them has all rows again."""
    ran = switchback(made(tmp_path / "p"))
    for name in ("0003_unique", "0004_check"):
        assert found(ran, name) == [WARNING]
        assert outcomes(ran, name) == BOTH
        assert ran.verdicts()[f"things.{name}"] == "passed"
    assert found(ran, "0005_other") == []
    assert outcomes(ran, "0005_other") == [
        ("forward", "new", "ok"),
        ("rollback", "new", "ok"),
        ("reapply", "new", "ok"),
    ]
    assert len(steps(ran, "unwind")) == 10


@pytest.mark.parametrize("attributes", ["", "atomic = False"])
def test_its_rollback_is_found_to_fail(tmp_path: Path, attributes: str) -> None:
    """A rollback that rows of the new release stop is an error, with the fewest rows that do it."""
    more = "migrations.RunPython(migrations.RunPython.noop, go)"
    ran = switchback(made(tmp_path / "p", more, head=RAISES, attributes=attributes))
    assert found(ran, "0003_unique") == [("rollback-blocked-by-new-rows", "error"), WARNING]
    for finding in ran.entry("things.0003_unique")["findings"]:
        if finding["severity"] != "info":
            assert finding["confirmed"]
            assert finding["evidence"]["smallest"]["rows"]
    assert found(ran, "0004_check") == [WARNING]
    assert ran.verdicts()["things.0005_other"] == "passed"


def test_copies_are_no_reason_to_leave_it_out(tmp_path: Path) -> None:
    """With many rows, which are copies, the rollback of what makes them unique is rehearsed with few."""
    ran = switchback(made(tmp_path / "p"), "--rows", "50")
    assert found(ran, "0003_unique") == [WARNING]
    assert outcomes(ran, "0003_unique") == [
        ("forward", "new", "failed"),
        ("forward", "typical", "failed"),
        ("rollback", "new", "ok"),
        ("reapply", "new", "ok"),
    ]
    assert outcomes(ran, "0004_check") == BOTH
    many = {item.migration.name: item.rows for item in ran.of(Covered)}
    assert many["0003_unique"] < 50 <= many["0004_check"]


def test_a_worker_that_dies_in_it(tmp_path: Path) -> None:
    """A rollback that takes the process with it in the second cycle alone costs no other target."""
    more = "migrations.RunPython(migrations.RunPython.noop, go)"
    ran = switchback(made(tmp_path / "p", more, head=ENDS))
    assert ("worker-died", "error") in found(ran, "0003_unique")
    assert ("rollback", "new", "died") in outcomes(ran, "0003_unique")
    assert found(ran, "0004_check") == [WARNING]
    assert ran.verdicts()["things.0005_other"] == "passed"


DISTINCT = """
    def distinct(apps, editor):
        for thing in apps.get_model("things", "Thing").objects.all():
            thing.title = f"{thing.title[:20]} {thing.pk}"
            thing.save()
"""
EXTREME = """
    def back(apps, editor):
        extreme = apps.get_model("things", "Thing").objects.filter(size__lt=-100000)
        {act}

    def go(apps, editor): pass
"""
ACTS = {
    "raises": ("if extreme: raise ValueError('an extreme size')", "rollback-fails-with-data"),
    "loses": ("extreme.update(size=0)", "rollback-loses-data"),
}


def came_through(folder: Path, act: str) -> Ran:
    """Rehearse a migration whose predecessor makes edge rows unique, and whose rollback does ``act``."""
    files = {
        "0001_initial": migration(creates("Thing", TITLE, "size=models.IntegerField()")),
        "0002_distinct": migration(
            "migrations.RunPython(distinct, migrations.RunPython.noop)",
            after=[("things", "0001_initial")],
            head=DISTINCT,
        ),
        "0003_unique": migration(
            UNIQUE,
            "migrations.RunPython(go, back)",
            after=[("things", "0002_distinct")],
            head=EXTREME.format(act=act),
        ),
    }
    made = project(folder / "things", {"things": App(files, model("Thing"))})
    return switchback(made, "--migration", "things.0002", "--migration", "things.0003")


@pytest.mark.parametrize(("act", "rule"), ACTS.values(), ids=ACTS)
def test_edge_rows_that_came_through_are_edge_rows(tmp_path: Path, act: str, rule: str) -> None:
    """What rows of the migration before it bring out, and typical ones do not, is a warning."""
    ran = came_through(tmp_path, act)
    told = ran.entry("things.0003_unique")
    found = {(item["rule"], item["severity"]) for item in told["findings"]}
    assert (rule, "warning") in found, ran.out
    assert {severity for _, severity in found} <= {"warning", "info"}
    assert told["verdict"] == "passed", told["reason"]


def test_what_edge_rows_that_came_through_bring_out_once_is_no_pass(tmp_path: Path) -> None:
    """Values that are lost once, by something from outside, are not proven to be kept."""
    once = tmp_path / "once"
    act = (
        f"if extreme and not os.path.exists({str(once)!r}): open({str(once)!r}, 'w'), extreme.update(size=0)"
    )
    ran = came_through(tmp_path, f"import os\n        {act}")
    told = ran.entry("things.0003_unique")
    assert told["verdict"] == "error"
    assert "not when repeated" in told["reason"]


@pytest.mark.parametrize("turn", [1, 2, 3], ids=["forward", "rollback", "reapply"])
def test_what_is_not_seen_again_is_no_pass(tmp_path: Path, turn: int) -> None:
    """A step of the cycle that fails once, by something from outside, is not proven by a repeat."""
    seen = tmp_path / "seen"
    head = f"""
        from pathlib import Path


        def go(apps, schema_editor):
            if apps.get_model("things", "Thing").objects.count() > 4:
                times = Path({str(seen)!r})
                times.write_text(times.read_text() + "." if times.exists() else ".")
                if len(times.read_text()) == {turn}:
                    raise RuntimeError("this once")
    """
    code = migration("migrations.RunPython(go, go)", after=[("things", "0001_initial")], head=head)
    first = migration(creates("Thing", TITLE))
    last = migration(adds("thing", NUMBER), after=[("things", "0002_code")])
    app = App(
        {"0001_initial": first, "0002_code": code, "0003_number": last},
        model("Thing", f"{TITLE.replace('=', ' = ', 1)}\n    n = models.IntegerField(default=0)"),
    )
    ran = switchback(project(tmp_path / "p", {"things": app}), "--jobs", "1")
    assert "failed" in {outcome for _, _, outcome in outcomes(ran, "0002_code")}, ran.out
    assert ran.verdicts()["things.0002_code"] == "error"
    assert ran.verdicts()["things.0003_number"] == "passed"
