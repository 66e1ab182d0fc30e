"""Runs one shard on a machine of the cluster, in a process of its own, and returns its evidence.

A Dask worker imports this module, and neither the project nor Django.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from django_switchback.config.config import Config
from django_switchback.config.projects import source_folders
from django_switchback.errors import UNFINISHED_STATUS
from django_switchback.version import version

HASHED_SUFFIXES = frozenset({".json", ".py", ".sql", ".toml"})
"""The files of a project that its migrations may depend on."""
ERROR_CHARACTERS = 4_000
LOG = "evidence.jsonl"


class ShardResult(NamedTuple):
    """The evidence log of a shard, the exit status of its process, and the end of what that printed."""

    log: bytes
    status: int
    errors: str


def describe_machine(project: str) -> dict[str, str]:
    """Return what has to be the same on every machine: the versions, and a digest of the project's files."""
    return {
        "Switchback": version(),
        "Python": platform.python_version(),
        "Django": metadata.version("django"),
        f"the files of {project}": _digest(Path(project)),
    }


def _digest(project: Path) -> str:
    if not project.is_dir():
        return "missing"
    lines = sorted(
        f"{path.relative_to(project)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in _files(project)
    )
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.iterdir() if path.suffix in HASHED_SUFFIXES and path.is_file())
    for below in source_folders(folder):
        yield from _files(below)


def run_shard(config: bytes, weights: tuple[bytes, ...], expected: dict[str, str]) -> ShardResult:
    """Rehearse the shard of ``config`` and return its evidence; ``weights`` are logs of earlier runs.

    Without ``config.python`` this interpreter runs the project. A machine that is not as ``expected``,
    because it came later, loses the shard.
    """
    own = decode_config(config)
    project = str(own.project)
    differing = differences(describe_machine(project), expected)
    if differing:
        return ShardResult(b"", UNFINISHED_STATUS, differing)
    with tempfile.TemporaryDirectory(prefix="switchback-shard-") as name:
        folder = Path(name)
        logs = [folder / f"weights-{number}.jsonl" for number in range(len(weights))]
        for path, content in zip(logs, weights, strict=True):
            path.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-m", "django_switchback.cluster.shard_process", str(folder / LOG)],
            input=encode_config(
                msgspec.structs.replace(own, shard_weights=tuple(logs), python=own.python or sys.executable)
            ),
            cwd=project,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        log = folder / LOG
        errors = done.stderr.decode("utf-8", "replace")[-ERROR_CHARACTERS:]
        return ShardResult(log.read_bytes() if log.exists() else b"", done.returncode, errors)


def differences(found: dict[str, str], expected: dict[str, str]) -> str:
    """Return what differs from what is expected, as text; empty if nothing does."""
    return ", ".join(
        f"{name} is {found.get(name)} instead of {value}"
        for name, value in expected.items()
        if found.get(name) != value
    )


def encode_config(config: Config) -> bytes:
    """Return ``config`` as JSON."""
    return msgspec.json.encode(config, enc_hook=str)


def decode_config(content: bytes) -> Config:
    """Return the config that :func:`encode_config` encoded."""
    return msgspec.json.decode(content, type=Config, dec_hook=_path)


def _path(kind: type, value: Any) -> Any:
    return kind(value)
