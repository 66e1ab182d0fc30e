"""A connection and a process after a step, as a new process would find them."""

from __future__ import annotations

import gc

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.failure import TransactionLeftOpen
from django_switchback.worker.process.process_state import process_state

_IN_TRANSACTION = {1, 2, 3}
"""States of a PostgreSQL connection in a transaction: active, idle within, failed (libpq)."""


def in_transaction(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether a transaction is open on ``connection``, whoever began it and how."""
    inner = connection.connection
    if inner is None:
        return False
    if connection.in_atomic_block or connection.autocommit != connection.settings_dict["AUTOCOMMIT"]:
        return True
    if connection.vendor == "postgresql":
        return inner.info.transaction_status in _IN_TRANSACTION
    return bool(inner.in_transaction)


def refuse_open_transaction(connection: BaseDatabaseWrapper) -> None:
    """Raise :class:`TransactionLeftOpen` where a transaction is open."""
    if in_transaction(connection):
        raise TransactionLeftOpen


def reset_connection(connection: BaseDatabaseWrapper, *, failed: bool, undone: bool = False) -> None:
    """End what a step left open, as the end of its process would.

    Where it is going to be ``undone``, in the transaction that is open around it, that stays open.
    """
    if process_state().streams_changed or (not undone and (failed or in_transaction(connection))):
        connection.close()
        if failed and connection.vendor == "sqlite":
            # NOTE: SQLite keeps its file open while a cursor lives, in a traceback for instance; where a
            # migration closed the descriptor, closing it later would hit the next connection's.
            gc.collect()
        if connection.in_atomic_block:
            # NOTE: connect() forgets the blocks that were never left (BaseDatabaseWrapper.close); SQLite's
            # schema editor itself leaves one when its check of constraints raises.
            connection.connect()
    process_state().restore()
