"""Runs a block in a PostgreSQL transaction that is always rolled back, sequence positions included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from django.db import Error, InterfaceError
from django.db.backends.base.base import BaseDatabaseWrapper

SequencePositions: TypeAlias = dict[int, tuple[int, bool]]
"""By the oid of each sequence its last number, and whether that was given out."""

_SEQUENCE_NAMES = """
SELECT c.oid, format('%I.%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't'"""


class NotRolledBack(Exception):
    """The block ended the transaction itself, so its changes could not be rolled back."""


@contextmanager
def rolled_back(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Roll back everything done on ``connection`` in the block; raises :class:`NotRolledBack` if impossible.

    Django's ``atomic`` blocks inside are savepoints. Exceptions of the block propagate.
    """
    autocommit = connection.get_autocommit()
    positions = _sequences(connection)
    connection.set_autocommit(False)
    _run(connection, "SAVEPOINT switchback")
    original = connection.connection
    try:
        yield
    except BaseException:
        # After an interrupt, the connection may have been replaced.
        if connection.connection is original:
            _undo(connection, positions, autocommit=autocommit)
        raise
    _undo(connection, positions, autocommit=autocommit)


def _undo(connection: BaseDatabaseWrapper, positions: SequencePositions, *, autocommit: bool) -> None:
    try:
        # Fails if the block ended the transaction: the savepoint is gone with it.
        _run(connection, "ROLLBACK TO SAVEPOINT switchback")
        connection.rollback()
        connection.set_autocommit(autocommit)
        moved = [oid for oid, position in _sequences(connection).items() if position != positions[oid]]
        if moved:
            calls = ("setval({}::regclass, {}, {})".format(oid, *positions[oid]) for oid in moved)
            _run(connection, f"SELECT ARRAY[{', '.join(calls)}]")
    except (Error, KeyError) as error:
        connection.close()
        if connection.in_atomic_block:
            # NOTE: connect() forgets the blocks that were never left (BaseDatabaseWrapper.close).
            connection.connect()
        raise NotRolledBack from error


def _sequences(connection: BaseDatabaseWrapper) -> SequencePositions:
    with connection.cursor() as cursor:
        cursor.execute(_SEQUENCE_NAMES)
        queries = [f"SELECT {oid}, last_value, is_called FROM {name}" for oid, name in cursor.fetchall()]
        if not queries:
            return {}
        cursor.execute(" UNION ALL ".join(queries))
        return {oid: (last, called) for oid, last, called in cursor.fetchall()}


def _run(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run a statement on the driver's connection, even if Django considers the transaction broken."""
    with connection.wrap_database_errors:
        if connection.connection is None:
            raise InterfaceError("the connection is closed")
        with connection.connection.cursor() as cursor:
            cursor.execute(statement)
