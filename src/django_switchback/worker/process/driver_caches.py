"""Clears the type OID caches that Django keeps for the whole process."""

from __future__ import annotations

import sys


def forget_types() -> None:
    """Clear Django's caches of the OIDs of hstore and citext.

    Django queries the OIDs once per process. A result from a database without the extension would be reused
    for databases that have it.
    """
    signals = sys.modules.get("django.contrib.postgres.signals")
    if signals is not None:
        signals.get_hstore_oids.cache_clear()
        signals.get_citext_oids.cache_clear()
