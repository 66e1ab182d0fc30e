"""Reads and writes evidence logs: JSON lines, one record a line."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from django_switchback.errors import UnreadableEvidence
from django_switchback.evidence.cache_records import CacheRecord
from django_switchback.evidence.head_records import HeadRecord
from django_switchback.evidence.interruption_records import InterruptionTried
from django_switchback.evidence.rehearsal_records import RehearsalRecord
from django_switchback.evidence.run_records import RunRecord
from django_switchback.evidence.statement_records import StatementRecord
from django_switchback.evidence.target_records import TargetRecord
from django_switchback.evidence.time_records import TimeSpent
from django_switchback.evidence.work_records import WorkMeasured

AnyRecord: TypeAlias = (
    RunRecord
    | CacheRecord
    | TargetRecord
    | StatementRecord
    | WorkMeasured
    | InterruptionTried
    | HeadRecord
    | RehearsalRecord
    | TimeSpent
)

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)


def encode(record: AnyRecord) -> bytes:
    """Return ``record`` as a line of JSON with its newline; lone surrogates are escaped with backslashes."""
    try:
        return _encoder.encode(record) + b"\n"
    except UnicodeEncodeError:
        # A lone surrogate, from a message of the project or from a file name that is not UTF-8.
        return _encoder.encode(_without_surrogates(msgspec.to_builtins(record))) + b"\n"


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case list() | tuple():
            return [_without_surrogates(item) for item in value]
        case dict():
            return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def decode(line: bytes) -> AnyRecord:
    """Return the record in a line; raise ``msgspec.DecodeError`` if the line is not a record."""
    return _decoder.decode(line)


def read(path: Path) -> tuple[AnyRecord, ...]:
    """Return all records of the log at ``path``.

    Raises :class:`UnreadableEvidence` if the file or one of its lines cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableEvidence(path, 0, error.strerror or str(error)) from error
    return tuple(_lines(path, content))


def _lines(path: Path, content: bytes) -> Iterator[AnyRecord]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            yield decode(line)
        except msgspec.DecodeError as error:
            raise UnreadableEvidence(path, number, str(error)) from error


def follow(path: Path, start: int) -> tuple[list[AnyRecord], int]:
    """Return the records after byte ``start`` of a log still being written, and the offset after them.

    Reading stops at the first line that is not a record (yet): the writer repairs a damaged log before it
    writes the next record.
    """
    try:
        with path.open("rb") as log:
            log.seek(start)
            content = log.read()
    except FileNotFoundError:
        return [], start
    records, length = decode_log(content)
    return records, start + length


def decode_log(content: bytes) -> tuple[list[AnyRecord], int]:
    """Return the records of a log up to the first line that is not one, and the offset after them."""
    records: list[AnyRecord] = []
    length = 0
    for line in content.splitlines(keepends=True):
        try:
            records.append(decode(line if line.endswith(b"\n") else b""))
        except (msgspec.DecodeError, UnicodeDecodeError):
            break
        length += len(line)
    return records, length


def json_schema(kind: object = AnyRecord) -> dict[str, Any]:
    """Return the JSON Schema of ``kind``, by default of one line of the log.

    Its descriptions are docstrings, without the indentation that msgspec before 0.23 leaves in them.
    """
    schema = msgspec.json.schema(kind)
    for definition in schema["$defs"].values():
        definition["description"] = inspect.cleandoc(definition["description"])
    return schema


def write(path: Path, records: Iterable[AnyRecord]) -> None:
    """Append ``records`` to the log at ``path``.

    The file is opened for each call, since a migration may close all descriptors. Raises ``OSError`` with the
    file's name, also if the disk is full.
    """
    try:
        with path.open("ab") as log:
            log.write(b"".join(map(encode, records)))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
