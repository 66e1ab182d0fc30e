"""Histories of every shape that Django takes: which migrations are rehearsed, and in which order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from integration.making import (
    NUMBER,
    App,
    Ran,
    adds,
    chain,
    creates,
    migration,
    model,
    project,
    simple,
    steps,
    switchback,
    targets,
    write,
)

OTHER = "m=models.IntegerField(default=0)"
BOTH = "n = models.IntegerField(default=0)\n    m = models.IntegerField(default=0)"

SHAPES = {
    "merged": App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_left": migration(adds("thing", NUMBER), after=[("merged", "0001_initial")]),
            "0002_right": migration(adds("thing", OTHER), after=[("merged", "0001_initial")]),
            "0003_merge": migration(after=[("merged", "0002_left"), ("merged", "0002_right")]),
            "0004_last": migration(
                "migrations.AlterField('thing', 'm', models.BigIntegerField(default=0))",
                after=[("merged", "0003_merge")],
            ),
        },
        model("Thing", BOTH.replace("m = models.Integer", "m = models.BigInteger")),
    ),
    "rooted": App(
        {
            "grows": migration(creates("One")),
            "apart": migration(creates("Two")),
            "together": migration(adds("one", NUMBER), after=[("rooted", "grows"), ("rooted", "apart")]),
        },
        model("One", "n = models.IntegerField(default=0)") + model("Two"),
    ),
    "named": App(
        chain(
            ("middle", creates("Thing")),
            ("zuletzt", adds("thing", NUMBER)),
            ("aardvark", adds("thing", OTHER)),
            app="named",
        ),
        model("Thing", BOTH),
    ),
    "squashed": App(
        {
            **chain(
                ("0001_initial", creates("Thing")), ("0002_number", adds("thing", NUMBER)), app="squashed"
            ),
            "0001_squashed_0002_number": migration(
                creates("Thing", NUMBER),
                attributes="replaces = [('squashed', '0001_initial'), ('squashed', '0002_number')]",
            ),
            "0003_more": migration(adds("thing", OTHER), after=[("squashed", "0002_number")]),
        },
        model("Thing", BOTH),
    ),
    "squeezed": App(
        {
            "0001_squashed_0002_number": migration(
                creates("Thing", NUMBER),
                attributes="replaces = [('squeezed', '0001_initial'), ('squeezed', '0002_number')]",
            ),
            "0003_more": migration(adds("thing", OTHER), after=[("squeezed", "0001_squashed_0002_number")]),
        },
        model("Thing", BOTH),
    ),
    "hurried": App(
        {
            "0001_initial": migration(
                creates("Thing"), attributes="run_before = [('accounts', '0001_initial')]"
            )
        },
        model("Thing"),
    ),
    "accounts": App(
        {
            "0001_initial": migration(
                creates(
                    "User",
                    "password=models.CharField(max_length=128)",
                    "last_login=models.DateTimeField(null=True, blank=True)",
                    "name=models.CharField(max_length=50, unique=True)",
                )
            )
        },
        """
        from django.contrib.auth.base_user import AbstractBaseUser

        class User(AbstractBaseUser):
            last_login = models.DateTimeField(null=True, blank=True)
            password = models.CharField(max_length=128)
            name = models.CharField(max_length=50, unique=True)
            USERNAME_FIELD = "name"
        """,
    ),
    "belongs": App(
        {
            "0001_initial": migration(
                creates("Note", "owner=models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)"),
                head="from django.conf import settings",
                attributes="dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]",
            )
        },
        """
        from django.conf import settings

        class Note(models.Model):
            owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
        """,
    ),
    "deep.down.nested": simple("nested"),
    "moved": App({}, model("Thing")),
    "unmigrated": App({}, model("Loose")),
}

SHAPED = """
    AUTH_USER_MODEL = "accounts.User"
    MIGRATION_MODULES = {"moved": "histories.of_moved", "unmigrated": None}
"""


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Rehearse all shapes at once, every migration of each."""
    return switchback(shaped(tmp_path_factory.mktemp("shapes") / "p"), "--all")


