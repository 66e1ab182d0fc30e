"""Collect the records of all workers in one evidence log."""

from __future__ import annotations

import threading
from pathlib import Path

from django_switchback import evidence
from django_switchback.evidence import AnyRecord
from django_switchback.progress.interface import Progress


class EvidenceCollector:
    """Keeps the records of all workers, appends them to the log and passes them to the progress display."""

    def __init__(self, log: Path, progress: Progress) -> None:
        self.records: list[AnyRecord] = []
        self._log = log
        self.progress = progress
        self._lock = threading.Lock()

    def add(self, *records: AnyRecord) -> None:
        """Record ``records``; thread-safe."""
        with self._lock:
            self.records.extend(records)
            evidence.write(self._log, records)
            for record in records:
                self.progress.observe(record)
