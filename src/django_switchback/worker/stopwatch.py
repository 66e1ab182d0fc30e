"""Measures what the time of a worker is spent on: its phases and targets, and the activities within these."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django_switchback.evidence import Activity, MigrationName, SpentIn, TimeSpent


class _Counted(NamedTuple):
    phase: SpentIn = "other"
    migration: MigrationName | None = None
    activity: Activity = "other"


class Stopwatch:
    """Counts each moment once: for the innermost phase and the innermost activity around it."""

    def __init__(self) -> None:
        self._place = _Counted()
        self._spent: defaultdict[_Counted, float] = defaultdict(float)
        self._since = time.perf_counter()

    @contextmanager
    def phase(self, phase: SpentIn, migration: MigrationName | None = None) -> Iterator[None]:
        """Count the block for ``phase``, and for ``migration`` unless that of an outer phase stays."""
        place = _Counted(phase, migration or self._place.migration)
        with self._at(place):
            yield

    @contextmanager
    def activity(self, activity: Activity) -> Iterator[None]:
        """Count the block for ``activity``."""
        with self._at(self._place._replace(activity=activity)):
            yield

    @contextmanager
    def _at(self, place: _Counted) -> Iterator[None]:
        self._count()
        outer, self._place = self._place, place
        try:
            yield
        finally:
            self._count()
            self._place = outer

    def _count(self) -> None:
        now = time.perf_counter()
        self._spent[self._place] += now - self._since
        self._since = now

    def restart(self) -> None:
        """Count from now on, in a fork or after one was waited for: its time is its own."""
        self._spent.clear()
        self._since = time.perf_counter()

    def records(self, database: str) -> Iterator[TimeSpent]:
        """Yield what was counted since the last call."""
        self._count()
        for place, seconds in self._spent.items():
            yield TimeSpent(
                database=database,
                phase=place.phase,
                migration=place.migration,
                activity=place.activity,
                seconds=seconds,
            )
        self._spent.clear()


STOPWATCH = Stopwatch()
"""The stopwatch of this process."""
