"""The new release's statements: sequences behind their tables, refusals, models that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations import (
    AddField,
    AlterField,
    AlterModelTable,
    RemoveField,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from seed.support import connected, created, model

from django_switchback.sandbox.interface import Server
from django_switchback.worker.release.release_statements import try_release
from django_switchback.worker.release.sequence_collisions import new_collisions
from django_switchback.worker.release.state_changes import tables_of_changed_models, tables_of_moved_models
from django_switchback.worker.release.table_trial import StatementAttempt
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.snapshot.reading import schema


@pytest.fixture(params=("sqlite", "postgresql-18"))
def database(
    request: pytest.FixtureRequest, server_of: Callable[[str], Server]
) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of each kind."""
    yield from connected(server_of(str(request.param)))


@pytest.fixture
def postgresql(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of PostgreSQL 18."""
    yield from connected(server_of("postgresql-18"))


def run(connection: BaseDatabaseWrapper, *statements: str) -> None:
    """Run statements."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def box() -> Any:
    """Return a model with a text."""
    return model("Box", ("label", models.CharField(max_length=9)))


def attempts_on_box(connection: BaseDatabaseWrapper, *statements: str) -> dict[str, StatementAttempt]:
    """Return the attempts on a table of boxes, by statement, after ``statements`` of a migration."""
    apps = created(connection, box())
    before = schema(connection)
    run(connection, *statements)
    collisions = new_collisions(connection, before, schema(connection))
    attempts = try_release(
        connection, apps, {"shop_box"}, Seeder(connection, 0), collisions=collisions, structural=True
    )
    return {attempt.statement: attempt for attempt in attempts}


@pytest.mark.parametrize(("key", "inserts_before"), [(1, 0), (1001, 1000)])
def test_sequence_behind_its_table(postgresql: BaseDatabaseWrapper, key: int, inserts_before: int) -> None:
    """A key that is taken, next or later, is the failure of the insert, and the sequence is named."""
    attempts = attempts_on_box(postgresql, f"INSERT INTO shop_box VALUES ({key}, 'a'), ({key + 1}, 'b')")
    assert attempts["insert"].failure is not None
    assert attempts["insert"].failure.sqlstate == "23505"
    assert attempts["insert"].collision is not None
    assert attempts["insert"].collision.name == "shop_box_id_seq"
    assert attempts["insert"].collision.inserts_before == inserts_before
    assert [name for name, attempt in attempts.items() if attempt.is_broken] == ["insert"]


def test_sequence_of_a_column_that_may_repeat(postgresql: BaseDatabaseWrapper) -> None:
    """A sequence behind a column that is not unique makes no insert fail."""
    attempts = attempts_on_box(
        postgresql,
        "CREATE SEQUENCE numbers",
        "ALTER TABLE shop_box ADD COLUMN number integer DEFAULT nextval('numbers') NOT NULL",
        "INSERT INTO shop_box (label, number) VALUES ('a', 7)",
    )
    assert not any(attempt.is_broken for attempt in attempts.values())


def test_other_reason_beside_a_sequence(postgresql: BaseDatabaseWrapper) -> None:
    """An insert that fails with a free key too is not put down to the sequence."""
    attempts = attempts_on_box(
        postgresql,
        "INSERT INTO shop_box VALUES (1, 'a')",
        "ALTER TABLE shop_box ADD COLUMN source text",
        "UPDATE shop_box SET source = ''",
        "ALTER TABLE shop_box ALTER COLUMN source SET NOT NULL",
    )
    assert attempts["insert"].failure is not None
    assert attempts["insert"].failure.sqlstate == "23502"
    assert attempts["insert"].collision is None


def test_refused_values_claim_nothing(postgresql: BaseDatabaseWrapper) -> None:
    """A check that only SQL knows may refuse the row that was made: whether others fit is unknown."""
    attempts = attempts_on_box(postgresql, "ALTER TABLE shop_box ADD CHECK (label = 'no such label')")
    assert attempts["insert"].failure is None
    assert str(attempts["insert"].untried).startswith("the row was refused: IntegrityError")


def test_trigger_that_raises(database: BaseDatabaseWrapper) -> None:
    """What a trigger raises by intention is told apart from what fails in it."""
    if database.vendor == "sqlite":
        trigger = ["CREATE TRIGGER t BEFORE INSERT ON shop_box BEGIN SELECT RAISE(ABORT, 'no'); END"]
    else:
        trigger = [
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$",
            "CREATE TRIGGER t BEFORE INSERT ON shop_box FOR EACH ROW EXECUTE FUNCTION f()",
        ]
    failure = attempts_on_box(database, *trigger)["insert"].failure
    assert failure is not None
    assert failure.doubt == "trigger"


class Shelf(models.CharField):
    """A field of the project's own that reads no other values than its own."""

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        """Refuse the value."""
        raise LookupError(value)


def test_field_of_the_projects_own(database: BaseDatabaseWrapper) -> None:
    """What a field of the project's own raises for a value that was made is told apart."""
    created(database, box())
    run(database, "INSERT INTO shop_box (label) VALUES ('a')")
    project = ProjectState()
    project.add_model(model("Box", ("label", Shelf(max_length=9))))
    attempts = try_release(database, project.apps, {"shop_box"}, Seeder(database, 0), structural=True)
    failures = [attempt.failure for attempt in attempts if attempt.failure is not None]
    assert {failure.doubt for failure in failures} == {"field"}


@pytest.mark.parametrize(
    ("operation", "tables"),
    [
        (SeparateDatabaseAndState(state_operations=[RemoveField("Box", "label")]), {"shop_box"}),
        (AlterField("Box", "label", Shelf(max_length=9)), {"shop_box"}),
        (AlterField("Box", "label", models.CharField(max_length=9, help_text="?")), set()),
        (AddField("Box", "size", models.IntegerField(default=0)), set()),
        (SeparateDatabaseAndState(database_operations=[RemoveField("Box", "label")]), set()),
    ],
)
def test_models_that_change_without_their_table(operation: Operation, tables: set[str]) -> None:
    """A table is tried where only the state changes it, or another class reads its column."""
    before = ProjectState()
    before.add_model(box())
    after = before.clone()
    operation.state_forwards("shop", after)
    assert tables_of_changed_models("shop", [operation], before, after) == tables


@pytest.mark.parametrize(
    ("renamed", "used_at_head", "expected"),
    [(True, False, {"shop_box"}), (True, True, set()), (False, False, set())],
)
def test_moved_model(renamed: bool, used_at_head: bool, expected: set[str]) -> None:
    """A table that went to one of two models is not one of the other's, unless that is there at head."""
    before, head = ProjectState(), ProjectState()
    before.add_model(box())
    before.add_model(model("Crate", ("label", models.CharField(max_length=9)), db_table="shop_box"))
    if used_at_head:
        head.add_model(box())
    after = before.clone()
    if renamed:
        AlterModelTable("crate", None).state_forwards("shop", after)
    assert tables_of_moved_models(before.apps, after.apps, head.apps) == expected
