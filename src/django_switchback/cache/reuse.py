"""Decides which parts of a plan are known, and which evidence may be kept."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from django_switchback import evidence
from django_switchback.cache.entries import EntryStore, is_passing
from django_switchback.cache.entry import FORMAT, Entry, digest
from django_switchback.cache.folder import CacheFolder
from django_switchback.project.plan import Part


class RunOptions(NamedTuple):
    """What a run is asked for that evidence depends on, and the server that it is on."""

    project: str
    settings: str
    program: str
    scenarios: str
    seed: int
    timeout: float
    rows: int | None
    keep: tuple[str, ...]
    deploy_window: bool


class Known(NamedTuple):
    """A part whose evidence is known: its records, as of this run, with one that says so."""

    part: Part
    records: tuple[evidence.AnyRecord, ...]


class ResultCache:
    """The cache of one run; thread-safe.

    A part is the unit: its targets share a database, so that one meets the rows of those before it.
    """

    def __init__(self, folder: CacheFolder, options: RunOptions, entries: EntryStore) -> None:
        self._folder = folder
        self._options = options
        self._entries = entries
        self._lock = threading.Lock()
        self._dependencies: dict[str, evidence.DependenciesDescribed] = {}
        self._reads: list[evidence.FileRead] = []

    def known(
        self, parts: Sequence[Part], server: Sequence[str], dependencies: evidence.DependenciesDescribed
    ) -> tuple[Known, ...]:
        """Return those of ``parts`` of one alias that need not be run.

        ``server`` identifies the database server. What is not known may be given to :meth:`keep` later.
        """
        with self._lock:
            self._dependencies.update({_identity(part): dependencies for part in parts})
        cycles = [part for part in parts if part.kind == "cycles"]
        found = [
            (part, self._entries.find(self._key(part, server, dependencies), dependencies.project))
            for part in cycles
        ]
        return tuple(Known(part, _of_this_run(part, entry)) for part, entry in found if entry is not None)

    def observe(self, record: evidence.AnyRecord) -> None:
        """Note the files that code of the project reads, in whatever part."""
        if isinstance(record, evidence.FileRead):
            with self._lock:
                self._reads.append(record)

    def keep(
        self, part: Part, server: Sequence[str], records: Sequence[evidence.AnyRecord]
    ) -> evidence.CacheFailed | None:
        """Keep the ``records`` of ``part``, which ended well, if a later run may take them for its own.

        Return a record if they should be kept and cannot be: the first time only.
        """
        dependencies = self._dependencies.get(_identity(part))
        if dependencies is None or not _may_be_kept(part, records, dependencies):
            return None
        return self._entries.write(
            self._key(part, server, dependencies),
            tuple(record for record in records if not isinstance(record, evidence.PartFinished)),
            self._files(part, records, dependencies),
            dependencies.newest_change,
            dependencies.project if any(map(_depends_on_head, records)) else "",
        )

    def close(self) -> None:
        """Remove what is too much."""
        self._folder.prune()

    def _key(self, part: Part, server: Sequence[str], dependencies: evidence.DependenciesDescribed) -> str:
        facts = (
            FORMAT,
            self._options,
            tuple(server),
            part.database,
            part.alias,
            part.kind,
            tuple(map(str, part.targets)),
            dependencies.environment,
            dependencies.prefixes.get(str(part.targets[-1])),
        )
        return digest(facts)

    def _files(
        self, part: Part, records: Sequence[evidence.AnyRecord], dependencies: evidence.DependenciesDescribed
    ) -> set[str]:
        """Return the files that were read in the part, and by migrations before it on the way to head."""
        plan = dependencies.plan
        before = set(plan[: plan.index(str(part.targets[-1])) + 1])
        with self._lock:
            reads = tuple(self._reads)
        earlier = {
            read.path for read in reads if read.migration is not None and str(read.migration) in before
        }
        # Databases of other aliases on the same server are migrated to head beside the part.
        server = part.database.partition("/")[0]
        others = {
            read.path
            for read in reads
            if read.database != part.database and read.database.partition("/")[0] == server
        }
        return earlier | others | {read.path for read in records if isinstance(read, evidence.FileRead)}


def _identity(part: Part) -> str:
    return f"{part.database} {part.name}"


def _of_this_run(part: Part, entry: Entry) -> tuple[evidence.AnyRecord, ...]:
    """Return the records of ``entry``, in the part's present name, after one that says so."""
    taken = evidence.TakenFromCache(
        database=part.database, migrations=part.targets, started=entry.header.started
    )
    return (
        taken,
        *(
            msgspec.structs.replace(record, part=part.name)
            if isinstance(record, evidence.PartRecord | evidence.StepStarted | evidence.StepFinished)
            else record
            for record in entry.records
        ),
    )


def _may_be_kept(
    part: Part, records: Sequence[evidence.AnyRecord], dependencies: evidence.DependenciesDescribed
) -> bool:
    changed = part.unappliable or part.not_rolled_back or part.repeat or part.kind != "cycles"
    unstable = any(str(target) in dependencies.unstable for target in part.targets)
    return not changed and not unstable and not any(map(is_passing, records))


def _depends_on_head(record: evidence.AnyRecord) -> bool:
    """Return whether ``record`` was found with all migrations, or with the project's own ``manage.py``."""
    return isinstance(record, evidence.Confirmed) or (
        isinstance(record, evidence.NewCodeTried) and record.is_broken
    )
