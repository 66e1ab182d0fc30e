"""Read and write baselines: JSON files of the findings that a project knows, one entry a finding."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from django_switchback.errors import UsageError
from django_switchback.evidence.record_values import KnownFinding, Value

SCHEMA_VERSION: Literal[1] = 1


class BaselineFile(Value, frozen=True):
    """The whole file."""

    schema_version: Literal[1]
    findings: tuple[KnownFinding, ...]


class UnreadableBaseline(UsageError):
    """Reports a file that is not a baseline, or one of another version."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"cannot read {path} as a baseline: {reason}; expected a file written by --write-baseline: write "
            f"it anew with --write-baseline {path}, or leave --baseline out"
        )


def read_baseline(path: Path) -> tuple[KnownFinding, ...]:
    """Return the findings that the baseline at ``path`` holds. Raises :class:`UnreadableBaseline`."""
    try:
        content = path.read_bytes()
        version = msgspec.json.decode(content, type=dict[str, object]).get("schema_version")
        if version != SCHEMA_VERSION:
            raise UnreadableBaseline(
                path,
                f"its schema_version is {version!r}, and this version of Switchback reads {SCHEMA_VERSION}",
            )
        return msgspec.json.decode(content, type=BaselineFile).findings
    except OSError as error:
        raise UnreadableBaseline(path, error.strerror or str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableBaseline(path, str(error)) from error


def write_baseline(path: Path, findings: Iterable[KnownFinding]) -> None:
    """Replace the baseline at ``path`` in one step; the same findings give the same file.

    Raises ``OSError``.
    """
    ordered = sorted(findings, key=lambda known: (known.migration, known.rule, known.cause))
    file = BaselineFile(SCHEMA_VERSION, tuple(ordered))
    # Escaped, so that no text of the project reaches a terminal or an editor as it is.
    text = json.dumps(msgspec.to_builtins(file), indent=2) + "\n"
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="ascii")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
