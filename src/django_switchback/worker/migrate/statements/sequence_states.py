"""Reads the states of all sequences, so that a statement that sets one is seen to change something."""

from __future__ import annotations

from typing import TypeAlias

from django.db.backends.base.base import BaseDatabaseWrapper

SequenceStates: TypeAlias = frozenset[tuple[int, int, int, bool]]
"""Of each sequence its oid, last value, values logged ahead (0 after ``setval``), and whether it was used."""

_NAMES = """
SELECT c.oid::text, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT')
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
"""
_BATCH_SEQUENCES = 100
"""Sequences per query: few enough that planning stays quick."""
_CAN_READ = {0, 2}
"""libpq transaction statuses in which a statement can be sent: idle, or in a sound transaction."""


def read_sequence_states(connection: BaseDatabaseWrapper) -> SequenceStates | None:
    """Return the state of each sequence; ``None`` where there are none, or a transaction has failed.

    The statements bypass Django's cursors: they are none of the migration.
    """
    inner = connection.connection
    if connection.vendor != "postgresql" or inner is None or inner.closed:
        return None
    if inner.info.transaction_status not in _CAN_READ:
        return None
    states: set[tuple[int, int, int, bool]] = set()
    with inner.cursor() as cursor:
        cursor.execute(_NAMES)
        queries = [
            f"SELECT {oid}, last_value, log_cnt, is_called FROM {name}" for oid, name in cursor.fetchall()
        ]
        for start in range(0, len(queries), _BATCH_SEQUENCES):
            cursor.execute(" UNION ALL ".join(queries[start : start + _BATCH_SEQUENCES]))
            states.update(tuple(row) for row in cursor.fetchall())
    return frozenset(states)
