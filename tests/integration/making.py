"""Small Django projects written into a folder, and the real program run on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, NamedTuple

from django_switchback import evidence
from django_switchback.evidence import AnyRecord, DatabaseStarted, RunStarted, StepFinished
from django_switchback.sandbox import folders, processes
from django_switchback.sandbox.names import parse_name

MANAGE = """
    import os
    import sys


    def main():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


    if __name__ == "__main__":
        main()
"""

SETTINGS = """
    import os

    SECRET_KEY = "not a secret at all, but long enough to be one"
    DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "own.sqlite3"}}}}
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    USE_TZ = True
    INSTALLED_APPS = {apps!r}
"""


NUMBER = "n=models.IntegerField(default=0)"


class App(NamedTuple):
    """An app: its migrations by name, and its models as source, below the usual import."""

    migrations: Mapping[str, str]
    models: str = ""


class Ran(NamedTuple):
    """What one run of the program came to."""

    status: int
    out: str
    err: str
    report: dict[str, Any]
    records: tuple[AnyRecord, ...]

    def entry(self, migration: str, database: str | None = None) -> dict[str, Any]:
        """Return the one entry of the report on ``migration`` (``app.name``)."""
        entry: dict[str, Any]
        [entry] = [
            entry
            for entry in self.report["migrations"]
            if f"{entry['app']}.{entry['name']}" == migration and database in (None, entry["database"])
        ]
        return entry

    def verdicts(self, database: str | None = None) -> dict[str, str]:
        """Return the verdict on each target."""
        return {
            f"{entry['app']}.{entry['name']}": entry["verdict"]
            for entry in self.report["migrations"]
            if database in (None, entry["database"])
        }

    def rules(self, migration: str, database: str | None = None) -> set[tuple[str, str]]:
        """Return rule and phase of each finding on ``migration``, but for notes."""
        return {
            (finding["rule"], finding["phase"])
            for finding in self.entry(migration, database)["findings"]
            if finding["severity"] != "info"
        }

    def steps(self, migration: str) -> list[tuple[str, str, str]]:
        """Return phase, direction and outcome of each step of ``migration``."""
        return [
            (step["phase"], step["direction"], step["outcome"]) for step in self.entry(migration)["steps"]
        ]

    def of(self, kind: type[Any]) -> list[Any]:
        """Return the records of one kind."""
        return [record for record in self.records if isinstance(record, kind)]


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write ``files`` by their path below ``root``, and an ``__init__.py`` into each folder beside Python."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        for folder in path.relative_to(root).parents:
            if path.suffix == ".py" and folder != Path():
                (root / folder / "__init__.py").touch()
    return root


def project(
    root: Path,
    apps: Mapping[str, App],
    *,
    settings: str = "",
    manage: str = MANAGE,
    contrib: Sequence[str] = (),
) -> Path:
    """Write a project with ``apps`` by their dotted name; ``settings`` is added to the usual ones."""
    files = {
        "manage.py": manage,
        "settings.py": dedent(SETTINGS).format(apps=[*contrib, *apps]) + dedent(settings),
    }
    for name, app in apps.items():
        folder = name.replace(".", "/")
        files[f"{folder}/models.py"] = "from django.db import models\n" + dedent(app.models)
        files[f"{folder}/migrations/__init__.py"] = ""
        for migration, text in app.migrations.items():
            files[f"{folder}/migrations/{migration}.py"] = text
    return write(root, files)


def migration(
    *operations: str, after: Iterable[tuple[str, str]] = (), head: str = "", attributes: str = ""
) -> str:
    """Return a migration's file: ``operations`` as source, ``head`` above the class, ``attributes`` in it."""
    body = f"dependencies = {list(after)!r}\n{dedent(attributes).strip()}\noperations = [\n"
    body += "".join(indent(dedent(operation).strip(), "    ") + ",\n" for operation in operations) + "]\n"
    # With a docstring no rule asks for one.
    top = f'"""A migration of a test."""; from django.db import migrations, models\n{dedent(head)}\n\n'
    return f"{top}class Migration(migrations.Migration):\n{indent(body, '    ')}"


