"""Hold the cache of one run: results of cycles, and databases on the way to head."""

from __future__ import annotations

from typing import NamedTuple

from django_switchback.cache.entries import EntryStore
from django_switchback.cache.folder import CacheFolder
from django_switchback.cache.histories import HistoryCache
from django_switchback.cache.reuse import ResultCache, RunOptions


class RunCache(NamedTuple):
    """What a run takes from earlier ones and keeps for later ones."""

    results: ResultCache
    histories: HistoryCache

    @classmethod
    def of(cls, folder: CacheFolder, options: RunOptions, began: float) -> RunCache:
        """Open the cache of a run that ``began`` at this time, in seconds since the epoch."""
        entries = EntryStore(folder, began)
        return cls(ResultCache(folder, options, entries), HistoryCache(folder, options, entries))
