"""The migrations of two releases that stand in place of one that breaks the old release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import migrations, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from seed.support import connected, migration_of, model

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


def written(sqlite: BaseDatabaseWrapper, *target: Operation) -> list[str]:
    """Return the code of the migrations to write in place of one with the operations ``target``."""
    before = ProjectState()
    twice: Any = models.GeneratedField(
        expression=models.F("n") * 2, output_field=models.IntegerField(), db_persist=True
    )
    fields: Any = ("n", models.IntegerField()), ("twice", twice)
    before.add_model(model("Note", *fields, indexes=[models.Index(fields=["n"], name="by_n")]))
    migration = migration_of(*target, name="0002_target")
    after = migration.mutate_state(before)
    step = ForwardStep(migration, (before, after), ({}, {}))
    return [planned.code for planned in two_releases(sqlite, step, {"shop_note"})]


def test_an_index_is_removed_before_its_column(sqlite: BaseDatabaseWrapper) -> None:
    """What the operation may need is in the first of its migrations, and only there."""
    removed = migrations.RemoveIndex("note", "by_n"), migrations.RemoveField("note", "n")
    first, second = written(sqlite, *removed)
    assert first.index("RemoveIndex") < first.index("RemoveField")
    assert "RemoveIndex" not in second


def test_a_generated_column_is_dropped_without_a_copy(sqlite: BaseDatabaseWrapper) -> None:
    """The database makes its values again."""
    first, second = written(sqlite, migrations.RemoveField("note", "twice"))
    assert "state_operations" in first
    assert "migrations.RemoveField" in second
    assert "RunSQL" not in second


def test_a_foreign_key_is_added_without_its_default(sqlite: BaseDatabaseWrapper) -> None:
    """The old release cannot delete a row that all others refer to."""
    key: Any = models.ForeignKey("shop.Note", models.CASCADE, default=1)
    first, _ = written(sqlite, migrations.AddField("note", "first", key))
    assert "null=True" in first
    assert "default=1" not in first
