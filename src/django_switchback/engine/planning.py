"""Plan the parts of one server's databases from a worker's description of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from django_switchback.cache.run_cache import RunCache
from django_switchback.config.config import Config
from django_switchback.engine.evidence_collector import EvidenceCollector
from django_switchback.engine.sharding import ShardPlanner, share_text
from django_switchback.evidence import (
    DatabaseStarted,
    DependenciesDescribed,
    MigrationName,
    NotRun,
    ProjectDescribed,
)
from django_switchback.project.edited_migrations import migrations_changed_since
from django_switchback.project.hot_tables import hot_tables
from django_switchback.project.migration_content import content_digests
from django_switchback.project.plan import Part, PartKind, plan_parts
from django_switchback.project.targets import OtherEngine, TargetSelection, select_targets
from django_switchback.sandbox.checkpoint_list import add_checkpoint
from django_switchback.sandbox.interface import Server


class Planner(NamedTuple):
    """Selects the targets of each alias, records them and plans their parts of the given kinds.

    With ``shards``, only the parts of the run's own shard are planned. The run has its files in ``folder``.
    """

    config: Config
    selection: TargetSelection
    collector: EvidenceCollector
    kinds: tuple[PartKind, ...]
    folder: Path
    shards: ShardPlanner | None = None
    cache: RunCache | None = None

    def plan(
        self,
        server: Server,
        project: Sequence[ProjectDescribed],
        dependencies: Mapping[str, DependenciesDescribed],
    ) -> tuple[Part, ...]:
        """Record the targets of each alias and return the parts to run of all aliases, the default's first.

        ``dependencies`` are by alias; parts that the cache knows are left out, and their evidence recorded.

        Raises :class:`OtherEngine` for an unsupported engine, unless an option names the databases, and
        :class:`UnknownTable` for an unknown hot table.
        """
        self._refuse_other_engines(project)
        if self.config.since is not None:
            facts = {fact.id: fact for alias in project for fact in alias.migrations}
            self.collector.add(
                *migrations_changed_since(self.config.since, self.config.project, facts.values())
            )
        planned: list[Part] = []
        for alias in project:
            targets = select_targets(alias, self.selection)
            if targets or alias.alias == "default":
                planned += self._plan_alias(server, alias, targets, dependencies.get(alias.alias))
        return tuple(planned)

    def _refuse_other_engines(self, project: Sequence[ProjectDescribed]) -> None:
        if self.config.named_databases:
            return
        other_engines = {
            described.alias: described.other_engine
            for described in project
            if select_targets(described, self.selection)
        }
        unsupported = {alias: engine for alias, engine in other_engines.items() if engine}
        if unsupported:
            raise OtherEngine(unsupported)

    def _plan_alias(
        self,
        server: Server,
        alias: ProjectDescribed,
        targets: tuple[MigrationName, ...],
        dependencies: DependenciesDescribed | None,
    ) -> tuple[Part, ...]:
        database = server.name if alias.alias == "default" else f"{server.name}/{alias.alias}"
        self.collector.add(
            alias,
            DatabaseStarted(
                database=database,
                engine=server.engine,
                alias=alias.alias,
                version=server.version,
                targets=targets,
                contents=content_digests(self.config.project, alias.migrations, targets),
                hot_tables=hot_tables(alias, self.config.hot_tables),
            ),
        )
        if alias.conflicts:
            reason = f"Django refuses to migrate: two leaves in {', '.join(alias.conflicts)}"
            self.collector.add(
                *(NotRun(database=database, migration=target, reason=reason) for target in targets)
            )
            return ()
        parts = plan_parts(
            alias, database, targets, self.kinds, newest_first=self.config.time_limit is not None
        )
        if self.shards is not None:
            planned, parts = self.shards.plan(alias, database, parts)
            self.collector.add(planned)
            self.collector.progress.note(share_text(planned))
        if self.cache is not None and dependencies is not None:
            parts = self._without_known(self.cache, server, parts, dependencies)
        self.collector.progress.planned(database, sum(part.steps for part in parts))
        return parts

    def _without_known(
        self,
        cache: RunCache,
        server: Server,
        parts: tuple[Part, ...],
        dependencies: DependenciesDescribed,
    ) -> tuple[Part, ...]:
        """Record what the cache knows of ``parts``; return the others, without checkpoints for known ones."""
        for name, reason in [*dependencies.unstable.items()][:1]:
            self.collector.progress.note(f"results from {name} on are not kept: {reason}")
        identity = server_identity(server)
        known = cache.results.known(parts, identity, dependencies)
        for found in known:
            self.collector.add(*found.records)
        left = parts_left(parts, tuple(found.part for found in known))
        if dependencies.first_at_head is not None:
            # A database from before it serves later runs whatever becomes of the models.
            left = tuple(with_checkpoint(part, dependencies.first_at_head) for part in left)
        for part in left:
            history = (
                cache.histories.known(part, server, identity, dependencies)
                if part.kind == "scratch"
                else None
            )
            if history is not None:
                self.collector.add(*history.records)
                for record in history.records:
                    cache.results.observe(record)
                add_checkpoint(self.folder, part.database, history.checkpoint)
        return left


def with_checkpoint(part: Part, before: MigrationName) -> Part:
    """Return ``part`` with a checkpoint before this migration, if it is a scratch run without one."""
    if part.kind != "scratch" or before in part.checkpoints:
        return part
    return msgspec.structs.replace(part, checkpoints=(before, *part.checkpoints))


def parts_left(parts: tuple[Part, ...], known: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return ``parts`` without ``known`` ones, and the way to head without what only these need of it.

    It saves its last checkpoint in any case, for later runs to start from.
    """
    names = {part.name for part in known}
    others = tuple(part for part in parts if part.name not in names)
    beginnings = {part.targets[0] for part in known}
    cycled = {target for part in others if part.kind == "cycles" for target in part.targets}
    left = tuple(
        msgspec.structs.replace(
            part,
            checkpoints=tuple(
                target
                for target in part.checkpoints
                if target not in beginnings or (part.kind == "scratch" and target == part.checkpoints[-1])
            ),
            # The lead of a shard ends at the last of these. Other parts have targets of their own.
            targets=tuple(
                target for target in part.targets if part.kind != "checkpoints" or target in cycled
            ),
        )
        for part in others
    )
    return tuple(part for part in left if part.kind != "checkpoints" or cycled)


def server_identity(server: Server) -> tuple[str, ...]:
    """Return what distinguishes the server from others, for the cache."""
    return server.name, server.engine, server.version
