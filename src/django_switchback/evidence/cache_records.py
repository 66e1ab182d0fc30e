"""Records about the cache: what evidence depends on, and what was taken from earlier runs."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence.record_values import MigrationName, PartRecord, Record


class DependenciesDescribed(Record, frozen=True, tag="dependencies-described"):
    """What the evidence of cycles on one alias depends on, as digests; a worker's answer for the cache.

    ``environment`` concerns every cycle. ``prefixes`` are those of the plan up to each migration, by
    ``app.name``; ``unstable`` says of some why their results are not kept. ``project`` is of all code of the
    project and of the whole plan. ``newest_change`` is the time at which the newest of the files was changed.
    """

    alias: str
    environment: str
    prefixes: dict[str, str]
    unstable: dict[str, str]
    project: str
    newest_change: float


class TakenFromCache(Record, frozen=True, tag="taken-from-cache"):
    """The cycles of ``migrations`` were not run: their evidence was kept by a run that ``started`` then."""

    database: str
    migrations: tuple[MigrationName, ...]
    started: str


class CacheFailed(Record, frozen=True, tag="cache-failed"):
    """Results could not be taken from the cache, or not be kept in it; ``reason`` is a sentence."""

    reason: str


class FileRead(PartRecord, frozen=True, tag="file-read"):
    """Code of the project opened a file, or listed a folder, while ``migration`` ran, or between two steps.

    ``written``: to write it. Recorded only for the cache.
    """

    database: str
    path: str
    kind: Literal["file", "folder"]
    written: bool = False
    migration: MigrationName | None = None


CacheRecord: TypeAlias = DependenciesDescribed | TakenFromCache | CacheFailed | FileRead
