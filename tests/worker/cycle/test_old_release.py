"""The old release's own statements on a database that was rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from seed.support import connected, created, model, rows

from django_switchback.sandbox.interface import Server
from django_switchback.worker.cycle.old_release import UNKNOWN, StatementAttempt, try_old_release
from django_switchback.worker.seed.seeder import Seeder

STATEMENTS = ("insert", "select", "update", "delete")


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


def failed(attempts: tuple[StatementAttempt, ...]) -> dict[str, str]:
    """Return the type of what each statement raised."""
    return {attempt.statement: attempt.failure.type for attempt in attempts if attempt.failure is not None}


def run(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def book() -> tuple[Any, Any]:
    """Return two models, one of which points at the other."""
    author: Any = models.ForeignKey("shop.Author", models.CASCADE)
    name: Any = models.CharField(max_length=9)
    return model("Author", ("name", name)), model("Book", ("author", author), ("title", name))


def test_all_is_well(database: BaseDatabaseWrapper) -> None:
    """On a sound database every statement succeeds, every row is as it was, and a table may have no model."""
    apps = created(database, *book())
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    before = rows(database, apps, "Book"), rows(database, apps, "Author")
    attempts = try_old_release(database, apps, {"shop_book", "shop_author", "other"}, seeder)
    assert [(attempt.table, attempt.statement) for attempt in attempts] == [
        (table, statement) for table in ("other", "shop_author", "shop_book") for statement in STATEMENTS
    ]
    assert all(attempt.failure is None for attempt in attempts)
    assert {attempt.table for attempt in attempts if attempt.untried == UNKNOWN} == {"other"}
    assert {attempt.table for attempt in attempts if attempt.untried is None} == {"shop_author", "shop_book"}
    assert (rows(database, apps, "Book"), rows(database, apps, "Author")) == before


def test_two_rows_for_what_is_needed_twice_one_to_one(database: BaseDatabaseWrapper) -> None:
    """Each of two new rows of a table that points at itself one to one points at itself, not at the other."""

    def item() -> Any:
        return models.OneToOneField("shop.Seat", models.CASCADE, related_name="+")

    apps = created(
        database, model("Seat", ("beside", item())), model("Pass", ("there", item()), ("back", item()))
    )
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    attempts = try_old_release(database, apps, {"shop_seat", "shop_pass"}, seeder)
    assert [attempt for attempt in attempts if attempt.failure or attempt.untried] == []


def test_empty_tables(database: BaseDatabaseWrapper) -> None:
    """An empty table is tried all the same; the rows that it needs elsewhere are made and undone."""
    apps = created(database, *book())
    attempts = try_old_release(database, apps, {"shop_book"}, Seeder(database, 0))
    assert failed(attempts) == {}
    assert len(attempts) == 4
    assert rows(database, apps, "Author") == []


def test_sequence_behind_its_table(postgresql: BaseDatabaseWrapper) -> None:
    """A sequence that gives keys which are taken makes the insert fail, and that alone."""
    apps = created(postgresql, *book())
    seeder = Seeder(postgresql, 0)
    seeder.fill(apps)
    run(postgresql, "ALTER TABLE shop_author ALTER COLUMN id RESTART WITH 1")
    attempts = try_old_release(postgresql, apps, {"shop_author"}, seeder)
    assert failed(attempts) == {"insert": "IntegrityError"}
    assert attempts[3].untried == "no row was inserted to be deleted"


def test_column_that_the_rollback_left(database: BaseDatabaseWrapper) -> None:
    """A column that old code knows nothing of and that cannot be null makes its inserts fail."""
    apps = created(database, *book())
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    run(database, "ALTER TABLE shop_author ADD COLUMN rank integer DEFAULT 1 NOT NULL")
    assert failed(try_old_release(database, apps, {"shop_author"}, seeder)) == {}
    run(database, "DROP TABLE shop_book")
    run(database, "DROP TABLE shop_author")
    run(database, "CREATE TABLE shop_author (id integer PRIMARY KEY, name varchar(9), rank integer NOT NULL)")
    attempts = try_old_release(database, apps, {"shop_author"}, seeder)
    assert failed(attempts)["insert"] == "IntegrityError"
    assert attempts[2].untried == "there is no row to change"


def test_column_that_is_gone(database: BaseDatabaseWrapper) -> None:
    """A column that old code reads and that is not there makes every statement but the delete fail."""
    apps = created(database, *book())
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    run(database, "ALTER TABLE shop_book DROP COLUMN title")
    attempts = try_old_release(database, apps, {"shop_book"}, seeder)
    assert {"insert", "select", "update"} <= set(failed(attempts))


def test_what_cannot_be_tried_is_told(database: BaseDatabaseWrapper) -> None:
    """A table for which no values can be made says so."""
    never = models.CheckConstraint(condition=Q(size__gt=3) & Q(size__lt=3), name="never")
    apps = created(database, model("Box", ("size", models.IntegerField()), constraints=[never]))
    insert, select, *others = try_old_release(database, apps, {"shop_box"}, Seeder(database, 0))
    assert insert.untried == "no values were found that meet its check constraints"
    assert (select.failure, select.untried) == (None, None)
    assert [attempt.untried for attempt in others] == [insert.untried] * 2
