"""Hashes the files of a project, for machines that have to agree in them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from django_switchback.config.projects import source_folders

CODE_SUFFIXES = frozenset({".py", ".sql", ".toml"})
"""The files that no run writes, unlike JSON, which a report may be."""


def files_digest(project: Path, suffixes: Collection[str]) -> str:
    """Return a digest of the files with these suffixes, without those in hidden folders and of libraries."""
    if not project.is_dir():
        return "missing"
    lines = sorted(
        f"{path.relative_to(project)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in _files(project, suffixes)
    )
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _files(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    yield from (path for path in folder.iterdir() if path.suffix in suffixes and path.is_file())
    for below in source_folders(folder):
        yield from _files(below, suffixes)
