"""Implement the command ``cache``: what is kept, and emptying it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from django_switchback.cache.folder import MAX_BYTES, CacheFolder
from django_switchback.commands.rehearsal import print_text
from django_switchback.config.config import load_config
from django_switchback.errors import UsageError

_MIB = 1 << 20


class NoCache(UsageError):
    """Reports that no cache is set up, or that there is none yet."""

    def __init__(self, folder: Path | None) -> None:
        missing = "no cache is set" if folder is None else f"there is no cache in {folder}"
        super().__init__(f"{missing}: name its folder by --cache, as the rehearsal does")


def cache(action: Literal["info", "clear"], flags: Mapping[str, Any]) -> int:
    """Print how much the cache holds, or empty it; return the exit status."""
    folder = load_config(flags, os.environ, Path.cwd()).cache
    if folder is None or not folder.is_dir():
        raise NoCache(folder)
    kept = CacheFolder(folder)
    if action == "clear":
        print_text(sys.stdout, f"removed {kept.clear()} entries from {folder}\n")
        return 0
    size = kept.size()
    lines = [
        str(folder),
        f"{size.entries} entries, {size.bytes / _MIB:.1f} MiB of at most {MAX_BYTES // _MIB} MiB",
    ]
    if size.oldest is not None and size.newest is not None:
        lines.append(f"last used {_time(size.newest)}; the oldest {_time(size.oldest)}")
    print_text(sys.stdout, "\n".join(lines) + "\n")
    return 0


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
