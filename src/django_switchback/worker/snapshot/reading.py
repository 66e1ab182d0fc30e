"""Reads a snapshot from a Django connection with read-only statements, by engine."""

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
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows


class SnapshotReader(Protocol):
    """The interface of an engine's reader."""

    def consistent_session(self, connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
        """See :func:`consistent_session`."""

    def catalogue(self, connection: BaseDatabaseWrapper) -> Schema:
        """See :func:`catalogue`."""

    def with_sequence_positions(
        self, connection: BaseDatabaseWrapper, schema: Schema, digests: Digests
    ) -> Schema:
        """See :func:`with_sequence_positions`."""

    def row_tables(self, schema: Schema) -> tuple[str, ...]:
        """Return the names of the tables that store rows themselves."""

    def rows(self, connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
        """See :func:`read_tables`."""

    def digests(self, connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> Digests:
        """See :func:`digests`; limited to ``tables``."""

    def hashed_rows(self, connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
        """Return the rows of ``tables`` with one hash per value."""

    def read_rows(
        self, connection: BaseDatabaseWrapper, schema: Schema, table: str, keys: Collection[RowKey]
    ) -> Mapping[RowKey, RowTexts]:
        """Return the rows with the given keys of one table that has a primary key."""


def schema(connection: BaseDatabaseWrapper) -> Schema:
    """Return every object of the catalogue except system objects, in a fixed order.

    Raises :class:`UnsupportedVendor` for engines other than SQLite and PostgreSQL.
    """
    return with_sequence_positions(connection, catalogue(connection), {})


def catalogue(connection: BaseDatabaseWrapper) -> Schema:
    """Return the result of :func:`schema` without sequence positions, which depend on rows."""
    return _reader(connection).catalogue(connection)


def with_sequence_positions(connection: BaseDatabaseWrapper, schema: Schema, digests: Digests) -> Schema:
    """Return ``schema`` with the position of each sequence relative to the rows that use it.

    Tables with an unchanged digest are not queried again.
    """
    return _reader(connection).with_sequence_positions(connection, schema, digests)


def consistent_session(connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
    """Pin session settings for several reads; in the block, ``connection`` must only be used for these."""
    return _reader(connection).consistent_session(connection)


def rows(connection: BaseDatabaseWrapper, schema: Schema) -> RowSet:
    """Return all rows of all tables in ``schema``, without views and the migration recorder's table."""
    return read_tables(connection, schema, _tables(connection, schema))


def read_tables(connection: BaseDatabaseWrapper, schema: Schema, tables: Collection[str]) -> RowSet:
    """Return all rows of ``tables``; names of other objects are ignored."""
    existing = [table for table in _tables(connection, schema) if table in set(tables)]
    return _reader(connection).rows(connection, schema, existing) if existing else {}


def digests(connection: BaseDatabaseWrapper, schema: Schema) -> Digests:
    """Return a fingerprint of every table that :func:`rows` reads, independent of row order."""
    tables = _tables(connection, schema)
    return _reader(connection).digests(connection, schema, tables) if tables else {}


def refresh(
    connection: BaseDatabaseWrapper,
    schema: Schema,
    earlier: RowSet,
    earlier_digests: Digests,
    *,
    unhashed_tables: Collection[str] | None = None,
) -> tuple[RowSet, Digests]:
    """Return the results of :func:`rows` and :func:`digests`, reading only the tables that changed.

    If ``unhashed_tables`` is given, the rows of all other tables are stored as hashes. ``earlier`` must
    have been read the same way: a hash is only compared with a hash.
    """
    now = digests(connection, schema)
    stale = [table for table in now if table not in earlier or now[table] != earlier_digests.get(table)]
    full_tables = stale if unhashed_tables is None else [table for table in stale if table in unhashed_tables]
    read = dict(read_tables(connection, schema, full_tables))
    hashed_tables = [table for table in stale if table not in read]
    if hashed_tables:
        read |= _reader(connection).hashed_rows(connection, schema, hashed_tables)
    return {table: read[table] if table in read else earlier[table] for table in now}, now


def with_known_values(
    connection: BaseDatabaseWrapper, schema: Schema, rows: RowSet, keys: Mapping[str, Collection[RowKey]]
) -> RowSet:
    """Return ``rows`` with the values of the rows of ``keys``, read from the database."""
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
    """Import the reader of the engine in use only: SQLite's tokenizer is slow to load."""
    if connection.vendor == "postgresql":
        from django_switchback.worker.snapshot.postgresql import reader as postgresql

        return postgresql
    if connection.vendor == "sqlite":
        from django_switchback.worker.snapshot.sqlite import reader as sqlite

        return sqlite
    raise UnsupportedVendor(connection.vendor)
