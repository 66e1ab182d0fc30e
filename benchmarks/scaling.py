"""What the rehearsal costs when history grows: 500 migrations in one app against 250, in the same run.

The app is made up: every tenth migration adds a model, the others add columns to it, widen and index them.
Ten models refer to the first one among them. (One that all refer to would be rendered anew with all others
at every step, by plain Django too; its cost is printed beside ours.) ``python benchmarks/scaling.py`` prints
the ratio, which is to be at most 2.5.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from spent import Spent, spent, steady

ROOT = Path(__file__).parents[1]
SIZES = (250, 500)
AT_MOST = 2.5
EVERY = 10
WIDENED = {3: 2, 6: 5, 9: 7}
"""Which migration of ten widens which one's column."""
INDEXED = {4: 1, 8: 5}
KEY = 'models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")'
NARROW = "models.CharField(max_length=60, null=True)"
WIDE = "models.CharField(max_length=90, null=True)"

SETTINGS = """\
SECRET_KEY = "only-for-benchmarks"
INSTALLED_APPS = ["grown"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "grown.sqlite3"}}
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


def operation(number: int) -> str:
    """Return what the migration of this number does: the first of ten adds a model, the others change it."""
    table, place = divmod(number, EVERY)
    name = f"Model{table}"
    if place == 0:
        refers = f'("hub", {hub(table)}), ' if hub(table) else ""
        title = '("title", models.CharField(max_length=50))'
        return f'migrations.CreateModel("{name}", [("id", {KEY}), {refers}{title}])'
    if place in WIDENED:
        return f'migrations.AlterField("{name}", "field{WIDENED[place]}", {WIDE})'
    if place in INDEXED:
        return f'migrations.AddIndex("{name}", {index(number, INDEXED[place])})'
    return f'migrations.AddField("{name}", "field{place}", {NARROW})'


def model(number: int) -> str:
    """Return a model as its ten migrations leave it."""
    indexes = ", ".join(index(number * EVERY + place, field) for place, field in INDEXED.items())
    fields = {
        **({"hub": hub(number)} if hub(number) else {}),
        "title": "models.CharField(max_length=50)",
        "field1": NARROW,
        **{f"field{place}": WIDE for place in WIDENED.values()},
    }
    lines = [
        f"class Model{number}(models.Model):",
        *(f"    {name} = {field}" for name, field in fields.items()),
    ]
    return "\n".join([*lines, "", "    class Meta:", f"        indexes = [{indexes}]", "", ""])


def hub(number: int) -> str | None:
    """Return the field by which a model refers to the first one of its ten; ``None`` for that one itself."""
    first = number // EVERY * EVERY
    return None if number == first else f'models.ForeignKey("grown.Model{first}", models.CASCADE)'


def index(number: int, field: int) -> str:
    """Return the index that the migration of this number adds."""
    return f'models.Index(fields=["title", "field{field}"], name="grown_{number}")'


def generate(folder: Path, size: int) -> None:
    """Write a project with one app of ``size`` migrations."""
    migrations = folder / "grown" / "migrations"
    migrations.mkdir(parents=True)
    (folder / "settings.py").write_text(SETTINGS)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "grown" / "__init__.py").touch()
    models = "\n".join(map(model, range(size // EVERY)))
    (folder / "grown" / "models.py").write_text(f"from django.db import models\n\n\n{models}")
    (migrations / "__init__.py").touch()
    for number in range(size):
        parent = f'("grown", "{number:04}_step")' if number else ""
        (migrations / f"{number + 1:04}_step.py").write_text(
            "from django.db import migrations, models\n\n\n"
            "class Migration(migrations.Migration):\n"
            f"    dependencies = [{parent}]\n"
            f"    operations = [{operation(number)}]\n"
        )


def rehearse(project: Path) -> Spent:
    """Rehearse the last five of ``project``, which is sound, and return what it cost."""
    words = ["scripts/test_migrations.py", "--project", str(project), "--settings", "settings"]
    return _cost([*words, "--last", "5", "--database", "sqlite", "--app", "grown", "--quiet"], ROOT)


def migrate(project: Path) -> Spent:
    """Migrate ``project`` by plain Django, once forward, and return what it cost."""
    return _cost(["manage.py", "migrate"], project)


def _cost(words: list[str], folder: Path) -> Spent:
    with spent() as cost:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env=steady(),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        sys.exit(f"{words[0]} ended with status {done.returncode}:\n{done.stdout}")
    return cost


def main() -> None:
    """Measure both sizes and print the ratio of processor time, which is steadier than the clock.

    Plain Django stands beside it: what grows faster than history does so there too.
    """
    ours: list[Spent] = []
    plain: list[Spent] = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), size)
            ours.append(rehearse(Path(folder)))
            plain.append(migrate(Path(folder)))
        print(f"{size} migrations  the rehearsal   {ours[-1]}")
        print(f"{size} migrations  plain migrate   {plain[-1]}")
    ratio = ours[1].cpu / ours[0].cpu
    print(f"ratio           the rehearsal   {ratio:8.2f}  (wanted: at most {AT_MOST})")
    print(f"ratio           plain migrate   {plain[1].cpu / plain[0].cpu:8.2f}")
    sys.exit(ratio > AT_MOST)


if __name__ == "__main__":
    main()
