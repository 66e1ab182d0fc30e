"""Writes the worker's records to the evidence log."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from django_switchback import evidence
from django_switchback.evidence import AnyRecord, PartRecord
from django_switchback.redaction import Redactor, secrets_in_mapping
from django_switchback.sandbox.run_files import LogFiles, write_private

_mutex = threading.RLock()


def _renew_mutex() -> None:
    global _mutex
    _mutex = threading.RLock()


# A fork has only one thread; another one that held the mutex would never release it there.
os.register_at_fork(after_in_child=_renew_mutex)


class EvidenceWriter:
    """Appends records to the log file, which is opened anew for each write (see :func:`evidence.write`).

    The writer keeps a copy of everything written: a migration may truncate, overwrite or remove the file,
    which is restored before the next record. A process that a migration forks is a second writer, since its
    accesses are reported too: a lock keeps two writers from changing the file at once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._redactor = Redactor(secrets_in_mapping(os.environ))
        self._copy = bytearray()
        self.part = ""
        """The part of the plan that is run, which every observation names."""

    def redact_settings(self, *settings: Mapping[str, Any]) -> None:
        """Redact the secrets in each of ``settings`` from all further records.

        The secrets are also stored in a file beside the log, to redact the output of this process.
        """
        found = (secret for values in settings for secret in secrets_in_mapping(values))
        self._redactor = Redactor((*self._redactor.secrets, *found))
        # NOTE: not msgspec, which rejects surrogates; an environment variable may hold any byte.
        write_private(LogFiles(self._path).secrets(), json.dumps(self._redactor.secrets).encode())

    def add(self, *records: AnyRecord) -> None:
        """Write ``records``."""
        lines = b"".join(
            evidence.encode(self._redactor.record(self._with_part(record))) for record in records
        )
        with self._locked():
            self._repair()
            self._copy += lines
            with self._path.open("ab") as log:
                log.write(lines)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Exclude other processes by a record lock on a file beside the log, and other threads by a mutex.

        A fork inherits no record lock, and a killed process loses its own, so no process waits
        for one that was killed.
        """
        with _mutex, LogFiles(self._path).lock().open("wb") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            yield

    def _with_part(self, record: AnyRecord) -> AnyRecord:
        if not isinstance(record, PartRecord):
            return record
        return msgspec.structs.replace(record, part=self.part)

    def _repair(self) -> None:
        """Restore the log file if it differs from what this process and its forks wrote to it."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if size == len(self._copy):
            return
        content = self._path.read_bytes() if size else b""
        if content[: len(self._copy)] == self._copy:
            _, complete = evidence.follow(self._path, len(self._copy))
            if complete == len(content):
                self._copy = bytearray(content)
                return
        # Replaced atomically: readers never see a partly written log.
        replacement = LogFiles(self._path).replacement()
        replacement.touch(mode=0o600)
        replacement.write_bytes(self._copy)
        replacement.replace(self._path)
