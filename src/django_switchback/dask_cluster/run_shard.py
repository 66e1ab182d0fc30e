"""Runs one shard on a machine of the cluster, in a process of its own, and returns its evidence.

A Dask worker imports this module, and neither the project nor Django.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from django_switchback.config.config import Config
from django_switchback.config.project_files import files_digest
from django_switchback.errors import UNFINISHED_STATUS
from django_switchback.redaction import Redactor, passwords_in_url, secrets_in_mapping
from django_switchback.version import version

ERROR_CHARACTERS = 4_000
VERSIONS = (
    "import platform; from importlib import metadata; "
    "print(platform.python_version(), metadata.version('django'))"
)
"""Prints the versions that have to be the same, in the interpreter that runs the project."""


class ShardResult(NamedTuple):
    """The evidence log of a shard, the exit status of its process, and the end of what that printed."""

    log: bytes
    status: int
    errors: str


def describe_machine(project: str, python: str = "") -> dict[str, str]:
    """Return what has to be the same on every machine: the versions, and a digest of the project's files.

    ``python`` is the interpreter that runs the project, by default this one.
    """
    return {
        "Switchback": version(),
        **_versions(project, python or sys.executable),
        f"the files of {project}": files_digest(Path(project)),
    }


def _versions(project: str, python: str) -> dict[str, str]:
    """Return the versions of an interpreter and its Django, or why they cannot be told."""
    try:
        told = subprocess.run(
            [python, "-c", VERSIONS], cwd=project, capture_output=True, text=True, check=True
        ).stdout.split()
    except (OSError, subprocess.CalledProcessError) as error:
        return {"Python": f"unknown ({type(error).__name__}: {error})", "Django": "unknown"}
    return dict(zip(("Python", "Django"), told, strict=True))


def run_shard(config: Config, expected: dict[str, str]) -> ShardResult:
    """Rehearse the shard of ``config`` and return its evidence.

    Without ``config.python`` this interpreter runs the project. A machine that is not as ``expected``,
    because it came later, loses the shard. Dask logs the repr of arguments, which must have no secrets.
    """
    project = str(config.project)
    differing = differences(describe_machine(project, config.python), expected)
    if differing:
        return ShardResult(b"", UNFINISHED_STATUS, differing)
    with tempfile.TemporaryDirectory(prefix="switchback-shard-") as name:
        log = Path(name, "evidence.jsonl")
        done = subprocess.run(
            [sys.executable, "-m", "django_switchback.dask_cluster.shard_process", str(log)],
            input=encode_config(msgspec.structs.replace(config, python=config.python or sys.executable)),
            cwd=project,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        # Before it is cut: half of a password would not be found.
        errors = redactor_of(config).traceback(done.stderr.decode("utf-8", "replace"))
        return ShardResult(
            log.read_bytes() if log.exists() else b"", done.returncode, errors[-ERROR_CHARACTERS:]
        )


def redactor_of(config: Config) -> Redactor:
    """Return what masks the passwords of ``config`` and the secrets in this machine's environment."""
    return Redactor((*secrets_in_mapping(os.environ), *passwords_in_url(" ".join(config.databases))))


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
