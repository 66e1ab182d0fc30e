"""Turns of the parts of a plan: many at once, or one at a time where a project has many models."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django_switchback.engine.worker_errors import RunStopping
from django_switchback.evidence import ProjectDescribed

MAX_MODELS_AT_ONCE = 1_200
"""Models of which one part takes some 300 MiB in its worker and the server, beside all else that there is."""
_POLL_SECONDS = 0.01
"""Seconds between two looks at whether the run is given up."""


class Turns:
    """Lets one thread at a time carry out a part of a large project."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.one_at_a_time = False
        """Whether a second worker for the same database would only wait, and take its share of the memory."""

    def describe(self, project: Sequence[ProjectDescribed]) -> None:
        """Be told what the project is, before its first part is carried out."""
        if max(map(_models, project), default=0) > MAX_MODELS_AT_ONCE:
            self.one_at_a_time = True

    @contextmanager
    def turn(self, stop: threading.Event) -> Iterator[None]:
        """Wait for the turn where there are turns, and have it inside.

        Raises :class:`RunStopping` if ``stop`` is set meanwhile.
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
    """Return how many models the migrations create; what they delete again is not looked at."""
    return sum(
        operation.kind == "CreateModel"
        for migration in project.migrations
        for operation in migration.operations
    )
