"""Writes projects of any size: long histories, many apps, many tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

EVERY = 10
"""So many migrations make one model, and so many models refer to their first one."""
WIDENED = {3: 2, 6: 5, 9: 7}
"""Which migration of ten widens which one's column."""
INDEXED = {4: 1, 8: 5}
KEY = 'models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")'
NARROW = "models.CharField(max_length=60, null=True)"
WIDE = "models.CharField(max_length=90, null=True)"
TITLE = "models.CharField(max_length=50)"

SETTINGS = """\
SECRET_KEY = "only-for-benchmarks"
INSTALLED_APPS = {apps!r}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "grown.sqlite3"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
MANAGE = """\
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""


def write_histories(folder: Path, apps: int, migrations: int) -> None:
    """Write a project of ``apps`` apps with so many migrations each, a multiple of :data:`EVERY`."""
    names = [f"grown{number:03}" for number in range(apps)]
    _write_project(folder, names)
    for name in names:
        models = (_model(name, number) for number in range(migrations // EVERY))
        _write_app(folder / name, models, ([_operation(name, number)] for number in range(migrations)))


def write_tables(folder: Path, tables: int) -> None:
    """Write a project of one app with so many models: one migration creates them, two small ones follow."""
    app = "grown000"
    _write_project(folder, [app])
    created = []
    models = []
    for number in range(tables):
        fields = _fields_of_table(app, number)
        listed = ", ".join(f'("{name}", {field})' for name, field in {"id": KEY, **fields}.items())
        created.append(f'migrations.CreateModel("Model{number}", [{listed}])')
        added = {"added": "models.IntegerField(null=True)"} if number == 0 else {}
        models.append(_class(number, fields | added, [_index(app, 1, "title")] if number == 1 else []))
    added_field = 'migrations.AddField("Model0", "added", models.IntegerField(null=True))'
    _write_app(
        folder / app,
        models,
        (created, [added_field], [f'migrations.AddIndex("Model1", {_index(app, 1, "title")})']),
    )


def _write_project(folder: Path, apps: list[str]) -> None:
    (folder / "settings.py").write_text(SETTINGS.format(apps=apps))
    (folder / "manage.py").write_text(MANAGE)


def _write_app(folder: Path, models: Iterable[str], migrations: Iterable[list[str]]) -> None:
    """Write an app's models, and its migrations one by one as lists of operations."""
    (folder / "migrations").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "migrations" / "__init__.py").touch()
    (folder / "models.py").write_text("\n\n\n".join(["from django.db import models", *models]) + "\n")
    for number, operations in enumerate(migrations):
        parent = f'("{folder.name}", "{number:04}_step")' if number else ""
        (folder / "migrations" / f"{number + 1:04}_step.py").write_text(
            "from django.db import migrations, models\n\n\n"
            "class Migration(migrations.Migration):\n"
            f"    dependencies = [{parent}]\n"
            "    operations = [\n        " + ",\n        ".join(operations) + ",\n    ]\n"
        )


def _operation(app: str, number: int) -> str:
    """Return what the migration of this number does: the first of ten adds a model, the others change it."""
    table, place = divmod(number, EVERY)
    name = f"Model{table}"
    if place == 0:
        fields = ", ".join(
            f'("{field}", {value})' for field, value in {"id": KEY, **_first(app, table)}.items()
        )
        return f'migrations.CreateModel("{name}", [{fields}])'
    if place in WIDENED:
        return f'migrations.AlterField("{name}", "field{WIDENED[place]}", {WIDE})'
    if place in INDEXED:
        return f'migrations.AddIndex("{name}", {_index(app, number, "title", f"field{INDEXED[place]}")})'
    return f'migrations.AddField("{name}", "field{place}", {NARROW})'


def _model(app: str, number: int) -> str:
    """Return a model as its ten migrations leave it."""
    widened = {f"field{place}": WIDE for place in WIDENED.values()}
    indexes = [
        _index(app, number * EVERY + place, "title", f"field{field}") for place, field in INDEXED.items()
    ]
    return _class(number, _first(app, number) | {"field1": NARROW} | widened, indexes)


def _first(app: str, number: int) -> dict[str, str]:
    """Return the fields that a model begins with: the first of ten models is what the others refer to."""
    hub = number // EVERY * EVERY
    refers = {"hub": f'models.ForeignKey("{app}.Model{hub}", models.CASCADE)'}
    return {**(refers if number != hub else {}), "title": TITLE}


def _fields_of_table(app: str, number: int) -> dict[str, str]:
    more = {"slug": "models.SlugField()", "body": "models.TextField()", "made": "models.DateTimeField()"}
    return _first(app, number) | more


def _class(number: int, fields: dict[str, str], indexes: list[str]) -> str:
    lines = [
        f"class Model{number}(models.Model):",
        *(f"    {name} = {field}" for name, field in fields.items()),
    ]
    if indexes:
        lines += ["", "    class Meta:", f"        indexes = [{', '.join(indexes)}]"]
    return "\n".join(lines)


def _index(app: str, number: int, *fields: str) -> str:
    return f'models.Index(fields={list(fields)}, name="{app}_{number}")'
