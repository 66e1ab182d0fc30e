"""The rehearsal of Wagtail against the procedure that it takes the place of, in the same run.

The procedure is a ``manage.py`` subprocess a step on one database: everything forward, ``check --deploy`` and
the list of migrations, then for each app the last five, newest first: roll back to the one before, and
forward again. It looks at exit statuses only. The rehearsal is the whole command with its defaults: from
nothing, seeded, compared, unwound. Both start a PostgreSQL 18 of their own and stop it. The rehearsal is
carried out before the procedure and after it, and counts with the mean: a machine is not as fast at one time
as at another.

``python benchmarks/wagtail.py [--quick]``: ``--quick`` takes every fifth pair of the procedure's steps, each
depth as often as any other, and counts each of them five times.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from spent import Spent, spent, steady

from django_switchback import evidence
from django_switchback.evidence import DatabaseStarted, MigrationName, ProjectDescribed
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.worker.guard.database_urls import sandbox_url

ROOT = Path(__file__).parents[1]
PROJECT = ROOT / "tests" / "projects" / "wagtail"
APPS = (
    "wagtailcore",
    "wagtaildocs",
    "wagtailimages",
    "wagtailsearchpromotions",
    "wagtailforms",
    "wagtailredirects",
    "wagtailembeds",
    "wagtailusers",
    "wagtailsearch",
    "wagtailadmin",
    "taggit",
)
DATABASE = "postgresql-18"
ONE_OF = 5
WANTED = 8
AIM = 20


class Step(NamedTuple):
    """One target of the procedure, and what its app is migrated to for rolling it back."""

    app: str
    previous: str


class Baseline(NamedTuple):
    """What the procedure cost, and how many of its steps failed."""

    forward: Spent
    steps: Spent
    failed: int


def rehearse(log: Path) -> Spent:
    """Run the command, which finds errors in Wagtail, and return what it cost."""
    words = [
        sys.executable,
        "scripts/test_migrations.py",
        "--project",
        str(PROJECT),
        "--settings",
        "settings",
    ]
    words += ["--database", DATABASE, "--evidence", str(log), "--quiet"]
    with spent() as cost:
        done = subprocess.run(
            [*words, *(word for app in APPS for word in ("--app", app))],
            cwd=ROOT,
            env=steady(),
            stdout=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode != 1:
        sys.exit(f"the rehearsal ended with status {done.returncode}: expected 1, as Wagtail has errors")
    return cost


def procedure(log: Path) -> Iterator[Step]:
    """Yield the steps for the targets that the rehearsal had: app by app, newest first."""
    records = evidence.read(log)
    (described,) = (record for record in records if isinstance(record, ProjectDescribed))
    (started,) = (record for record in records if isinstance(record, DatabaseStarted))
    before: dict[MigrationName, str] = {}
    for fact in described.migrations:
        own = [parent.name for parent in fact.dependencies if parent.app == fact.id.app]
        before[fact.id] = max(own, default="zero")
    for app in APPS:
        for target in reversed([target for target in started.targets if target.app == app]):
            yield Step(app, before[target])


def baseline(steps: list[Step]) -> Baseline:
    """Carry out the procedure and return what it cost."""
    failed = 0
    with spent() as forward, open_server(DATABASE, RunIdentity.new()) as server:
        scratch = server.factory().create("baseline")
        failed += manage(sandbox_url(scratch), "migrate", "--noinput")
        failed += manage(sandbox_url(scratch), "check", "--deploy")
        failed += manage(sandbox_url(scratch), "showmigrations", "--plan")
        with spent() as costs:
            for step in steps:
                failed += manage(sandbox_url(scratch), "migrate", step.app, step.previous, "--noinput")
                failed += manage(sandbox_url(scratch), "migrate", step.app, "--noinput")
    # What remains is the server, the way to head and what is asked of it.
    forward.wall -= costs.wall
    forward.cpu -= costs.cpu
    return Baseline(forward, costs, failed)


def manage(address: str, *words: str) -> bool:
    """Run ``manage.py`` and tell whether it failed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=steady() | {"DATABASE_URL": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode != 0


def main() -> None:
    """Measure both sides and print them with their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fifth of the procedure's steps")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "evidence.jsonl")
        runs = [rehearse(log)]
        every = list(procedure(log))
        taken = [step for place, step in enumerate(every) if place % ONE_OF == place // ONE_OF % ONE_OF]
        theirs = baseline(taken if quick else every)
        log.unlink()
        runs.append(rehearse(log))
    scale = len(every) / len(taken) if quick else 1.0
    wall = theirs.forward.wall + theirs.steps.wall * scale
    cpu = theirs.forward.cpu + theirs.steps.cpu * scale
    counted = f"{len(taken)} of " if quick else ""
    print(f"the procedure  {wall:8.1f} s  {cpu:8.1f} s of processors  ({counted}{len(every)} targets)")
    for run in runs:
        print(f"the rehearsal  {run}")
    ratio = wall / mean(run.wall for run in runs)
    ratios = f"{ratio:8.1f}    {cpu / mean(run.cpu for run in runs):8.1f}"
    print(f"ratio          {ratios}  (wanted: {WANTED}, aimed at: {AIM})")
    print(f"steps of the procedure that failed: {theirs.failed}")
    sys.exit(ratio < WANTED)


if __name__ == "__main__":
    main()
