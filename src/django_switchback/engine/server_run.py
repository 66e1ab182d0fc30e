"""Hold the state of a run on one server, which all of its jobs share."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from django_switchback.engine.evidence_collector import EvidenceCollector
from django_switchback.engine.schedule import Schedule
from django_switchback.engine.worker_errors import RunStopping
from django_switchback.errors import SwitchbackError
from django_switchback.evidence import DatabaseBroken
from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Server

POLL_SECONDS = 0.01
"""Seconds between two checks whether something is ready."""
MAX_RECOVERY_SECONDS = 10.0
"""Seconds that a server may take to recover from a crash before it is given up."""


class ServerRun:
    """A server, the schedule of its plan, and whether its jobs must stop; thread-safe.

    ``planned`` is set once the plan is made or has failed. ``stop`` is set at the end of the
    whole run, or once the server fails.
    """

    def __init__(self, server: Server, schedule: Schedule) -> None:
        self.server = server
        self.schedule = schedule
        self.planned = threading.Event()
        self.stop = threading.Event()
        self.error: SwitchbackError | None = None
        """The first error of the server; its databases are given up."""
        self.parts = 0
        """The number of parts planned."""
        self._databases: tuple[str, ...] = (server.name,)
        self._lock = threading.Lock()

    def wait_for_plan(self, other: ServerRun) -> None:
        """Wait until the plan of ``other`` is made or has failed. Raises :class:`RunStopping`."""
        while not other.planned.is_set():
            self.wait()

    def add_plan(self, parts: Sequence[Part]) -> None:
        """Schedule ``parts``."""
        self.schedule.add(parts)
        self.parts = len(parts)
        self._databases = tuple(dict.fromkeys((self.server.name, *(part.database for part in parts))))

    def give_up(self, error: SwitchbackError, collector: EvidenceCollector) -> None:
        """Record the databases of the server as broken by ``error`` and stop its jobs; once only."""
        with self._lock:
            if self.stop.is_set():
                return
            self.error = error
            self.stop.set()
        collector.add(
            *(
                DatabaseBroken(database=database, reason=str(error), engine=self.server.engine)
                for database in self._databases
            )
        )

    def wait_until_recovered(self) -> None:
        """Wait until the server accepts connections again, at most :data:`MAX_RECOVERY_SECONDS`."""
        deadline = time.monotonic() + MAX_RECOVERY_SECONDS
        while self.server.is_recovering() and time.monotonic() < deadline:
            self.wait()

    def wait(self) -> None:
        """Wait a moment. Raises :class:`RunStopping` if the jobs of the server must stop."""
        if self.stop.wait(POLL_SECONDS):
            raise RunStopping
