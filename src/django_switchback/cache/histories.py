"""Decides from which database of an earlier run the way to head starts, and which of this run are kept."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

import msgspec

from django_switchback import evidence
from django_switchback.cache.entries import EntryStore, is_passing
from django_switchback.cache.entry import FORMAT, digest, file_digest
from django_switchback.cache.folder import CacheFolder, UnusableCache
from django_switchback.cache.reuse import RunOptions
from django_switchback.evidence import AnyRecord, DependenciesDescribed, MigrationName
from django_switchback.project.plan import Part
from django_switchback.sandbox.checkpoint_list import Checkpoint, load_checkpoints
from django_switchback.sandbox.interface import Address, SandboxError, Server
from django_switchback.sandbox.run_files import RunFiles

MAX_DATABASES = 3
"""The largest number of databases of a server that are kept; one of Wagtail has 13 MB on PostgreSQL."""
_INDEX = "index.json"


class KeptDatabase(msgspec.Struct, frozen=True):
    """A database in an archive that has the first ``migrations`` of the plan.

    ``key`` is that of the entry with the evidence of how it was made, ``history`` a digest of what that
    depends on but for the files that were read; ``name`` is that of the database or file.
    """

    key: str
    history: str
    name: str
    migrations: int


class KnownHistory(NamedTuple):
    """A checkpoint that a way to head starts from, and the records of the way that leads to it."""

    checkpoint: Checkpoint
    records: tuple[AnyRecord, ...]


class _ToHead(NamedTuple):
    """What is known of a way to head: its part, what it depends on, and the records of all of it."""

    part: Part
    needs: DependenciesDescribed
    records: list[AnyRecord]


class _Made(NamedTuple):
    """A checkpoint of this run, and what its entry holds: the evidence of the way to it, and files read."""

    address: Address
    records: tuple[AnyRecord, ...]
    files: list[str]


class HistoryCache:
    """The databases that a run finds in the cache, and those that it leaves there.

    A history is an empty database that a single ``migrate`` has brought up to some migration, without rows of
    ours. It serves a run whose targets all come later, of a project with one database. Not thread-safe, but
    for calls about different servers.
    """

    def __init__(self, folder: CacheFolder, options: RunOptions, entries: EntryStore) -> None:
        self._folder = folder
        self._project = (options.project, options.settings, options.program, options.keep)
        self._entries = entries
        self._found: dict[str, tuple[KeptDatabase, ...]] = {}
        self._ways: dict[str, _ToHead] = {}

    def archive(self, spec: str) -> AbstractContextManager[ZipFile | None]:
        """Open in a block what an earlier run has kept for ``spec``, if there is something."""
        return self._folder.archive(self._archive_key(spec))

    def opened(self, server: Server, archive: ZipFile) -> None:
        """Note what ``server`` has of what is kept in ``archive``."""
        try:
            index = msgspec.json.decode(archive.read(_INDEX), type=tuple[KeptDatabase, ...])
        except (KeyError, BadZipFile, OSError, msgspec.DecodeError):
            index = ()
        self._found[server.name] = tuple(found for found in index if found.name in server.kept)

    def known(
        self, part: Part, server: Server, identity: Sequence[str], needs: DependenciesDescribed
    ) -> KnownHistory | None:
        """Return the longest history that ``part``, a way to head, can continue.

        ``needs`` are the dependencies of its alias.
        """
        way = self._ways[server.name] = _ToHead(part, needs, [])
        plan = needs.plan
        targets = {str(target) for target in part.targets}
        first = next((place for place, name in enumerate(plan) if name in targets), len(plan) - 1)
        for found in sorted(self._found.get(server.name, ()), key=lambda kept: -kept.migrations):
            if found.migrations > first or not self._is_valid(found, way, identity):
                continue
            entry = self._entries.find(found.key)
            if entry is not None:
                keys = [_django_key(name) for name in plan[: found.migrations + 1]]
                checkpoint = Checkpoint(
                    keys[-1], server.kept[found.name], tuple(keys[:-1]), silent=True, kept=True
                )
                way.records.extend(entry.records)
                taken = evidence.HistoryTakenFromCache(
                    database=part.database,
                    migrations=found.migrations,
                    last=MigrationName(*keys[-2]),
                    started=entry.header.started,
                )
                return KnownHistory(checkpoint, (taken, *entry.records))
        return None

    def observe(self, part: Part, server: Server, records: Sequence[AnyRecord]) -> None:
        """Note the ``records`` of a way to head that ended well."""
        way = self._ways.get(server.name)
        if way is not None and way.part.name == part.name and way.part.database == part.database:
            way.records.extend(records)

    def keep(
        self, spec: str, server: Server, identity: Sequence[str], run_folder: Path
    ) -> evidence.CacheFailed | None:
        """Keep checkpoints of the run; the server can only be closed afterwards, unless there are none.

        Return a record if they should be kept and cannot be: the first time only.
        """
        way = self._ways.get(server.name)
        kinds = {type(record) for record in way.records} if way is not None else set()
        if way is None or evidence.ScratchFinished not in kinds or evidence.CacheFailed in kinds:
            return None
        made = self._of_this_run(way, identity, run_folder)
        for found, (_, records, files) in made.items():
            failed = self._entries.write(found.key, records, files, way.needs.newest_change)
            if failed is not None:
                return failed
        kept = self._of_earlier_runs(way, server, identity) | {
            found: address for found, (address, _, _) in made.items()
        }
        chosen = list(kept.items())[-MAX_DATABASES:]
        if {found.key for found, _ in chosen} <= {found.key for found in self._found.get(server.name, ())}:
            return None

        def fill(archive: ZipFile) -> None:
            archive.writestr(_INDEX, msgspec.json.encode([found for found, _ in chosen]))
            server.keep([address.name for _, address in chosen], archive)

        try:
            self._folder.write_archive(self._archive_key(spec), fill)
        except (UnusableCache, SandboxError) as error:
            return self._entries.failure(f"the databases on {server.name} are not kept: {error}")
        return None

    def _of_earlier_runs(
        self, way: _ToHead, server: Server, identity: Sequence[str]
    ) -> dict[KeptDatabase, Address]:
        """Return what the server started with that is valid, with its addresses."""
        kept = ((found, server.kept[found.name]) for found in self._found.get(server.name, ()))
        return {
            msgspec.structs.replace(found, name=Path(address.name).name): address
            for found, address in kept
            if self._is_valid(found, way, identity) and self._entries.find(found.key) is not None
        }

    def _of_this_run(
        self, way: _ToHead, identity: Sequence[str], run_folder: Path
    ) -> dict[KeptDatabase, _Made]:
        """Return what this run can keep, the longest last."""
        made: dict[KeptDatabase, _Made] = {}
        own = [found for found in load_checkpoints(run_folder, way.part.database) if not found.kept]
        for checkpoint in _spread(own, way.needs.first_at_head):
            address, number = checkpoint.address, len(checkpoint.applied)
            records = _records_until(checkpoint, way.records)
            changes_server = RunFiles(run_folder).server_steps(address.host).exists()
            if (
                not checkpoint.silent
                or not 0 < number <= len(way.needs.histories)
                or [".".join(key) for key in checkpoint.applied] != list(way.needs.plan[:number])
                or changes_server
                or any(map(_prevents, records))
            ):
                continue
            history = self._history(way, identity, number)
            files = sorted({record.path for record in records if isinstance(record, evidence.FileRead)})
            # One entry for each content of the files: an archive belongs to one of them.
            key = digest((history, [(path, file_digest(Path(path))[0]) for path in files]))
            made[KeptDatabase(key, history, Path(address.name).name, number)] = _Made(address, records, files)
        return made

    def _is_valid(self, found: KeptDatabase, way: _ToHead, identity: Sequence[str]) -> bool:
        known = 0 < found.migrations <= len(way.needs.histories)
        return known and found.history == self._history(way, identity, found.migrations)

    def _history(self, way: _ToHead, identity: Sequence[str], migrations: int) -> str:
        history = way.needs.histories[way.needs.plan[migrations - 1]]
        part = way.part
        return digest((FORMAT, "history", self._project, tuple(identity), part.database, part.alias, history))

    def _archive_key(self, spec: str) -> str:
        machine = (platform.system(), platform.machine(), platform.libc_ver())
        return digest((FORMAT, "databases", self._project, spec, machine))


def _spread(checkpoints: Sequence[Checkpoint], always: MigrationName | None) -> list[Checkpoint]:
    """Return at most :data:`MAX_DATABASES` of ``checkpoints``, the longest last.

    They are the one before ``always``, and others in equal distances, the last among them.
    """
    first = [found for found in checkpoints if MigrationName(*found.before) == always]
    others = sorted((found for found in checkpoints if found not in first), key=_length)
    number = MAX_DATABASES - len(first)
    places = {round(len(others) * place / number) - 1 for place in range(1, number + 1)}
    return sorted([*first, *(others[place] for place in places if place >= 0)], key=_length)


def _length(checkpoint: Checkpoint) -> int:
    return len(checkpoint.applied)


def _records_until(checkpoint: Checkpoint, records: Sequence[AnyRecord]) -> tuple[AnyRecord, ...]:
    """Return those of ``records`` that were made on the way to ``checkpoint``, but for the checkpoints."""
    before = [".".join(key) for key in checkpoint.applied[-1:]]
    until: list[AnyRecord] = []
    for record in records:
        if not isinstance(record, evidence.CheckpointSaved):
            until.append(record)
        if isinstance(record, evidence.StepFinished) and str(record.migration) in before:
            break
    return tuple(until)


def _prevents(record: AnyRecord) -> bool:
    """Return whether a database is not kept because of ``record``, from the way that leads to it."""
    return is_passing(record) or (isinstance(record, evidence.StepFinished) and record.outcome != "ok")


def _django_key(name: str) -> tuple[str, str]:
    app, _, migration = name.partition(".")
    return app, migration
