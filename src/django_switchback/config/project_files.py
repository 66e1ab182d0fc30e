"""Hashes the files of a project, for machines that have to agree in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django_switchback.config.projects import source_folders

CODE_SUFFIXES = frozenset({".py", ".sql", ".toml"})
DATA_SUFFIXES = frozenset({".json"})
"""Counted in packages only, as fixtures and data of migrations: elsewhere a run may write reports."""


def files_digest(project: Path) -> str:
    """Return a digest of the files that migrations may depend on, without hidden folders and libraries."""
    if not project.is_dir():
        return "missing"
    lines = sorted(f"{path.relative_to(project)} {_digest(path)}" for path in _files(project))
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        # Nor can the project read it.
        return type(error).__name__


def _files(folder: Path, *, in_package: bool = False) -> Iterator[Path]:
    in_package = in_package or (folder / "__init__.py").is_file()
    suffixes = CODE_SUFFIXES | DATA_SUFFIXES if in_package else CODE_SUFFIXES
    try:
        entries = list(folder.iterdir())
    except OSError:
        # Nor can the project.
        return
    yield from (path for path in entries if path.suffix in suffixes and path.is_file())
    for below in source_folders(folder):
        yield from _files(below, in_package=in_package)
