"""The rehearsal of Wagtail against the procedure that it takes the place of, in the same run.

The procedure is a ``manage.py`` subprocess a step on one database: everything forward, ``check --deploy`` and
the list of migrations, then for each app the last five, newest first: roll back to the one before, and
forward again. It looks at exit statuses only. The rehearsal is the whole command with its defaults: from
nothing, seeded, compared, unwound, with the deploy window. Both start a PostgreSQL 18 of their own and stop
it. The rehearsal is carried out before the procedure and after it, and counts with the mean: a machine is not
as fast at one time as at another. Beside it stand the rehearsal without the deploy window, by one worker, and
of one migration that changed in an app that comes after Wagtail's.

``python benchmarks/wagtail.py [--quick]``: ``--quick`` takes every fifth pair of the procedure's steps, each
depth as often as any other, and counts each of them five times.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from figures import Figure, print_all
from spent import ROOT, SWITCHBACK, Spent, run

from django_switchback import evidence
from django_switchback.evidence import DatabaseStarted, MigrationName, ProjectDescribed
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.worker.guard.database_urls import sandbox_url

PROJECT = ROOT / "tests" / "projects" / "wagtail"
DATABASE = "postgresql-18"
ONE_OF = 5
FOUND_ERRORS = 1
"""Exit status of the rehearsal: Wagtail has migrations that cannot be rolled back."""
MODELS = """\
from django.db import models


class Entry(models.Model):
    id = models.BigAutoField(primary_key=True)
    page = models.ForeignKey("wagtailcore.Page", models.CASCADE)
    title = models.CharField(max_length=80)
    text = models.TextField(null=True)
"""
INITIAL = """\
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wagtailcore", "{newest}")]
    operations = [
        migrations.CreateModel(
            "Entry",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("page", models.ForeignKey("wagtailcore.Page", django.db.models.deletion.CASCADE)),
                ("title", models.CharField(max_length=80)),
            ],
        )
    ]
"""
CHANGED = """\
from django.db import migrations, models

VERSION = {version}


class Migration(migrations.Migration):
    dependencies = [("zoo", "0001_initial")]
    operations = [migrations.AddField("Entry", "text", models.TextField(null=True))]
"""


class Procedure(NamedTuple):
    """Seconds of the procedure's parts: the way to head, what is asked of head, and its steps."""

    forward: float
    asked: float
    steps: float

    @property
    def bare(self) -> float:
        """Seconds of ``migrate`` alone."""
        return self.forward + self.steps


def rehearse(project: Path, *options: str, statuses: tuple[int, ...] = (FOUND_ERRORS,)) -> Spent:
    """Run the command on ``project``."""
    words = (
        *SWITCHBACK,
        "--project",
        str(project),
        "--settings",
        "settings",
        "--database",
        DATABASE,
        "--quiet",
    )
    return run([*words, *options], statuses=statuses)


def procedure(log: Path) -> list[tuple[str, str]]:
    """Return app and name of what each step rolls back to, for the targets of the rehearsal, newest first."""
    records = evidence.read(log)
    (described,) = (record for record in records if isinstance(record, ProjectDescribed))
    (started,) = (record for record in records if isinstance(record, DatabaseStarted))
    before: dict[MigrationName, str] = {}
    for fact in described.migrations:
        own = [parent.name for parent in fact.dependencies if parent.app == fact.id.app]
        before[fact.id] = max(own, default="zero")
    apps = dict.fromkeys(target.app for target in started.targets)
    return [
        (app, before[target])
        for app in apps
        for target in reversed([target for target in started.targets if target.app == app])
    ]


