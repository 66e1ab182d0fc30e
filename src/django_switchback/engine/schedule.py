"""Which part of one server's plan is to be begun next: as soon as what it starts from is there."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from django_switchback.evidence import AnyRecord, MigrationName, ScratchFinished, StepFinished, StepStarted
from django_switchback.project.plan import Part


class Schedule:
    """The parts that nobody has begun yet, in their order. Its methods may be called by any thread.

    Cycles begin at copies that the way to head leaves: those of a part can once its first target is passed.
    With ``after_last``, once its last one is: which migrations change objects of the whole server is known by
    what the way to head found, and two workers that both learn it would be in each other's way.
    ``in_order``: no part is begun before one that stands before it, even if that one has to be waited for.
    """

    def __init__(self, *, after_last: bool = False, in_order: bool = False) -> None:
        self._in_order = in_order
        self._after_last = after_last
        self._lock = threading.Lock()
        self._left: list[Part] = []
        self._reached: set[tuple[str, MigrationName]] = set()
        self._passed: set[tuple[str, MigrationName]] = set()
        self._ahead: set[str] = set()
        """The databases whose way to head somebody goes, or will go."""

    def add(self, parts: Sequence[Part]) -> None:
        """Let ``parts`` be what there is to do."""
        with self._lock:
            self._left = list(parts)
            self._ahead = {part.database for part in parts if part.kind == "scratch"}

    def take_next(self) -> Part | None:
        """Return the first part that can be begun, and is nobody else's then; ``None`` where none can now."""
        with self._lock:
            candidates = self._left[:1] if self._in_order else self._left
            part = next(filter(self._can_begin, candidates), None)
            if part is not None:
                self._left.remove(part)
            return part

    @property
    def empty(self) -> bool:
        """Whether somebody has begun each part."""
        with self._lock:
            return not self._left

    def observe(self, record: AnyRecord) -> None:
        """Take note of how far the way to head has come."""
        match record:
            case StepStarted(phase="scratch", direction="forward", trial=False):
                with self._lock:
                    self._reached.add((record.database, record.migration))
            case StepFinished(phase="scratch", direction="forward", trial=False):
                with self._lock:
                    self._passed.add((record.database, record.migration))
            case ScratchFinished():
                self.release_waiting(record.database)

    def release_waiting(self, database: str) -> None:
        """Take note that the way to head of ``database`` is behind, or that nobody goes it any more."""
        with self._lock:
            self._ahead.discard(database)

    def _can_begin(self, part: Part) -> bool:
        if part.kind != "cycles" or part.database not in self._ahead:
            return True
        if self._after_last:
            return (part.database, part.targets[-1]) in self._passed
        return (part.database, part.targets[0]) in self._reached
