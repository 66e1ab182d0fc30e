"""The migrations of two releases that stand in place of one that breaks the old release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import migrations, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from seed.support import connected

from django_switchback.sandbox.interface import Server
from django_switchback.worker.release.new_release import ForwardStep
from django_switchback.worker.release.two_releases.plan import two_releases
from django_switchback.worker.snapshot.reading import schema

RANK: Any = models.IntegerField()
NULLABLE_RANK: Any = models.IntegerField(null=True)


@pytest.fixture
def sqlite(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of SQLite."""
    yield from connected(server_of("sqlite"))


@pytest.mark.parametrize(
    ("operations", "written"),
    [
        ([migrations.AddField("note", "rank", NULLABLE_RANK)], []),
        (
            [
                migrations.AddField("note", "rank", NULLABLE_RANK),
                migrations.RunPython(migrations.RunPython.noop),
                migrations.AlterField("note", "rank", RANK),
            ],
            ["0002_expand"],
        ),
    ],
    ids=["null", "made mandatory"],
)
def test_a_column_that_may_be_null_breaks_nothing(
    operations: list[Operation], written: list[str], sqlite: BaseDatabaseWrapper
) -> None:
    """One that the same migration makes mandatory is to stay null until the second release."""
    note = ModelState("blog", "Note", [("id", models.AutoField(primary_key=True))])
    state = ProjectState({("blog", "note"): note})
    migration = type("Migration", (migrations.Migration,), {"operations": operations})("0002_rank", "blog")
    step = ForwardStep(migration, (state, state), (schema(sqlite), schema(sqlite)))
    told = [entry for entry in two_releases(sqlite, step, ["blog_note"]) if entry.code]
    assert [entry.name for entry in told] == written
    assert all("null=True" in entry.code for entry in told)
