"""Watch the project's migrations, and rehearse each one that is saved."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from django_switchback.commands.rehearsal import print_text, run_with
from django_switchback.config.config import Config, ConflictingOptions, load_config
from django_switchback.config.projects import source_folders
from django_switchback.errors import SwitchbackError
from django_switchback.signals import handle_stop_signals
from django_switchback.untrusted_text import safe_line

POLL_SECONDS = 0.25
SIGNAL_STATUS = 128
"""Exit statuses above this are those of stop signals."""


def watch(flags: Mapping[str, Any]) -> int:
    """Rehearse each migration that is saved until Ctrl-C, by default on SQLite; return the exit status."""
    config = load_config(flags, os.environ, Path.cwd())
    for option in ("shard", "cluster"):
        if getattr(config, option) is not None:
            raise ConflictingOptions("--watch", f"--{option}")
    if not config.named_databases:
        config = msgspec.structs.replace(config, databases=("sqlite",))
    seen = migration_files(config.project)
    _say(f"watching {len(seen)} migrations in {config.project}; Ctrl-C ends")
    while True:
        time.sleep(POLL_SECONDS)
        now = migration_files(config.project)
        saved = frozenset(path for path, state in now.items() if seen.get(path) != state)
        seen = now
        if saved:
            _say(f"rehearsing {', '.join(sorted(saved))}")
            status = _rehearse(msgspec.structs.replace(config, changed=saved))
            if status > SIGNAL_STATUS:
                return status


def _rehearse(config: Config) -> int:
    """Run one rehearsal; an error, such as a migration that is not Python yet, is told and not raised."""
    try:
        # Nested: the clean-up of a run ignores stop signals, and the next run must not.
        with handle_stop_signals():
            return run_with(config)
    except SwitchbackError as error:
        _say(str(error))
        return 2


def _say(text: str) -> None:
    print_text(sys.stderr, f"{safe_line(f'switchback: {text}')}\n")


def migration_files(project: Path) -> dict[str, tuple[int, int]]:
    """Return time and size of each file in a ``migrations`` package, by its path relative to ``project``."""
    found = {}
    for path in _migrations_below(project):
        try:
            status = path.stat()
        except FileNotFoundError:
            # An editor replaces a file by renaming another.
            continue
        found[str(path.relative_to(project))] = (status.st_mtime_ns, status.st_size)
    return found


def _migrations_below(folder: Path) -> Iterator[Path]:
    for path in source_folders(folder):
        if path.name == "migrations":
            yield from (file for file in path.glob("*.py") if file.name != "__init__.py")
        yield from _migrations_below(path)
