"""Encodes and decodes an entry: the evidence of one part of the plan, with the files that it read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from django_switchback import evidence
from django_switchback.evidence import AnyRecord

FORMAT = 1
"""The version of the format, which is part of every key."""
ABSENT = ""
"""Stands for the digest of a file that does not exist."""


def digest(facts: object) -> str:
    """Return the digest of ``facts``, which JSON can hold, as keys are made of."""
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()


class EntryHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of an entry; the other lines are ``records`` records, with the digest ``body``.

    ``started`` is when the run that found them began. ``files`` are digests by path of what they depend on
    beside the key; ``project`` is the digest of all of its code, or empty if they do not depend on that.
    """

    format: int
    key: str
    started: str
    records: int
    body: str
    files: dict[str, str]
    project: str


class Entry(msgspec.Struct, frozen=True):
    """The header and the records of an entry."""

    header: EntryHeader
    records: tuple[AnyRecord, ...]


class DamagedEntry(Exception):
    """Reports an entry that is not as it was written."""


def encode(
    key: str, started: str, records: tuple[AnyRecord, ...], files: Mapping[str, str], project: str
) -> bytes:
    """Return the bytes of an entry."""
    body = b"".join(map(evidence.encode, records))
    header = EntryHeader(
        format=FORMAT,
        key=key,
        started=started,
        records=len(records),
        body=hashlib.sha256(body).hexdigest(),
        files=dict(files),
        project=project,
    )
    return msgspec.json.encode(header) + b"\n" + body


def decode(content: bytes, key: str) -> Entry:
    """Return the entry in ``content``. Raises :class:`DamagedEntry` unless it is the one of ``key``."""
    head, _, body = content.partition(b"\n")
    try:
        header = msgspec.json.decode(head, type=EntryHeader)
        if (header.format, header.key) != (FORMAT, key):
            raise DamagedEntry("it is another entry")
        if header.body != hashlib.sha256(body).hexdigest():
            raise DamagedEntry("its records were changed or cut short")
        records = tuple(map(evidence.decode, body.splitlines()))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedEntry(str(error)) from error
    if len(records) != header.records:
        raise DamagedEntry("records are missing")
    return Entry(header, records)


def file_digest(path: Path) -> tuple[str, float]:
    """Return a digest of a file or of the names in a folder, and the time of its last change.

    :data:`ABSENT` stands for what does not exist or cannot be read.
    """
    try:
        status = path.stat()
        if path.is_dir():
            names = sorted({entry.name for entry in path.iterdir()} - {"__pycache__"})
            content = "\0".join(names).encode("utf-8", "surrogateescape")
        elif path.is_file():
            content = path.read_bytes()
        else:
            return ABSENT, float("inf")
    except OSError:
        return ABSENT, 0.0
    return hashlib.sha256(content).hexdigest(), max(status.st_mtime, status.st_ctime)