def shaped(folder: Path) -> Path:
    """Write the project with all shapes."""
    project(folder, SHAPES, settings=SHAPED)
    return write(folder, {"histories/of_moved/0001_initial.py": migration(creates("Thing"))})


def test_shapes(shapes: Ran) -> None:
    """Each shape that Django takes is rehearsed from nothing to head and back, and passes."""
    assert shapes.status == 0, shapes.out + shapes.err
    assert set(shapes.verdicts().values()) == {"passed"}
    assert [
        finding
        for database in shapes.report["databases"]
        for finding in database["findings"]
        if finding["severity"] == "error"
    ] == []
    by_app: dict[str, list[str]] = {}
    for name in targets(shapes):
        app, _, migration_name = name.partition(".")
        by_app.setdefault(app, []).append(migration_name)
    assert by_app == {
        "merged": ["0001_initial", "0002_right", "0002_left", "0003_merge", "0004_last"],
        "rooted": ["grows", "apart", "together"],
        "named": ["middle", "zuletzt", "aardvark"],
        "squashed": ["0001_squashed_0002_number", "0003_more"],
        "squeezed": ["0001_squashed_0002_number", "0003_more"],
        "hurried": ["0001_initial"],
        "accounts": ["0001_initial"],
        "belongs": ["0001_initial"],
        "nested": ["0001_initial", "0002_number"],
        "moved": ["0001_initial"],
    }


def test_order(shapes: Ran, tmp_path: Path) -> None:
    """Migrations are applied in the order of Django's own plan, and rolled back in the reverse of it."""
    order = targets(shapes)
    words = [sys.executable, "manage.py", "showmigrations", "--plan"]
    plan = subprocess.run(words, cwd=shaped(tmp_path / "p"), check=True, capture_output=True, text=True)
    assert order == [line.split()[2] for line in plan.stdout.splitlines()]
    assert order.index("hurried.0001_initial") < order.index("accounts.0001_initial")
    assert order.index("accounts.0001_initial") < order.index("belongs.0001_initial")
    assert [name for name, _ in steps(shapes, "scratch")] == order
    down = [name for name, direction in steps(shapes, "unwind") if direction == "rollback"]
    assert sorted(down, key=order.index, reverse=True) == down
    assert set(down) == set(order)


def test_paths(shapes: Ran) -> None:
    """The report names the file of each migration below the project, wherever it lies."""
    assert shapes.entry("moved.0001_initial")["path"] == "histories/of_moved/0001_initial.py"
    assert shapes.entry("nested.0002_number")["path"] == "deep/down/nested/migrations/0002_number.py"


def test_dependents_go_along(tmp_path: Path) -> None:
    """Migrations of other apps that need a target are rolled back before it and restored after it."""
    key = "models.ForeignKey('lib.Thing', models.CASCADE, null=True)"
    users = App(
        {
            "0001_initial": migration(creates("User")),
            "0002_uses": migration(
                adds("user", f"thing={key}"),
                after=[("users", "0001_initial"), ("lib", "0002_number")],
            ),
        },
        model("User", f"thing = {key}"),
    )
    folder = project(tmp_path / "p", {"lib": simple("lib"), "users": users})
    ran = switchback(folder, "--migration", "lib.0002_number")
    assert ran.verdicts() == {"lib.0002_number": "passed"}
    down, up = ("rollback", "reapply")
    assert steps(ran, "unwind") == [
        ("users.0002_uses", down),
        ("lib.0002_number", down),
        ("lib.0002_number", up),
        ("users.0002_uses", up),
    ]


def test_first_migration_goes_back_to_zero(tmp_path: Path) -> None:
    """A first migration is a target like any other: its previous state is zero."""
    broken = App(
        {"0001_initial": migration(creates("Thing"), "migrations.RunPython(migrations.RunPython.noop)")},
        model("Thing"),
    )
    ran = switchback(project(tmp_path / "p", {"things": broken}))
    [finding] = [item for item in ran.entry("things.0001_initial")["findings"] if item["severity"] == "error"]
    assert finding["rule"] == "irreversible"
    assert finding["reproduce"] == "python manage.py migrate things zero"
    assert finding["confirmed"]
