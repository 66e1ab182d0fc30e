"""A project with two parts of a plan, and edits of it that a cache has to notice, or need not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from .making import App, adds, creates, migration, project, write

_FILLS = """
    from pathlib import Path

    from django.conf import settings

    from {helper} import label


    def fill(apps, schema_editor):
        item = apps.get_model("{app}", "{model}")
        lines = Path(__file__).with_name("names.txt").read_text().split()
        for name in lines:
            item.objects.get_or_create(name=label(settings.LABEL + name))
"""
_HELPER = """
    def label(text):
        return text + "{ending}"
"""
_MODELS = """
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone


class Item(models.Model):
    name = models.CharField(max_length=60, null=True)
    size = models.IntegerField(default=0)
    note = models.CharField(max_length=20, default="")
    made = models.DateTimeField(default=timezone.now)

    def {method}
"""
_DISPLAYED = "__str__(self): return f'item {number}'"
_CLEAN = """clean(self):
        if self.size == {number}:
            raise ValidationError("not this size")
"""


def _fills(app: str, name: str) -> str:
    head = _FILLS.format(helper=f"{app}.words", app=app, model=name)
    return migration(
        "migrations.RunPython(fill, migrations.RunPython.noop)", after=[(app, "0002_size")], head=head
    )


def _note(app: str, width: int) -> str:
    return migration(
        adds("item", f"note=models.CharField(max_length={width}, default='')"), after=[(app, "0003_fill")]
    )


def _app(app: str) -> App:
    created = creates(
        "Item",
        "name=models.CharField(max_length=60, null=True)",
        "made=models.DateTimeField(default=timezone.now)",
    )
    return App(
        {
            "0001_initial": migration(created, head="from django.utils import timezone"),
            "0002_size": migration(
                adds("item", "size=models.IntegerField(default=0)"), after=[(app, "0001_initial")]
            ),
            "0003_fill": _fills(app, "Item"),
            "0004_note": _note(app, 20),
        },
        _models(_DISPLAYED, 0),
    )


def _models(method: str, number: int) -> str:
    return _MODELS.format(method=method.format(number=number))


APPS = ("books", "music", "zoo")


def edited_project(root: Path) -> Path:
    """Write the project, as it is before any edit."""
    project(root, {name: _app(name) for name in APPS}, settings='\n    LABEL = "a"\n')
    for name in APPS:
        write(root, {f"{name}/words.py": _HELPER.format(ending="")})
        (root / name / "migrations" / "names.txt").write_text("one two")
    (root / "library-1.0.dist-info").mkdir()
    return root


_RECEIVER = """
    from unittest.mock import Mock

    from django.apps import AppConfig
    from django.db.models.signals import post_migrate


    class ZooConfig(AppConfig):
        name = "zoo"

        def ready(self):
            post_migrate.connect(Mock(), weak=False)
"""


def connect_library_receiver(root: Path) -> None:
    """Connect a receiver of ``post_migrate`` whose code is no code of the project."""
    write(root, {"zoo/apps.py": _RECEIVER})


_QUERIES = """
    from django.apps import AppConfig
    from django.db.models.signals import pre_migrate


    def look(using, **kwargs):
        from django.db import connections

        connections[using].introspection.table_names()


    class ZooConfig(AppConfig):
        name = "zoo"

        def ready(self):
            pre_migrate.connect(look)
"""


def connect_receiver_that_queries(root: Path) -> None:
    """Connect a receiver of ``pre_migrate`` that looks into the database."""
    write(root, {"zoo/apps.py": _QUERIES})


class Edit(NamedTuple):
    """An edit of one of few kinds, with few values: some return to what was there before."""

    name: str
    options: tuple[str, ...] = ()


def _in_place(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _migration(root: Path, app: str, number: int) -> None:
    write(root, {f"{app}/migrations/0004_note.py": _note(app, 20 + number)})


def _checks(root: Path, app: str, number: int) -> None:
    write(root, {f"{app}/models.py": _models(_CLEAN, number)})


def _helper(root: Path, app: str, number: int) -> None:
    write(root, {f"{app}/words.py": _HELPER.format(ending="!" * number)})


def _data(root: Path, app: str, number: int) -> None:
    _in_place(root / app / "migrations" / "names.txt", "one two three four"[: 3 + 4 * number])


def _setting(root: Path, _: str, number: int) -> None:
    path = root / "settings.py"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("LABEL")]
    _in_place(path, "\n".join([*lines, f'LABEL = "{"abc"[number]}"', ""]))


def _package(root: Path, _: str, number: int) -> None:
    for found in root.glob("library-*.dist-info"):
        found.rename(root / f"library-{number}.0.dist-info")


KINDS: dict[str, Callable[[Path, str, int], None]] = {
    "migration": _migration,
    "model": _checks,
    "helper": _helper,
    "data file": _data,
    "setting": _setting,
    "package": _package,
}
OPTIONS = (("--seed", "1"), ("--rows", "30"), ("--timeout", "50"), ())


def random_edit(root: Path, random: Random) -> Edit:
    """Edit the project at random; return what was done, and the options of the next run."""
    kind = random.choice([*KINDS, "option"])
    app, number = random.choice(APPS), random.randrange(3)
    if kind == "option":
        return Edit(kind, random.choice(OPTIONS))
    KINDS[kind](root, app, number)
    return Edit(f"{kind} of {app}, {number}")


def irrelevant_edit(root: Path, number: int) -> None:
    """Edit what no cycle depends on: a view, a document, and a method of a model."""
    write(root, {"books/views.py": f"NUMBER = {number}\n"})
    _in_place(root / "README.md", f"Version {number}.\n")
    write(root, {"books/models.py": _models(_DISPLAYED, number)})
