"""The worker's end of the evidence log."""

from __future__ import annotations

from pathlib import Path

from django_switchback import evidence
from django_switchback.evidence import AnyRecord


class Log:
    """Adds records to the log file, which it opens anew each time (see :func:`evidence.write`)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.quiet = False

    def add(self, *records: AnyRecord) -> None:
        """Write ``records`` down, unless this is a repeat that must not be logged twice."""
        if not self.quiet:
            self.tell(*records)

    def tell(self, *records: AnyRecord) -> None:
        """Write ``records`` down, in a repeat too."""
        evidence.write(self._path, records)
