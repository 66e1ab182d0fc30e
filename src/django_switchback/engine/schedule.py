"""Schedule the parts of one server's plan, each as soon as its starting checkpoint exists."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from django_switchback.evidence import (
    AnyRecord,
    CheckpointSaved,
    MigrationName,
    ScratchFinished,
    StepFinished,
)
from django_switchback.project.plan import Part, PartKind

TO_HEAD: tuple[PartKind, ...] = ("scratch", "checkpoints")
"""The parts that save the checkpoints that cycles wait for."""


class Schedule:
    """Ordered queue of the parts that no worker has started yet; thread-safe.

    Cycles start from clones that the scratch run makes, so a part is ready once there is a record that the
    clone before its first target exists. With ``after_last``, a part is ready once the scratch run has passed
    its last target: only then is it known which migrations change objects of the whole server, on which two
    workers must not work at once. ``in_order``: no part starts before its predecessor, even if that means
    waiting.
    """

    def __init__(self, *, after_last: bool = False, in_order: bool = False) -> None:
        self._in_order = in_order
        self._after_last = after_last
        self._lock = threading.Lock()
        self._queue: list[Part] = []
        self._repeats: list[Part] = []
        self._running = 0
        self._saved: set[tuple[str, MigrationName]] = set()
        self._passed: set[tuple[str, MigrationName]] = set()
        self._ahead: set[str] = set()
        """The databases whose scratch run, or part that saves checkpoints, is pending or running."""

    def add(self, parts: Sequence[Part]) -> None:
        """Set the queue to ``parts``."""
        with self._lock:
            self._queue = list(parts)
            self._ahead = {part.database for part in parts if part.kind in TO_HEAD}

    def take_next(self) -> Part | None:
        """Remove and return the first part that can start; ``None`` if no part can start now."""
        with self._lock:
            candidates = self._queue[:1] if self._in_order else self._queue
            part = next(filter(self._can_begin, candidates), None)
            if part is not None:
                self._queue.remove(part)
            elif self._repeats and not self._queue and not self._running:
                part = self._repeats.pop(0)
            self._running += part is not None
            return part

    def add_repeat(self, part: Part) -> None:
        """Add ``part``, which is run alone after all others: nothing disturbs it then."""
        with self._lock:
            self._repeats.append(part)

    def finish(self) -> None:
        """Note that a part that was taken is no longer run."""
        with self._lock:
            self._running -= 1

    @property
    def empty(self) -> bool:
        """Whether every part was started."""
        with self._lock:
            return not self._queue and not self._repeats

    def observe(self, record: AnyRecord) -> None:
        """Update the scratch run's position from ``record``."""
        match record:
            case CheckpointSaved():
                with self._lock:
                    self._saved.add((record.database, record.migration))
            case StepFinished(phase="scratch", direction="forward", trial=False):
                with self._lock:
                    self._passed.add((record.database, record.migration))
            case ScratchFinished():
                self.release_waiting(record.database)

    def release_waiting(self, database: str) -> None:
        """Make all parts of ``database`` ready: its scratch run finished, or was given up."""
        with self._lock:
            self._ahead.discard(database)

    def _can_begin(self, part: Part) -> bool:
        if part.kind != "cycles" or part.database not in self._ahead:
            return True
        if self._after_last:
            return (part.database, part.targets[-1]) in self._passed
        return (part.database, part.targets[0]) in self._saved
