"""Copies that the way to head leaves where targets follow: their cycles need not go that way again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.processes import fingerprint
from django_switchback.worker.bench import Bench
from django_switchback.worker.migrator import Key


class Station(msgspec.Struct, frozen=True):
    """The database right before one migration, as a single ``migrate`` from nothing passes it.

    No row of ours is in it, and no ``post_migrate`` was sent yet.
    """

    before: Key
    address: Address
    applied: tuple[Key, ...]


class Stations:
    """Leaves a station before each of ``targets`` that follows something else in ``plan``."""

    def __init__(self, bench: Bench, plan: Sequence[Key], targets: Collection[Key]) -> None:
        self._bench = bench
        self._wanted = {
            key
            for before, key in zip([None, *plan], plan, strict=False)
            if key in targets and before not in targets
        }
        self.made: list[Station] = []

    def pass_by(self, key: Key, applied: Sequence[Key]) -> None:
        """Be told that ``key`` is to be applied next, after those that are ``applied``."""
        if key in self._wanted:
            self._wanted.remove(key)
            self.made.append(Station(key, self._bench.clone("station"), tuple(applied)))


def leave(folder: Path, part: Part, stations: Sequence[Station]) -> None:
    """Write down in the run's ``folder`` which stations there are for the other parts of the same alias."""
    file = _file(folder, part)
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_bytes(msgspec.json.encode(stations))
    new.rename(file)


def left(folder: Path, part: Part) -> tuple[Station, ...]:
    """Return the stations that were left for ``part``; none where nobody went that way before."""
    file = _file(folder, part)
    return msgspec.json.decode(file.read_bytes(), type=tuple[Station, ...]) if file.exists() else ()


def _file(folder: Path, part: Part) -> Path:
    # A database's name may have any character in it.
    return folder / f"stations-{fingerprint(part.database, 12)}.json"
