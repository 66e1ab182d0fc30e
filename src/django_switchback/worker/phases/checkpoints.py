"""Copies that the way to head leaves where targets follow: their cycles need not go that way again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.processes import fingerprint
from django_switchback.worker.cycle.context import django_key
from django_switchback.worker.migrate.migrator import MigrationKey
from django_switchback.worker.project.sandboxes import SandboxSwitcher


class Checkpoint(msgspec.Struct, frozen=True):
    """The database right before one migration, as a single ``migrate`` from nothing passes it.

    No row of ours is in it, and no ``post_migrate`` was sent yet.
    """

    before: MigrationKey
    address: Address
    applied: tuple[MigrationKey, ...]


class Checkpoints:
    """Leaves a station before each migration that ``part`` names, and writes it down for the other parts."""

    def __init__(self, bench: SandboxSwitcher, folder: Path, part: Part) -> None:
        self._bench = bench
        self._file = _file(folder, part)
        self._wanted = set(map(django_key, part.checkpoints))

    def save_if_wanted(self, key: MigrationKey, applied: Sequence[MigrationKey]) -> None:
        """Be told that ``key`` is to be applied next, after those that are ``applied``."""
        if key not in self._wanted:
            return
        self._wanted.remove(key)
        station = Checkpoint(key, self._bench.clone("station"), tuple(applied))
        # An address may hold a password.
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(station) + b"\n")


def load_checkpoints(folder: Path, part: Part) -> tuple[Checkpoint, ...]:
    """Return the stations that were left so far for ``part``, in the order in which they were passed.

    None where nobody goes that way; the last one, where the way to head was begun again.
    """
    file = _file(folder, part)
    if not file.exists():
        return ()
    lines = file.read_bytes().splitlines(keepends=True)
    found = [msgspec.json.decode(line, type=Checkpoint) for line in lines if line.endswith(b"\n")]
    return tuple({station.before: station for station in found}.values())


def _file(folder: Path, part: Part) -> Path:
    # A database's name may have any character in it.
    return folder / f"stations-{fingerprint(part.database, 12)}.jsonl"
