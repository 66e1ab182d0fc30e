"""Finds entries whose files are as they were, and writes those whose files did not change during the run."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from django_switchback import evidence
from django_switchback.cache.entry import DamagedEntry, Entry, decode, encode, file_digest
from django_switchback.cache.folder import CacheFolder, UnusableCache

_CLOCK_SECONDS = 0.1
"""How much earlier than the start of a run the clock of a file system may say that a file was changed."""
_NEVER_KEPT = (
    evidence.NotRun,
    evidence.ConnectionLost,
    evidence.DatabaseBroken,
    evidence.ProjectRefused,
    evidence.BelongsToServer,
    evidence.ValuesNotUnderstood,
    evidence.TouchedElsewhere,
)
"""Records of what was skipped, of errors that are not the project's, and of the world outside."""


class EntryStore:
    """The entries of a run that ``began`` at this time, in seconds since the epoch; thread-safe."""

    def __init__(self, folder: CacheFolder, began: float) -> None:
        self._folder = folder
        self._began = began
        self._started = datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds")
        self._lock = threading.Lock()
        self._failed = False

    def find(self, key: str, project: str = "") -> Entry | None:
        """Return the entry of ``key`` if its files, and its ``project`` if it has one, are as they were."""
        content = self._folder.read(key)
        if content is None:
            return None
        try:
            entry = decode(content, key)
        except DamagedEntry:
            self._folder.remove(key)
            return None
        if entry.header.project not in {"", project}:
            return None
        unchanged = all(file_digest(Path(path))[0] == digest for path, digest in entry.header.files.items())
        return entry if unchanged else None

    def write(
        self,
        key: str,
        records: tuple[evidence.AnyRecord, ...],
        files: Iterable[str],
        newest_change: float,
        project: str = "",
    ) -> evidence.CacheFailed | None:
        """Write an entry, unless ``files``, or what ``newest_change`` is the time of, changed during the run.

        Return a record if it cannot be written: the first time only.
        """
        digests = {path: file_digest(Path(path)) for path in files}
        newest = max((changed for _, changed in digests.values()), default=0.0)
        if max(newest, newest_change) >= self._began - _CLOCK_SECONDS:
            # Changed since the run began: what was read may be neither the old nor the new content.
            return None
        content = encode(
            key, self._started, records, {path: digest for path, (digest, _) in digests.items()}, project
        )
        try:
            self._folder.write(key, content)
        except UnusableCache as error:
            return self.failure(str(error))
        return None

    def failure(self, reason: str) -> evidence.CacheFailed | None:
        """Return the record that results cannot be kept, ``None`` if there is one already."""
        with self._lock:
            first, self._failed = not self._failed, True
        return evidence.CacheFailed(reason=reason) if first else None


def is_passing(record: evidence.AnyRecord) -> bool:
    """Return whether ``record`` says something that may be otherwise in the next run."""
    match record:
        case evidence.StepFinished():
            return record.outcome in {"timed-out", "died"}
        case evidence.MinimalRowsFound():
            return not record.complete
        case evidence.FileRead():
            return record.written
    return isinstance(record, _NEVER_KEPT)
