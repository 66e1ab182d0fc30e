"""What a million rows cost: two tables brought to so many, moments of them taken and compared.

``python benchmarks/rows.py [ROWS] [sqlite|postgresql]`` prints seconds and the process's memory at its peak.
Two tables are made, the second of which refers to the first; on PostgreSQL a million rows in one of them are
to be there in under 60 s.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

import django
from django.conf import settings
from django.db import connections, models
from django.db.migrations.state import ModelState, ProjectState

from django_switchback.sandbox.interface import Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.worker.compare import snapshots
from django_switchback.worker.seed.seeder import Seeder

BACKENDS = {"sqlite": "django.db.backends.sqlite3", "postgresql": "django.db.backends.postgresql"}
TEN = (
    "WHERE id IN (SELECT id FROM blog_post ORDER BY id LIMIT 10 OFFSET (SELECT count(*) / 2 FROM blog_post))"
)
CHANGES = {
    "one row in a hundred": (
        "UPDATE blog_post SET views = views / 2 + 1 WHERE id % 100 = 0",
        "ALTER TABLE blog_post ADD COLUMN extra integer DEFAULT 1",
    ),
    "a column of every row": ("UPDATE blog_post SET views = views / 2 - 7",),
    "10 rows in the middle": (f"UPDATE blog_post SET title = 'other' {TEN}",),
    "10 rows deleted": (f"DELETE FROM blog_post {TEN}",),
}
"""What is done between two moments."""
LIMIT = 2 * 60.0
"""Seconds for both tables."""
T = TypeVar("T")


def main(rows: int, database: str) -> int:
    """Print what each part costs; 1 where making the rows took longer than it may on PostgreSQL."""
    settings.configure(USE_TZ=True, INSTALLED_APPS=[])
    django.setup()
    with ExitStack() as stack:
        server = stack.enter_context(open_server(database, RunIdentity.new(), notice=print, in_memory=False))
        made = measured(server, rows)
    return int(database == "postgresql" and made > LIMIT)


def measured(server: Server, rows: int) -> float:
    """Make and compare ``rows`` rows in a new sandbox; return the seconds that making them took."""
    factory = server.factory()
    address = factory.create("rows")
    mine = {"ENGINE": BACKENDS[address.engine], "NAME": address.name, "HOST": address.host}
    mine |= {"PORT": address.port, "USER": address.user, "PASSWORD": address.password}
    connections.settings["default"] = connections.configure_settings({"default": mine})["default"]
    connection = connections["default"]
    apps = created(connection)
    seeder = Seeder(connection, 0, many=rows)
    began = time.perf_counter()
    told("rows made", lambda: seeder.fill(apps, many=True))
    made = time.perf_counter() - began
    compared(connection)
    connection.close()
    factory.drop(address)
    return made


def created(connection: Any) -> Any:
    """Create one table as an application has it, with what it refers to; return the models."""
    project = ProjectState()
    author: list[tuple[str, Any]] = [("id", models.BigAutoField(primary_key=True))]
    author += [("name", models.CharField(max_length=50))]
    post: list[tuple[str, Any]] = [("id", models.BigAutoField(primary_key=True))]
    post += [("author", models.ForeignKey("blog.Author", on_delete=models.CASCADE))]
    post += [("slug", models.SlugField(max_length=80, unique=True))]
    post += [("title", models.CharField(max_length=100)), ("text", models.TextField(null=True))]
    post += [("at", models.DateTimeField(db_index=True)), ("views", models.IntegerField(default=0))]
    post += [("price", models.DecimalField(max_digits=9, decimal_places=2, null=True))]
    for name, fields in (("Author", author), ("Post", post)):
        project.add_model(ModelState("blog", name, fields))
    with connection.schema_editor() as editor:
        for name in ("Author", "Post"):
            editor.create_model(project.apps.get_model("blog", name))
    return project.apps


def compared(connection: Any) -> None:
    """Take a moment, then for each change another one, which is compared with the one before."""
    before = told("first moment", lambda: snapshots.take_snapshot(connection, bulk=True))
    told("the same moment again", lambda: snapshots.take_snapshot(connection, before))
    for what, statements in CHANGES.items():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        after = told(what, partial(snapshots.take_snapshot, connection, before))
        found = told("  compared", partial(snapshots.difference, before, after))
        for row in found.rows:
            counts = f"{row.lost} lost, {row.changed} changed in {', '.join(row.columns) or 'nothing'}"
            print(f"  {row.table}: {counts}; {len(row.examples)} shown")
        before = after


def told(what: str, action: Callable[[], T]) -> T:
    """Do it and print what it took."""
    began = time.perf_counter()
    done = action()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:<24} {time.perf_counter() - began:7.2f} s   {peak:5d} MiB at the peak")
    return done


if __name__ == "__main__":
    given = [*sys.argv[1:], "1000000", "postgresql"][: max(2, len(sys.argv) - 1)]
    sys.exit(main(int(given[0]), given[1] if len(sys.argv) > 2 else "postgresql"))
