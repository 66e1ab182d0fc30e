"""The worker's end of the evidence log."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django_switchback import evidence
from django_switchback.evidence import AnyRecord
from django_switchback.redaction import Redactor, secrets_in_mapping
from django_switchback.worker.protocol import secrets_path


class EvidenceWriter:
    """Adds records to the log file, which it opens anew each time (see :func:`evidence.write`).

    A copy of all that was written is kept: a migration may truncate, overwrite or remove the file, which is
    put back before the next record.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._redactor = Redactor(secrets_in_mapping(os.environ))
        self._copy = b""
        self.quiet = False

    def redact_settings(self, settings: Mapping[str, Any]) -> None:
        """Write down none of the secrets in ``settings`` from now on.

        They lie beside the log as long as it does, for whoever reads what else this process printed.
        """
        self._redactor = Redactor((*self._redactor.secrets, *secrets_in_mapping(settings)))
        beside = os.open(secrets_path(self._path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(beside, "wb") as file:
            # NOTE: not by msgspec, which refuses what no encoding spells; a variable may hold any byte.
            file.write(json.dumps(self._redactor.secrets).encode())

    def add(self, *records: AnyRecord) -> None:
        """Write ``records`` down, unless this is a repeat that must not be logged twice."""
        if not self.quiet:
            self.write(*records)

    def write(self, *records: AnyRecord) -> None:
        """Write ``records`` down, in a repeat too."""
        self._repair()
        lines = b"".join(evidence.encode(self._redactor.record(record)) for record in records)
        self._copy += lines
        with self._path.open("ab") as log:
            log.write(lines)

    def _repair(self) -> None:
        """Let the file be what was written to it, by this process and those that were forked from it."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if size == len(self._copy):
            return
        content = self._path.read_bytes() if size else b""
        if content.startswith(self._copy):
            _, whole = evidence.follow(self._path, len(self._copy))
            if whole == len(content):
                self._copy = content
                return
        # Another file in its place: whoever follows it never sees it half written.
        anew = self._path.with_suffix(".anew")
        anew.touch(mode=0o600)
        anew.write_bytes(self._copy)
        anew.replace(self._path)