def creates(model: str, *fields: str) -> str:
    """Return the operation that makes a model with a key and ``fields`` (``name=models.X()``)."""
    key = "models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')"
    pairs = [("id", key), *(field.split("=", 1) for field in fields)]
    listed = ", ".join(f"({name!r}, {value})" for name, value in pairs)
    return f"migrations.CreateModel(name={model!r}, fields=[{listed}])"


def adds(model: str, field: str) -> str:
    """Return the operation that adds ``field`` (``name=models.X()``)."""
    name, value = field.split("=", 1)
    return f"migrations.AddField({model!r}, {name!r}, {value})"


def chain(*steps: tuple[str, str], app: str) -> dict[str, str]:
    """Return migrations in a row: pairs of a name and the source of its one operation."""
    names = [name for name, _ in steps]
    befores: list[list[tuple[str, str]]] = [[], *([(app, name)] for name in names)]
    return {
        name: migration(operation, after=after)
        for (name, operation), after in zip(steps, befores, strict=False)
    }


def model(name: str, fields: str = "pass") -> str:
    """Return the source of a model."""
    return f"class {name}(models.Model):\n    {fields}\n"


def simple(app: str, name: str = "Thing") -> App:
    """Return an app of two migrations."""
    steps = chain(("0001_initial", creates(name)), ("0002_number", adds(name, NUMBER)), app=app)
    return App(steps, model(name, "n = models.IntegerField(default=0)"))


def targets(ran: Ran, database: str = "sqlite") -> list[str]:
    """Return the targets on a database, in the order of the plan."""
    [started] = [record for record in ran.of(DatabaseStarted) if record.database == database]
    return [str(target) for target in started.targets]


def steps(ran: Ran, phase: str, database: str = "sqlite") -> list[tuple[str, str]]:
    """Return migration and direction of each step of ``phase`` that ended well, in the order taken."""
    return [
        (str(step.migration), step.direction)
        for step in ran.of(StepFinished)
        if (step.phase, step.database, step.outcome, step.trial) == (phase, database, "ok", False)
    ]


def command(folder: Path, *words: str) -> list[str]:
    """Return the words that start the program on the project in ``folder``."""
    return [sys.executable, "-m", "django_switchback", "--project", str(folder), *words]


def environment(**variables: str) -> dict[str, str]:
    """Return an environment in which nothing but ``variables`` says anything to the program."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("SWITCHBACK_", "DJANGO_", "PG")) and key != "DATABASE_URL"
    }
    return {**kept, "NO_COLOR": "1", "COLUMNS": "200", **variables}


def switchback(
    folder: Path,
    *words: str,
    databases: Sequence[str] = ("sqlite",),
    timeout: float = 120,
    options: Sequence[str] = ("--no-deploy-window",),
    **variables: str,
) -> Ran:
    """Run the program on the project in ``folder``; its report and evidence are read back where they are.

    By default the deploy window is left out: most migrations of these projects break the old release, which
    is not their point.
    """
    results = folder.parent / f"{folder.name}-results"
    results.mkdir(exist_ok=True)
    report, log = results / "report.json", results / "evidence.jsonl"
    report.unlink(missing_ok=True)
    specs = [word for name in databases for word in ("--database", name)]
    done = subprocess.run(
        command(folder, *specs, *options, "--json", str(report), "--evidence", str(log), *words),
        capture_output=True,
        env=environment(**variables),
        cwd=results,
        timeout=timeout,
        check=False,
    )
    records = evidence.read(log) if log.exists() else ()
    for run in (record for record in records if isinstance(record, RunStarted)):
        assert left_by(run.id) == []
    return Ran(
        done.returncode,
        done.stdout.decode(),
        done.stderr.decode(),
        json.loads(report.read_text(encoding="utf-8")) if report.exists() else {},
        records,
    )


def left_by(run: str | None = None) -> list[str]:
    """Return what a run left behind: its folders, and processes that have them on their command lines."""
    found = [
        str(path)
        for place in folders.places()
        for path in place.glob("switchback_*")
        if (made := parse_name(path.name)) is not None and run in (None, made.id)
    ]
    found += [line for line in command_lines() if run is not None and f"switchback_{run}" in line]
    return found


def command_lines() -> Iterator[str]:
    """Yield the command line of every process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            process = processes.owner_and_command(int(entry.name))
            if process is not None:
                yield process[1].replace("\0", " ")
