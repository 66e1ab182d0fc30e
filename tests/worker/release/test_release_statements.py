"""A release's own statements on a migrated database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from seed.support import connected, created, model, rows

from django_switchback.sandbox.interface import Server
from django_switchback.worker.release.release_statements import UNKNOWN, try_release
from django_switchback.worker.release.table_trial import StatementAttempt
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


@pytest.fixture
def sqlite(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of SQLite."""
    yield from connected(server_of("sqlite"))


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
    attempts = try_release(database, apps, {"shop_book", "shop_author", "other"}, seeder)
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
    attempts = try_release(database, apps, {"shop_seat", "shop_pass"}, seeder)
    assert [attempt for attempt in attempts if attempt.failure or attempt.untried] == []


def test_empty_tables(database: BaseDatabaseWrapper) -> None:
    """An empty table is tried all the same; the rows that it needs elsewhere are made and undone."""
    apps = created(database, *book())
    attempts = try_release(database, apps, {"shop_book"}, Seeder(database, 0))
    assert failed(attempts) == {}
    assert len(attempts) == 4
    assert rows(database, apps, "Author") == []


def test_sequence_behind_its_table(postgresql: BaseDatabaseWrapper) -> None:
    """A sequence that gives keys which are taken makes the insert fail, and that alone."""
    apps = created(postgresql, *book())
    seeder = Seeder(postgresql, 0)
    seeder.fill(apps)
    run(postgresql, "ALTER TABLE shop_author ALTER COLUMN id RESTART WITH 1")
    attempts = try_release(postgresql, apps, {"shop_author"}, seeder)
    assert failed(attempts) == {"insert": "IntegrityError"}
    assert attempts[3].untried == "no row was inserted to be deleted"


def test_sequences_are_set_back(postgresql: BaseDatabaseWrapper) -> None:
    """The next key is the same after the statements as before, whether its sequence was used yet or not."""
    apps = created(postgresql, *book())
    seeder = Seeder(postgresql, 0)
    seeder.fill(apps)
    run(postgresql, "ALTER TABLE shop_author ALTER COLUMN id RESTART WITH 77")
    before = positions(postgresql)
    assert before["shop_author_id_seq"] == (77, False)
    assert before["shop_book_id_seq"][1]
    try_release(postgresql, apps, {"shop_author", "shop_book"}, seeder)
    assert positions(postgresql) == before


def positions(connection: BaseDatabaseWrapper) -> dict[str, tuple[int, bool]]:
    """Return the last value of each sequence of the test's tables, and whether it was used."""
    found: dict[str, tuple[int, bool]] = {}
    with connection.cursor() as cursor:
        for name in ("shop_author_id_seq", "shop_book_id_seq"):
            cursor.execute(f"SELECT last_value, is_called FROM {name}")
            found[name] = cursor.fetchone()
    return found


def test_mandatory_column_that_reads_as_none(sqlite: BaseDatabaseWrapper) -> None:
    """A value that a field reads as nothing breaks the read, and the update that would save it as null."""
    apps = created(sqlite, model("Voucher", ("made", models.DateField())))
    seeder = Seeder(sqlite, 0)
    seeder.fill(apps)
    assert not any(attempt.is_broken for attempt in try_release(sqlite, apps, {"shop_voucher"}, seeder))
    run(sqlite, "UPDATE shop_voucher SET made = made || ' 10:00:00' WHERE id = 2")
    attempts = {attempt.statement: attempt for attempt in try_release(sqlite, apps, {"shop_voucher"}, seeder)}
    assert attempts["select"].read_as_none == ("made",)
    assert [name for name, attempt in attempts.items() if attempt.is_broken] == ["select", "update"]


def test_converter_of_any_exception(sqlite: BaseDatabaseWrapper) -> None:
    """A value that makes a field raise is a failure of the read, whatever the class of the exception."""
    apps = created(sqlite, model("Price", ("amount", models.DecimalField(max_digits=8, decimal_places=2))))
    seeder = Seeder(sqlite, 0)
    seeder.fill(apps)
    run(sqlite, "UPDATE shop_price SET amount = 'ten'")
    assert "select" in failed(try_release(sqlite, apps, {"shop_price"}, seeder))


def test_row_that_is_not_found_by_its_key(sqlite: BaseDatabaseWrapper) -> None:
    """A key that reads well and is not stored as the model stores it cannot be updated."""
    apps = created(sqlite, model("Token", ("id", models.UUIDField(primary_key=True))))
    run(sqlite, "INSERT INTO shop_token VALUES ('3f2b0c4e-0000-4000-8000-000000000001')")
    attempts = try_release(sqlite, apps, {"shop_token"}, Seeder(sqlite, 0))
    assert failed(attempts) == {"update": "DatabaseError"}


def test_old_row_that_a_check_refuses(postgresql: BaseDatabaseWrapper) -> None:
    """A check that is not valid lets a new row in, and no old one be saved."""
    apps = created(postgresql, model("Box", ("size", models.IntegerField())))
    run(postgresql, "INSERT INTO shop_box (size) VALUES (-1), (-2)")
    run(postgresql, "ALTER TABLE shop_box ADD CONSTRAINT positive CHECK (size > 0) NOT VALID")
    assert failed(try_release(postgresql, apps, {"shop_box"}, Seeder(postgresql, 0))) == {
        "update": "IntegrityError"
    }


def test_column_that_the_rollback_left(database: BaseDatabaseWrapper) -> None:
    """A column that old code knows nothing of and that cannot be null makes its inserts fail."""
    apps = created(database, *book())
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    run(database, "ALTER TABLE shop_author ADD COLUMN rank integer DEFAULT 1 NOT NULL")
    assert failed(try_release(database, apps, {"shop_author"}, seeder)) == {}
    run(database, "DROP TABLE shop_book")
    run(database, "DROP TABLE shop_author")
    run(database, "CREATE TABLE shop_author (id integer PRIMARY KEY, name varchar(9), rank integer NOT NULL)")
    attempts = try_release(database, apps, {"shop_author"}, seeder)
    assert failed(attempts)["insert"] == "IntegrityError"
    assert attempts[2].untried == "there is no row to change"


def test_column_that_is_gone(database: BaseDatabaseWrapper) -> None:
    """A column that old code reads and that is not there makes every statement but the delete fail."""
    apps = created(database, *book())
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    run(database, "ALTER TABLE shop_book DROP COLUMN title")
    attempts = try_release(database, apps, {"shop_book"}, seeder)
    assert {"insert", "select", "update"} <= set(failed(attempts))


def test_what_cannot_be_tried_is_told(database: BaseDatabaseWrapper) -> None:
    """A table for which no values can be made says so."""
    never = models.CheckConstraint(condition=Q(size__gt=3) & Q(size__lt=3), name="never")
    apps = created(database, model("Box", ("size", models.IntegerField()), constraints=[never]))
    insert, select, *others = try_release(database, apps, {"shop_box"}, Seeder(database, 0))
    assert insert.untried == "no values were found that meet its check constraints"
    assert (select.failure, select.untried) == (None, None)
    assert [attempt.untried for attempt in others] == [insert.untried] * 2
