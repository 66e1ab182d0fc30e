"""Where the evidence of all workers comes together."""

from __future__ import annotations

import threading
from pathlib import Path

from django_switchback import evidence
from django_switchback.evidence import AnyRecord
from django_switchback.progress.interface import Progress


class Recorder:
    """Takes records from all workers, keeps them, writes them to the log and shows them to the progress."""

    def __init__(self, log: Path, progress: Progress) -> None:
        self.records: list[AnyRecord] = []
        self._log = log
        self.progress = progress
        self._lock = threading.Lock()

    def add(self, *records: AnyRecord) -> None:
        """Take ``records``, from whichever thread."""
        with self._lock:
            self.records.extend(records)
            evidence.write(self._log, records)
            for record in records:
                self.progress.observe(record)
