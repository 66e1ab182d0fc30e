"""Short names for what is typed often; ``invoke --list`` explains each. All logic is in the noxfile."""

from __future__ import annotations

import shlex

from invoke.context import Context
from invoke.tasks import task


@task(
    positional=["app"],
    iterable=["database"],
    help={
        "app": "The app whose migrations are rolled back, for instance blog.",
        "migration": "Only this one of its migrations; a number such as 0007 will do.",
        "database": "sqlite, postgresql-18 …; repeatable. Left out: sqlite and postgresql.",
    },
)
def rollback_test(context: Context, app: str, database: list[str], migration: str = "") -> None:
    """Roll the last migrations of an app back, and forward again, with rows on board."""
    targets = ["--migration", f"{app}.{migration}"] if migration else ["--app", app]
    databases = [word for name in database for word in ("--database", name)]
    nox(context, "rehearsal", "--", *targets, *databases)


@task
def migrations(context: Context) -> None:
    """Rehearse all migrations on SQLite, PostgreSQL 15 and PostgreSQL 18."""
    nox(context, "migrations")


@task
def all_checks(context: Context) -> None:
    """Run every check on every database: one table."""
    nox(context, "all-checks")


@task
def backup_verification(context: Context) -> None:
    """Dump, restore and compare the seeded databases, and roll the release back on the copies."""
    nox(context, "backup-verification")


@task
def performance(context: Context) -> None:
    """Time each migration's steps against the budgets."""
    nox(context, "performance")


@task(
    positional=["migration"],
    help={"migration": "One migration, for instance blog.0007_add_performance_indexes."},
)
def checklist(context: Context, migration: str) -> None:
    """Fill the migration checklist in for one migration, as Markdown for its pull request."""
    nox(context, "checklist", "--", "--migration", migration)


@task(positional=["log"], iterable=["log"], help={"log": "An evidence log; repeatable."})
def report(context: Context, log: list[str]) -> None:
    """Report again from evidence logs, merged."""
    nox(context, "report", "--", *log)


@task
def tests(context: Context) -> None:
    """Test Switchback itself."""
    nox(context, "tests")


@task
def lint(context: Context) -> None:
    """Check style, formatting and types."""
    nox(context, "lint", "typing")


def nox(context: Context, *words: str) -> None:
    """Run nox sessions; its exit status is invoke's."""
    context.run(shlex.join(["nox", "-s", *words]), echo=True)
