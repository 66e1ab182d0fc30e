"""A transaction that is rolled back, whatever was done in it, or the word that it could not be.

For PostgreSQL. What a rollback leaves there, where the sequences stand, is put back too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from django.db import Error, InterfaceError
from django.db.backends.base.base import BaseDatabaseWrapper

SequencePositions: TypeAlias = dict[int, tuple[int, bool]]
"""By the oid of each sequence its last number, and whether that was given out."""

_NAMES = """
SELECT c.oid, format('%I.%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't'"""


class NotRolledBack(Exception):
    """What was done is not gone: the transaction was ended from within."""


@contextmanager
def rolled_back(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Undo on ``connection`` what is done inside. Raises :class:`NotRolledBack` where that cannot be.

    Blocks of Django's are savepoints in it. What is raised inside goes on.
    """
    usual = connection.get_autocommit()
    standing = _sequences(connection)
    connection.set_autocommit(False)
    _run(connection, "SAVEPOINT switchback")
    inner = connection.connection
    try:
        yield
    except BaseException:
        # Where it was interrupted, the connection may be another one by now.
        if connection.connection is inner:
            _undo(connection, standing, autocommit=usual)
        raise
    _undo(connection, standing, autocommit=usual)


def _undo(connection: BaseDatabaseWrapper, standing: SequencePositions, *, autocommit: bool) -> None:
    try:
        # Whoever ended the transaction took the savepoint with it.
        _run(connection, "ROLLBACK TO SAVEPOINT switchback")
        connection.rollback()
        connection.set_autocommit(autocommit)
        moved = [oid for oid, place in _sequences(connection).items() if place != standing[oid]]
        if moved:
            back = ("setval({}::regclass, {}, {})".format(oid, *standing[oid]) for oid in moved)
            _run(connection, f"SELECT ARRAY[{', '.join(back)}]")
    except (Error, KeyError) as error:
        connection.close()
        if connection.in_atomic_block:
            # NOTE: connect() forgets the blocks that were never left (BaseDatabaseWrapper.close).
            connection.connect()
        raise NotRolledBack from error


def _sequences(connection: BaseDatabaseWrapper) -> SequencePositions:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        queries = [f"SELECT {oid}, last_value, is_called FROM {name}" for oid, name in cursor.fetchall()]  # noqa: S608
        if not queries:
            return {}
        cursor.execute(" UNION ALL ".join(queries))
        return {oid: (last, called) for oid, last, called in cursor.fetchall()}


def _run(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run a statement even in a transaction that Django takes for broken."""
    with connection.wrap_database_errors:
        if connection.connection is None:
            raise InterfaceError("the connection is closed")
        with connection.connection.cursor() as cursor:
            cursor.execute(statement)
