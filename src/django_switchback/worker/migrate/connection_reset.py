"""Resets the connection and the process after a step to the state of a new process."""

from __future__ import annotations

import gc

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.failure import TransactionLeftOpen
from django_switchback.worker.process.process_state import process_state

_IN_TRANSACTION = {1, 2, 3}
"""libpq transaction statuses inside a transaction: active, in transaction, in a failed transaction."""


def in_transaction(connection: BaseDatabaseWrapper) -> bool:
    """Return whether a transaction is open on ``connection``, however it was started."""
    inner = connection.connection
    if inner is None:
        return False
    if connection.in_atomic_block or connection.autocommit != connection.settings_dict["AUTOCOMMIT"]:
        return True
    if connection.vendor == "postgresql":
        return inner.info.transaction_status in _IN_TRANSACTION
    return bool(inner.in_transaction)


def refuse_open_transaction(connection: BaseDatabaseWrapper) -> None:
    """Raise :class:`TransactionLeftOpen` if a transaction is open."""
    if in_transaction(connection):
        raise TransactionLeftOpen


def reset_connection(connection: BaseDatabaseWrapper, *, failed: bool, rolled_back: bool = False) -> None:
    """Close what a step left open, as the end of its process would.

    With ``rolled_back``, the step ran inside an outer transaction that is rolled back later and stays open
    here.
    """
    if process_state().streams_changed or (not rolled_back and (failed or in_transaction(connection))):
        connection.close()
        if failed and connection.vendor == "sqlite":
            # NOTE: SQLite keeps its file open while a cursor exists (in a traceback, for example). If a
            # migration closed the descriptor, closing it later would hit the next connection's.
            gc.collect()
        if connection.in_atomic_block:
            # NOTE: connect() clears atomic blocks that were never left (BaseDatabaseWrapper.close); SQLite's
            # schema editor leaves such a block if its constraint check raises.
            connection.connect()
    process_state().restore()