def carry_out(steps: list[tuple[str, str]], *, quick: bool) -> Procedure:
    """Carry out the procedure, or a fifth of its steps."""
    taken = [step for place, step in enumerate(steps) if place % ONE_OF == place // ONE_OF % ONE_OF]
    with open_server(DATABASE, RunIdentity.new()) as server:
        address = sandbox_url(server.factory().create("procedure"))
        forward = manage(address, "migrate", "--noinput")
        asked = manage(address, "check", "--deploy") + manage(address, "showmigrations", "--plan")
        spent = sum(
            manage(address, "migrate", app, previous, "--noinput")
            + manage(address, "migrate", app, "--noinput")
            for app, previous in (taken if quick else steps)
        )
    return Procedure(forward, asked, spent * (len(steps) / len(taken) if quick else 1))


def manage(address: str, *words: str) -> float:
    """Run ``manage.py`` and return its seconds; a step of the procedure may fail."""
    variables = {"DATABASE_URL": address}
    return run([sys.executable, "manage.py", *words], PROJECT, statuses=(0, 1), variables=variables).wall


def copy_project(folder: Path, newest: str) -> Path:
    """Copy the project into a new repository, with an app of two migrations, the second not committed."""
    project = folder / "site"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__", "pyproject.toml"))
    migrations = project / "zoo" / "migrations"
    migrations.mkdir(parents=True)
    for package in (project / "zoo", migrations):
        (package / "__init__.py").touch()
    (project / "zoo" / "models.py").write_text(MODELS)
    (migrations / "0001_initial.py").write_text(INITIAL.format(newest=newest))
    with (project / "settings.py").open("a") as settings:
        settings.write('\nINSTALLED_APPS.append("zoo")\n')
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=project, check=True)
    return project


def changed_only(newest: str, whole: float) -> Iterator[Figure]:
    """Measure one changed migration without the cache, and changed once more with what the cache knows."""
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder), newest)
        changed = project / "zoo" / "migrations" / "0002_changed.py"
        since = ("--since", "HEAD")
        for what, options, least in (
            ("one changed migration, `--since`", (), 15),
            ("the same with `--cache`", ("--cache", f"{folder}/cache"), 60),
        ):
            for version in range(2 if options else 1):
                # With the cache the first run fills it; the second one counts.
                changed.write_text(CHANGED.format(version=version))
                spent = rehearse(project, *since, *options, statuses=(0,))
            yield Figure(
                f"Wagtail, {what}",
                f"procedure {whole:.0f} s",
                f"rehearsal {spent.wall:.1f} s",
                whole / spent.wall,
                least=least,
            )


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Yield each figure as soon as it is measured."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "evidence.jsonl")
        first = rehearse(PROJECT, "--evidence", str(log)).wall
        steps = procedure(log)
        theirs = carry_out(steps, quick=quick)
        (described,) = (record for record in evidence.read(log) if isinstance(record, ProjectDescribed))
    newest = max(fact.id.name for fact in described.migrations if fact.id.app == "wagtailcore")
    ours = mean([first, rehearse(PROJECT).wall])
    without = rehearse(PROJECT, "--no-deploy-window").wall
    alone = rehearse(PROJECT, "--jobs", "1").wall
    figures = [
        Figure(
            f"Wagtail, {len(steps)} targets, with the deploy window",
            f"procedure {theirs.bare + theirs.asked:.0f} s",
            f"rehearsal {ours:.1f} s",
            (theirs.bare + theirs.asked) / ours,
            least=12,
        ),
        Figure(
            "the same, `migrate` alone",
            f"procedure {theirs.bare:.0f} s",
            f"rehearsal {ours:.1f} s",
            theirs.bare / ours,
            least=10,
        ),
        Figure(
            "Wagtail, deploy window",
            f"without {without:.1f} s",
            f"with {ours:.1f} s",
            ours / without,
            most=1.25,
        ),
        Figure("Wagtail, workers", f"one {alone:.1f} s", f"`--jobs` by default {ours:.1f} s", alone / ours),
    ]
    yield from figures
    yield from changed_only(newest, theirs.bare + theirs.asked)


if __name__ == "__main__":
    sys.exit(not print_all(measure(quick="--quick" in sys.argv[1:])))
