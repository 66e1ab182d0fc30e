"""Records about the cache: what evidence depends on, and what was taken from earlier runs."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence.record_values import MigrationName, PartRecord, Record


class DependenciesDescribed(Record, frozen=True, tag="dependencies-described"):
    """What the evidence of cycles on one alias depends on, as digests; a worker's answer for the cache.

    ``environment`` concerns every cycle. ``plan`` are all migrations in the order in which ``migrate``
    applies them, as ``app.name``. ``prefixes`` are those of the plan up to each migration; ``unstable`` says
    of some why their results are not kept. ``histories`` are of databases that are migrated from nothing up
    to a migration, as far as one may be used again; those from ``first_at_head`` on, a migration, depend on
    models at head. ``project`` is of all code of the project and of the whole plan. ``newest_change`` is
    the time at which the newest of the files was changed.
    """

    alias: str
    environment: str
    plan: tuple[str, ...]
    prefixes: dict[str, str]
    unstable: dict[str, str]
    histories: dict[str, str]
    first_at_head: MigrationName | None
    project: str
    newest_change: float


class TakenFromCache(Record, frozen=True, tag="taken-from-cache"):
    """The cycles of ``migrations`` were not run: their evidence was kept by a run that ``started`` then."""

    database: str
    migrations: tuple[MigrationName, ...]
    started: str


class HistoryTakenFromCache(Record, frozen=True, tag="history-taken-from-cache"):
    """The first ``migrations`` of the plan were not applied: a database was kept that has them.

    ``last`` is the last of them. The run that applied them to an empty database ``started`` then.
    """

    database: str
    migrations: int
    last: MigrationName
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


CacheRecord: TypeAlias = (
    DependenciesDescribed | TakenFromCache | HistoryTakenFromCache | CacheFailed | FileRead
)
