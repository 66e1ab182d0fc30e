"""How long it takes to reduce 200 rows in 20 tables to the two that make a rollback fail, on both engines.

The project is made up: every third table refers to the first one, and a scenario fills each up to ten rows.
The rollback of the last migration raises when the seventh and the fourteenth table both have a row with a
code of its own. ``python benchmarks/reduce.py`` prints the time, the trials and what was left, and ends with
status 1 where it took longer than ten seconds or more than those two rows are left.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from project_generator import MANAGE, SETTINGS
from spent import steady

from django_switchback import evidence
from django_switchback.evidence import MinimalRowsFound

TABLES, ROWS = 20, 10
AT_MOST = 10.0
DATABASES = ("sqlite", "postgresql-18")
CULPRITS = ("crowd_table7", "crowd_table14")

SCENARIO = f"""\
from django_switchback.scenarios import before


@before("crowd.0002_refuses")
def a_crowd(apps):
    for number in range({TABLES}):
        model = apps.get_model("crowd", f"Table{{number}}")
        hub = apps.get_model("crowd", "Table0").objects.first()
        while model.objects.count() < {ROWS}:
            given = {{"hub": hub}} if any(field.name == "hub" for field in model._meta.fields) else {{}}
            last = model.objects.count() == {ROWS} - 1 and number in (7, 14)
            model.objects.create(code="culprit" if last else f"code {{model.objects.count()}}", **given)
"""
REFUSES = """\
from django.db import migrations


def refuse(apps, schema_editor):
    both = (apps.get_model("crowd", f"Table{number}").objects.filter(code="culprit") for number in (7, 14))
    if all(rows.exists() for rows in both):
        raise ValueError("two rows that do not go together")


class Migration(migrations.Migration):
    dependencies = [("crowd", "0001_initial")]
    operations = [migrations.RunPython(migrations.RunPython.noop, refuse)]
"""


def _fields(number: int) -> list[str]:
    hub = ['("hub", models.ForeignKey("crowd.Table0", models.CASCADE))'] if number and number % 3 == 0 else []
    return [
        '("id", models.BigAutoField(primary_key=True))',
        '("code", models.CharField(max_length=40))',
        *hub,
    ]


def _initial() -> str:
    tables = (
        f'        migrations.CreateModel("Table{number}", [{", ".join(_fields(number))}]),\n'
        for number in range(TABLES)
    )
    return (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f"    operations = [\n{''.join(tables)}    ]\n"
    )


def _models() -> str:
    classes = []
    for number in range(TABLES):
        hub = "    hub = models.ForeignKey(Table0, models.CASCADE)\n" if number and number % 3 == 0 else ""
        classes.append(
            f"class Table{number}(models.Model):\n    code = models.CharField(max_length=40)\n{hub}"
        )
    return "from django.db import models\n\n" + "\n".join(classes)


def _project(folder: Path) -> None:
    files = {
        "manage.py": MANAGE,
        "settings.py": SETTINGS.format(apps=["crowd"]),
        "crowd/__init__.py": "",
        "crowd/models.py": _models(),
        "crowd/migrations/__init__.py": "",
        "crowd/migrations/0001_initial.py": _initial(),
        "crowd/migrations/0002_refuses.py": REFUSES,
        "migration_scenarios/crowd.py": SCENARIO,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _reduced(folder: Path, database: str) -> MinimalRowsFound | None:
    log = folder / f"{database}.jsonl"
    subprocess.run(
        [
            *(sys.executable, "-m", "django_switchback", "--project", str(folder), "--quiet"),
            *("--database", database, "--migration", "crowd.0002", "--evidence", str(log)),
        ],
        env=steady(),
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return next((record for record in evidence.read(log) if isinstance(record, MinimalRowsFound)), None)


def main() -> int:
    """Print what it took on each engine; return 1 where it took too long or left too much."""
    good = True
    with tempfile.TemporaryDirectory(prefix="switchback-benchmark-") as name:
        folder = Path(name)
        _project(folder)
        for database in DATABASES:
            found = _reduced(folder, database)
            if found is None:
                print(f"{database}: nothing was reduced")
                good = False
                continue
            left = tuple(row.table for row in found.rows)
            print(
                f"{database}: {len(left)} of {found.on_board} rows in {found.seconds:.1f} s "
                f"and {found.trials} trials: {', '.join(left)}"
            )
            good = good and found.complete and found.seconds <= AT_MOST and sorted(left) == sorted(CULPRITS)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
