"""Reads a snapshot from a Django connection, by the engine that it speaks to. Nothing but reads is run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.interface import (
    RECORDER_TABLE,
    Digests,
    RowKey,
    RowSet,
    RowTexts,
    Schema,
    UnsupportedVendor,
)
from django_switchback.worker.snapshot.large.hashed_rows import HashedRows


class SnapshotReader(Protocol):
    """How one engine is read."""

    def consistent_session(self, connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
        """As :func:`consistent_session`."""
        ...

    def catalogue(self, connection: BaseDatabaseWrapper) -> Schema:
        """As :func:`catalogue`."""
        ...

    def with_sequence_positions(
        self, connection: BaseDatabaseWrapper, schema: Schema, digests: Digests
    ) -> Schema:
        """As :func:`with_sequence_positions`."""
        ...

    def row_tables(self, schema: Schema) -> tuple[str, ...]:
        """Return the names of the tables that hold rows of their own."""
        ...

    def rows(self, connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
        """As :func:`read_tables`."""
        ...

    def digests(self, connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> Digests:
        """As :func:`digests`, of ``tables`` alone."""
        ...

    def hashed_rows(self, connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
        """Return the rows of ``tables`` as a hash a value."""
        ...

    def read_rows(
        self, connection: BaseDatabaseWrapper, schema: Schema, table: str, keys: Collection[RowKey]
    ) -> Mapping[RowKey, RowTexts]:
        """Return the rows of some keys of one table that has a primary key."""
        ...


def schema(connection: BaseDatabaseWrapper) -> Schema:
    """Return every object of the catalogue that is not the system's, in a settled order.

    Raises :class:`UnsupportedVendor` for engines other than SQLite and PostgreSQL.
    """
    return with_sequence_positions(connection, catalogue(connection), {})


def catalogue(connection: BaseDatabaseWrapper) -> Schema:
    """Return what :func:`schema` does, without what depends on rows: see :func:`with_sequence_positions`."""
    return _reader(connection).catalogue(connection)


def with_sequence_positions(connection: BaseDatabaseWrapper, schema: Schema, digests: Digests) -> Schema:
    """Return ``schema`` with where each sequence stands against the rows that took their numbers from it.

    The rows of a table with the same digest are not asked again.
    """
    return _reader(connection).with_sequence_positions(connection, schema, digests)


def consistent_session(connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
    """Let all that is read inside be read in one go: nothing else is done on ``connection`` meanwhile."""
    return _reader(connection).consistent_session(connection)


def rows(connection: BaseDatabaseWrapper, schema: Schema) -> RowSet:
    """Return all rows of all tables in ``schema``; those of views and of the recorder are left out."""
    return read_tables(connection, schema, _tables(connection, schema))


def read_tables(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
    """Return all rows of ``tables``; a name that stands for no table with rows of its own is left out."""
    existing = [table for table in _tables(connection, schema) if table in set(tables)]
    return _reader(connection).rows(connection, schema, existing) if existing else {}


def digests(connection: BaseDatabaseWrapper, schema: Schema) -> Digests:
    """Return a fingerprint of every table that :func:`rows` would read, whatever the order of its rows."""
    tables = _tables(connection, schema)
    return _reader(connection).digests(connection, schema, tables) if tables else {}


def refresh(
    connection: BaseDatabaseWrapper,
    schema: Schema,
    earlier: RowSet,
    earlier_digests: Digests,
    *,
    whole: Collection[str] | None = None,
) -> tuple[RowSet, Digests]:
    """Return what :func:`rows` and :func:`digests` would, reading only the tables that changed.

    Where ``whole`` is given, the rows of all other tables are kept as hashes. ``earlier`` must have been read
    the same way: a hash is compared with a hash.
    """
    now = digests(connection, schema)
    stale = [table for table in now if table not in earlier or now[table] != earlier_digests.get(table)]
    full_tables = stale if whole is None else [table for table in stale if table in whole]
    read = dict(read_tables(connection, schema, full_tables))
    hashed_tables = [table for table in stale if table not in read]
    if hashed_tables:
        read |= _reader(connection).hashed_rows(connection, schema, hashed_tables)
    return {table: read[table] if table in read else earlier[table] for table in now}, now


def with_known_values(
    connection: BaseDatabaseWrapper, schema: Schema, rows: RowSet, keys: Mapping[str, Collection[RowKey]]
) -> RowSet:
    """Return ``rows`` as the database has them, with the values of those of ``keys`` known."""
    result = dict(rows)
    for table, table_keys in keys.items():
        hashed = rows[table].rows
        unknown = [
            key
            for key in table_keys
            if key in hashed and isinstance(hashed, HashedRows) and key not in hashed.known
        ]
        if unknown and isinstance(hashed, HashedRows):
            read = _reader(connection).read_rows(connection, schema, table, unknown)
            result[table] = rows[table]._replace(
                rows=HashedRows(hashed.ids, hashed.hashes, {**hashed.known, **read})
            )
    return result


def _tables(connection: BaseDatabaseWrapper, schema: Schema) -> tuple[str, ...]:
    return tuple(name for name in _reader(connection).row_tables(schema) if name != RECORDER_TABLE)


def _reader(connection: BaseDatabaseWrapper) -> SnapshotReader:
    """Import only the engine in use: the tokenizer that SQLite needs takes its time to load."""
    if connection.vendor == "postgresql":
        from django_switchback.worker.snapshot.postgresql import reader as postgresql

        return postgresql
    if connection.vendor == "sqlite":
        from django_switchback.worker.snapshot.sqlite import reader as sqlite

        return sqlite
    raise UnsupportedVendor(connection.vendor)
