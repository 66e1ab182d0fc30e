"""Plan what a shard runs of each database, and record what all shards of a run must have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from django_switchback import evidence
from django_switchback.config.config import Config
from django_switchback.config.project_files import files_digest
from django_switchback.evidence import MigrationFact, ProjectDescribed, Shard, ShardPlanned
from django_switchback.project.plan import Part
from django_switchback.project.shards import Durations, ShardLoads, durations_of, own_parts, units_of


class ShardPlanner:
    """Plans the parts of one shard of a run, one database after the other."""

    def __init__(self, config: Config, shard: Shard) -> None:
        self._config = config
        self._shard = shard
        self._digests: dict[tuple[Path, ...], str] = {}
        self._loads = ShardLoads(self._shard.total)
        self._durations: Durations = {
            **durations_of(map(evidence.read, config.shard_weights)),
            **{(database, name): seconds for database, name, seconds in config.durations},
        }

    def plan(
        self, alias: ProjectDescribed, database: str, parts: Sequence[Part]
    ) -> tuple[ShardPlanned, tuple[Part, ...]]:
        """Return the record on what the shard runs of ``parts``, all parts of an alias, and its own parts."""
        units = units_of(alias, parts, self._durations)
        assigned = self._loads.assign(units)
        own = own_parts(parts, assigned, self._shard.number)
        planned = ShardPlanned(
            database=database,
            shard=self._shard,
            parts=assigned,
            inputs=self._inputs(alias),
            cycles=tuple(target for part in own if part.kind == "cycles" for target in part.targets),
            unwinds=any(part.kind == "scratch" for part in own),
            weight=sum(unit.weight for unit in units if assigned[unit.name] == self._shard.number),
            total_weight=sum(unit.weight for unit in units),
        )
        return planned, own

    def _inputs(self, alias: ProjectDescribed) -> dict[str, str]:
        """Return what other records do not hold and a verdict may depend on."""
        config = self._config
        scenarios = sorted(config.scenarios.rglob("*.py")) if config.scenarios else ()
        return {
            "the files of the project": self._digest_of_project,
            "the migrations": self._digest(_migration_files(config.project, alias.migrations)),
            "the scenarios": self._digest(tuple(scenarios)),
            "--rows": "" if config.rows is None else str(config.rows),
            "--timeout": f"{config.timeout:g}",
        }

    @cached_property
    def _digest_of_project(self) -> str:
        return files_digest(self._config.project)

    def _digest(self, files: tuple[Path, ...]) -> str:
        """Return the digest of ``files``, which are read once for all servers."""
        if files not in self._digests:
            content = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)
            self._digests[files] = hashlib.sha256(content).hexdigest()
        return self._digests[files]


def share_text(planned: ShardPlanned) -> str:
    """Return a sentence on how much of the work on a database the shard has."""
    number, total = planned.shard.number, planned.shard.total
    what = f"{planned.database}: shard {number} of {total} has"
    own = sum(1 for shard in planned.parts.values() if shard == number)
    if not own:
        return f"{what} nothing to do: the plan has {len(planned.parts)} parts for {total} shards"
    share = planned.weight / planned.total_weight
    return f"{what} {own} of {len(planned.parts)} parts, {share:.0%} of the work"


def _migration_files(project: Path, facts: Iterable[MigrationFact]) -> tuple[Path, ...]:
    return tuple(path for fact in facts if fact.path and (path := project / fact.path).is_file())
