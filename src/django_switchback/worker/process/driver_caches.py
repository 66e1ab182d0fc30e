"""Empties the caches of type OIDs that Django keeps for a whole process."""

from __future__ import annotations

import sys


def forget_types() -> None:
    """Let the next connection look again which types its database has.

    Django asks once in a process: what a database said in which an extension was not there yet would stand.
    """
    signals = sys.modules.get("django.contrib.postgres.signals")
    if signals is not None:
        signals.get_hstore_oids.cache_clear()
        signals.get_citext_oids.cache_clear()
