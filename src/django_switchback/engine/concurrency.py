"""Limit concurrency: parts run in parallel, or one at a time if the project has many models."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django_switchback.engine.worker_errors import RunStopping
from django_switchback.evidence import ProjectDescribed

MAX_MODELS_AT_ONCE = 1_200
"""A part with this many models takes about 300 MiB in its worker and server, in addition to other memory."""
_POLL_SECONDS = 0.01
"""Seconds between two checks of whether the run is being stopped."""


class ConcurrencyLimit:
    """Allows only one part at a time for a large project; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.one_at_a_time = False
        """Whether parts run one at a time; a second worker for a database would only wait and use memory."""

    def decide(self, project: Sequence[ProjectDescribed]) -> None:
        """Decide from the project's size, before its first part runs."""
        if max(map(_models, project), default=0) > MAX_MODELS_AT_ONCE:
            self.one_at_a_time = True

    @contextmanager
    def limited(self, stop: threading.Event) -> Iterator[None]:
        """Hold the lock in the block, if parts run one at a time.

        Raises :class:`RunStopping` if ``stop`` is set while waiting.
        """
        if not self.one_at_a_time:
            yield
            return
        while not self._lock.acquire(timeout=_POLL_SECONDS):
            if stop.is_set():
                raise RunStopping
        try:
            yield
        finally:
            self._lock.release()


def _models(project: ProjectDescribed) -> int:
    """Return how many models the migrations create; deleted models count too."""
    return sum(
        operation.kind == "CreateModel"
        for migration in project.migrations
        for operation in migration.operations
    )
