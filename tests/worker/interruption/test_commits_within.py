"""Where a migration that is not atomic commits within its operations, and before what they defer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations import AddField, CreateModel, RunSQL
from django.db.migrations.state import ProjectState
from seed.support import connected, created, migration_of, model

from django_switchback.sandbox.interface import Server
from django_switchback.worker.interruption.commits_within import AT_THE_END, CommitsWithin
from django_switchback.worker.migrate.interruption import StepInterrupted

OPERATIONS = (
    RunSQL("UPDATE shop_box SET label = 'x'"),
    AddField("box", "size", models.IntegerField(default=0)),
    CreateModel("Tag", [("box", models.OneToOneField("shop.box", models.CASCADE, primary_key=True))]),
    CreateModel(
        "Lid", [("id", models.AutoField(primary_key=True)), ("size", models.IntegerField(db_index=True))]
    ),
)


@pytest.fixture
def database(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox."""
    yield from connected(server_of("sqlite"))


def run(connection: BaseDatabaseWrapper, commits: CommitsWithin) -> None:
    """Apply the operations without a transaction."""
    box = model("Box", ("label", models.CharField(max_length=9)))
    state = ProjectState()
    state.add_model(box)
    created(connection, box)
    with connection.execute_wrapper(commits), connection.schema_editor(atomic=False) as editor:
        migration_of(*OPERATIONS).apply(state, editor)


def test_django_commits_each_statement(database: BaseDatabaseWrapper) -> None:
    """A table is made anew by four statements; an index is created once all operations are done."""
    commits = CommitsWithin(database, OPERATIONS)
    run(database, commits)
    assert [commit.operation_index for commit in commits.found_in_schema] == [1, 1, 1, AT_THE_END]
    assert [commit.sql.split()[0] for commit in commits.found_in_schema[:3]] == ["CREATE", "INSERT", "DROP"]
    assert commits.found_in_data == []
    assert commits.texts == {OPERATIONS[0].sql}


def test_the_step_ends_before_what_is_deferred(database: BaseDatabaseWrapper) -> None:
    """All operations are done, and the index is missing."""
    commits = CommitsWithin(database, OPERATIONS)
    run(database, commits)
    with database.cursor() as cursor:
        for table in ("shop_lid", "shop_tag", "shop_box"):
            cursor.execute(f"DROP TABLE {table}")
    again = CommitsWithin(database, OPERATIONS, commits.found_in_schema[-1])
    with pytest.raises(StepInterrupted):
        run(database, again)
    database.close()
    assert {"shop_box", "shop_tag", "shop_lid"} <= set(database.introspection.table_names())
    with database.cursor() as cursor:
        assert not [
            item
            for item in database.introspection.get_constraints(cursor, "shop_lid").values()
            if item["index"]
        ]
