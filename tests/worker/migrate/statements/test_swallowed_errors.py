"""Transactions that end in a rollback of which nobody is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.db import Error, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from seed.support import connected, created, model

from django_switchback.sandbox.interface import Server
from django_switchback.worker.failure import SwallowedError
from django_switchback.worker.migrate.statements.swallowed_errors import swallowed_errors_raised

AUTHOR = model("Author", ("name", models.CharField(max_length=20)))
REFUSED = "INSERT INTO shop_author (id, name) VALUES (1, NULL)"


@pytest.fixture
def database(sqlite_server: Server) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to a table."""
    for connection in connected(sqlite_server):
        created(connection, AUTHOR)
        yield connection


def swallowed(
    database: BaseDatabaseWrapper, act: Callable[[str], None], *, atomic: bool = True
) -> SwallowedError | None:
    """Return what is swallowed by a transaction in which ``act`` is called, and whether it was restored."""
    restored: list[bool] = []
    try:
        with (
            swallowed_errors_raised(database, lambda: restored.append(True), nested=False, atomic=atomic),
            transaction.atomic(database.alias),
        ):
            act(database.alias)
    except SwallowedError as error:
        assert restored == [True]
        return error
    assert restored == []
    assert "commit" not in vars(database)
    return None


def refused(alias: str) -> None:
    """Send a statement that fails, as ``save()`` does."""
    with suppress(Error), transaction.mark_for_rollback_on_error(alias):
        transaction.get_connection(alias).cursor().execute(REFUSED)


def refused_within_savepoint(alias: str) -> None:
    """Send the same within a savepoint."""
    with suppress(Error), transaction.atomic(alias), transaction.mark_for_rollback_on_error(alias):
        transaction.get_connection(alias).cursor().execute(REFUSED)


def ended_by_sqlite(alias: str) -> None:
    """Send a statement at whose error SQLite ends the transaction."""
    with suppress(Error):
        transaction.get_connection(alias).cursor().execute(REFUSED.replace("INSERT", "INSERT OR ROLLBACK"))


@pytest.mark.parametrize("act", [refused, ended_by_sqlite])
def test_the_error_and_its_statement_are_told(
    database: BaseDatabaseWrapper, act: Callable[[str], None]
) -> None:
    """What is caught although the transaction is rolled back is raised after it, with its statement."""
    error = swallowed(database, act)
    assert error is not None
    assert "NOT NULL" in str(error.error)
    assert "(id, name) VALUES (1, NULL)" in error.statement


def test_a_savepoint_undoes_the_error(database: BaseDatabaseWrapper) -> None:
    """What a savepoint has undone is caught rightly."""
    assert swallowed(database, refused_within_savepoint) is None


def test_a_rollback_on_purpose(database: BaseDatabaseWrapper) -> None:
    """``set_rollback`` undoes all of an atomic migration, and a part of one that is not, on purpose."""

    def undo(alias: str) -> None:
        transaction.set_rollback(True, alias)

    assert swallowed(database, undo) is not None
    assert swallowed(database, undo, atomic=False) is None
    assert swallowed(database, refused, atomic=False) is not None
