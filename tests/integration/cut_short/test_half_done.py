"""A step that fails half way is undone: what it left costs no other migration, in any phase."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.making import NUMBER, App, Ran, adds, creates, migration, model, project, steps, switchback

ENGINES = ("sqlite", "postgresql-15")
NEIGHBOUR = """
    def looks(apps, editor):
        if "half" in editor.connection.introspection.table_names():
            raise RuntimeError("half of another migration is here")
        apps.get_model("zebras", "Zebra").objects.update(n=1)
"""
WAYS = {
    "it is not atomic": ("atomic = False", ""),
    "it commits on its own": ("", "editor.connection.connection.execute('COMMIT')"),
}
ways = pytest.mark.parametrize(
    ("attributes", "commits"),
    [
        pytest.param(*values, id=name, marks=[pytest.mark.slow] if values[1] else [])
        for name, values in WAYS.items()
    ],
)


def half_done(root: Path, *, forward: str, back: str, attributes: str) -> Path:
    """Write an app whose second migration stops half way, and an app later in the plan that looks for it."""
    head = f"""
def forward(apps, editor):
    names = editor.connection.introspection.table_names()
{forward}

def back(apps, editor):
{back}
"""
    things = {
        "0001_thing": migration(creates("Thing")),
        "0002_half": migration(
            "migrations.RunPython(forward, back)",
            adds("thing", NUMBER),
            after=[("things", "0001_thing")],
            head=head,
            attributes=attributes,
        ),
    }
    zebras = {
        "0001_zebra": migration(creates("Zebra")),
        "0002_looks": migration(
            adds("zebra", NUMBER),
            "migrations.RunPython(looks, migrations.RunPython.noop)",
            after=[("zebras", "0001_zebra")],
            head=NEIGHBOUR,
        ),
    }
    apps = {
        "things": App(things, model("Thing", NUMBER_FIELD)),
        "zebras": App(zebras, model("Zebra", NUMBER_FIELD)),
    }
    return project(root / "project", apps)


NUMBER_FIELD = "n = models.IntegerField(default=0)"
FAILS = """
    editor.connection.cursor().execute("CREATE TABLE half (id integer)")
    {commits}
    raise RuntimeError("half way")
"""
NOTHING = "    pass"


def neighbours_pass(ran: Ran) -> None:
    """Assert that the migration which fails half way is the only one that does not pass."""
    for engine in ENGINES:
        verdicts = ran.verdicts(engine)
        assert verdicts.pop("things.0002_half") == "failed", ran.out
        assert verdicts == dict.fromkeys(
            ("things.0001_thing", "zebras.0001_zebra", "zebras.0002_looks"), "passed"
        )
        for phase, directions in (
            ("cycle", ["forward", "rollback", "reapply"]),
            ("unwind", ["rollback", "reapply"]),
        ):
            done = [direction for name, direction in steps(ran, phase, engine) if name == "zebras.0002_looks"]
            assert done[-len(directions) :] == directions, (engine, phase, done)


@ways
def test_half_a_migration_costs_only_itself(tmp_path: Path, attributes: str, commits: str) -> None:
    """What a failed migration has left is neither there from nothing, nor in the walk, nor in the unwind."""
    forward = FAILS.format(commits=commits)
    folder = half_done(tmp_path, forward=forward, back=NOTHING, attributes=attributes)
    neighbours_pass(switchback(folder, databases=ENGINES))


@ways
def test_half_a_rollback_costs_only_itself(tmp_path: Path, attributes: str, commits: str) -> None:
    """What a failed rollback has left is not there when other targets are rolled back and applied again."""
    back = FAILS.format(commits=commits)
    folder = half_done(tmp_path, forward=NOTHING, back=back, attributes=attributes)
    neighbours_pass(switchback(folder, databases=ENGINES))


@ways
def test_half_a_second_application_costs_only_itself(tmp_path: Path, attributes: str, commits: str) -> None:
    """What a migration leaves that fails only when it is applied again is not there for the next."""
    forward = '    if "marker" in names:\n' + "\n".join(
        f"    {line}" for line in FAILS.format(commits=commits).splitlines()
    )
    back = '    editor.connection.cursor().execute("CREATE TABLE marker (id integer)")'
    folder = half_done(tmp_path, forward=forward, back=back, attributes=attributes)
    neighbours_pass(switchback(folder, databases=ENGINES))
