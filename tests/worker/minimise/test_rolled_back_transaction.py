"""What is done in a transaction of ours is gone afterwards, or it is said that it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from seed.support import connected

from django_switchback.sandbox.interface import Server
from django_switchback.worker.minimise.rolled_back_transaction import NotRolledBack, rolled_back


@pytest.fixture
def postgresql(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to a sandbox with an empty table."""
    for connection in connected(server_of("postgresql-18")):
        run(connection, "CREATE TABLE book (id integer PRIMARY KEY)")
        yield connection


def run(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def books(connection: BaseDatabaseWrapper) -> int:
    """Return how many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM book")
        return int(cursor.fetchone()[0])


def test_all_is_gone(postgresql: BaseDatabaseWrapper) -> None:
    """Rows and columns go, those of Django's own blocks too; what follows is committed as ever."""
    with rolled_back(postgresql):
        with transaction.atomic(using=postgresql.alias):
            run(postgresql, "INSERT INTO book VALUES (1)")
            run(postgresql, "ALTER TABLE book ADD COLUMN title text")
        assert books(postgresql) == 1
    assert books(postgresql) == 0
    run(postgresql, "INSERT INTO book VALUES (1)")
    postgresql.close()
    assert books(postgresql) == 1


def test_what_is_raised_goes_on(postgresql: BaseDatabaseWrapper) -> None:
    """An error of the database breaks the transaction; that is undone too."""
    with pytest.raises(IntegrityError), rolled_back(postgresql):
        run(postgresql, "INSERT INTO book VALUES (1), (1)")
    assert books(postgresql) == 0


def test_an_interrupted_one(postgresql: BaseDatabaseWrapper) -> None:
    """The server takes back what was begun on a connection that is another one since."""

    def interrupted() -> None:
        run(postgresql, "INSERT INTO book VALUES (1)")
        postgresql.close()
        postgresql.connect()
        raise TimeoutError

    with pytest.raises(TimeoutError), rolled_back(postgresql):
        interrupted()
    assert books(postgresql) == 0


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK", "COMMIT; BEGIN"])
def test_a_transaction_that_was_ended(postgresql: BaseDatabaseWrapper, end: str) -> None:
    """It is said, even where another one was begun; the connection is of use again."""
    with pytest.raises(NotRolledBack), rolled_back(postgresql):
        run(postgresql, f"INSERT INTO book VALUES (1); {end}")
    assert books(postgresql) == ("COMMIT" in end)


def test_sequences_stand_where_they_stood(postgresql: BaseDatabaseWrapper) -> None:
    """A rollback leaves them: they are put back, whether a number was given out before or not."""
    run(postgresql, "CREATE SEQUENCE \"it's\"; CREATE SEQUENCE fresh; SELECT nextval('\"it''s\"')")
    with rolled_back(postgresql):
        run(postgresql, "SELECT nextval('\"it''s\"'), nextval('fresh'), setval('fresh', 7)")
        run(postgresql, "CREATE SEQUENCE another")
    with postgresql.cursor() as cursor:
        cursor.execute("SELECT nextval('\"it''s\"'), nextval('fresh')")
        assert cursor.fetchone() == (2, 1)


def test_a_block_that_was_never_left(postgresql: BaseDatabaseWrapper) -> None:
    """It is said that nobody knows; the connection is of use again, and in no block."""
    with pytest.raises(NotRolledBack), rolled_back(postgresql):
        transaction.atomic(using=postgresql.alias).__enter__()
    assert not postgresql.in_atomic_block
    assert books(postgresql) == 0


def test_a_connection_that_was_closed(postgresql: BaseDatabaseWrapper) -> None:
    """Nobody knows whether it was committed before."""
    with pytest.raises(NotRolledBack), rolled_back(postgresql):
        postgresql.close()
    assert books(postgresql) == 0
