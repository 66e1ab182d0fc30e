"""A transaction that is rolled back, whatever was done in it, or the word that it could not be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, InterfaceError
from django.db.backends.base.base import BaseDatabaseWrapper


class NotUndone(Exception):
    """What was done is not gone: the transaction was ended from within."""


@contextmanager
def undone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Undo on ``connection`` what is done inside. Raises :class:`NotUndone` where that cannot be.

    Blocks of Django's are savepoints in it. What is raised inside goes on.
    """
    connection.set_autocommit(False)
    _run(connection, "SAVEPOINT switchback")
    inner = connection.connection
    try:
        yield
    except BaseException:
        # Where it was interrupted, the connection may be another one by now.
        if connection.connection is inner:
            _undo(connection)
        raise
    _undo(connection)


def _undo(connection: BaseDatabaseWrapper) -> None:
    try:
        # Whoever ended the transaction took the savepoint with it.
        _run(connection, "ROLLBACK TO SAVEPOINT switchback")
        connection.rollback()
        connection.set_autocommit(True)
    except Error as error:
        connection.close()
        raise NotUndone from error


def _run(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run a statement even in a transaction that Django takes for broken."""
    with connection.wrap_database_errors:
        if connection.connection is None:
            raise InterfaceError("the connection is closed")
        with connection.connection.cursor() as cursor:
            cursor.execute(statement)
