"""From a tuple of records, of one log or of several, to the evidence on each database and each target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TypeVar

from django_switchback.evidence import (
    AnyRecord,
    BelongsToServer,
    Classified,
    Compared,
    Confirmed,
    Covered,
    DatabaseBroken,
    DatabaseStarted,
    MigrationFact,
    MigrationName,
    ModelsDrifted,
    NotCleanedUp,
    NotRun,
    OldCodeTried,
    OperationsRan,
    ProjectDescribed,
    Reduced,
    ScenarioRan,
    SchemaDrifted,
    ScratchFinished,
    StepFinished,
    StepStarted,
    SystemChecked,
    TouchedElsewhere,
    UnwindBlocked,
)
from django_switchback.rules.explained_by_others import without_explained_differences
from django_switchback.rules.interface import DatabaseEvidence, TargetEvidence
from django_switchback.rules.manage_commands import rollback_name

T = TypeVar("T")


def group_by_database(records: tuple[AnyRecord, ...]) -> tuple[DatabaseEvidence, ...]:
    """Return the evidence on each database, in the order in which they were started.

    Shards of one database become one. A project that was described but never got a database (two leaves in
    one app) gets one entry of its own, so that what is wrong with it is not lost.
    """
    started = _each(records, DatabaseStarted)
    described = _each(records, ProjectDescribed)
    names = tuple(dict.fromkeys(one.database for one in started))
    entries = tuple(_database(name, records, started, described) for name in names)
    served = {(one.alias, one.engine) for one in started}
    homeless = {
        (one.alias, one.vendor): one for one in described if (one.alias, one.vendor) not in served
    }.values()
    return entries + tuple(_without_database(one) for one in homeless if one.conflicts)


def _database(
    name: str,
    records: tuple[AnyRecord, ...],
    started: tuple[DatabaseStarted, ...],
    described: tuple[ProjectDescribed, ...],
) -> DatabaseEvidence:
    shards = tuple(one for one in started if one.database == name)
    first = shards[0]
    projects = tuple(one for one in described if (one.alias, one.vendor) == (first.alias, first.engine))
    graph = {fact.id: fact for project in projects for fact in project.migrations}
    own = tuple(record for record in records if getattr(record, "database", None) == name)
    planned = tuple(dict.fromkeys(target for shard in shards for target in shard.targets))
    targets = planned + _failed_dependents(own, planned)
    by_migration = _by_migration(own)
    unwound = _unwound(own, without_edge=True) or _unwound(own, without_edge=False)
    return DatabaseEvidence(
        database=name,
        engine=first.engine,
        alias=first.alias,
        version=first.version,
        targets=without_explained_differences(
            tuple(
                _target(first, id_, by_migration.get(id_, ()), graph, unwound, planned=id_ in planned)
                for id_ in targets
            )
        ),
        first_party=tuple(sorted({fact.id.app for fact in graph.values() if fact.first_party})),
        scratch=_last(_each(own, ScratchFinished)),
        conflicts=_conflicts(projects),
        drift=tuple(dict.fromkeys(_each(own, ModelsDrifted))),
        schema_drift=_each(own, SchemaDrifted),
        checks=tuple(dict.fromkeys(_each(own, SystemChecked))),
        not_cleaned_up=_each(own, NotCleanedUp),
        broken=tuple(dict.fromkeys(broken.reason for broken in _each(own, DatabaseBroken))),
        touched=tuple(
            elsewhere for elsewhere in _each(own, TouchedElsewhere) if elsewhere.migration not in targets
        ),
    )


def _unwound(own: tuple[AnyRecord, ...], *, without_edge: bool) -> tuple[MigrationName, ...]:
    """Return what was rolled back from head, in that order."""
    well = "unwind", "rollback", "ok", False, without_edge
    return tuple(
        step.migration
        for step in _each(own, StepFinished)
        if (step.phase, step.direction, step.outcome, step.trial, step.without_edge) == well
    )


def _rolled_back_beside(
    id_: MigrationName, unwound: tuple[MigrationName, ...], graph: Mapping[MigrationName, MigrationFact]
) -> tuple[MigrationName, ...]:
    """Return where each app that ``id_`` depends on was rolled back to before it, if it was ``unwound``."""
    if id_ not in unwound or id_ not in graph:
        return ()
    needed = {parent.app for parent in graph[id_].dependencies} - {id_.app}
    lowest = {
        migration.app: migration for migration in unwound[: unwound.index(id_)] if migration.app in needed
    }
    found = {app: rollback_name(migration, graph) for app, migration in lowest.items()}
    return tuple(migration or MigrationName(app=app, name="zero") for app, migration in found.items())


def _failed_dependents(
    own: tuple[AnyRecord, ...], planned: tuple[MigrationName, ...]
) -> tuple[MigrationName, ...]:
    """Return the migrations that are no targets (such as dependents of one) and went wrong on the way.

    A trial that fails is told by the step that it repeats; one that took its process with it had no time to.
    """
    failed = (
        step.migration
        for step in _each(own, StepFinished)
        if (step.outcome != "ok" and not step.trial) or step.outcome in {"died", "timed-out"}
    )
    differing = (
        comparison.migration
        for comparison in _each(own, Compared)
        if not comparison.trial and (comparison.comparison.schema or comparison.comparison.rows)
    )
    refused = (server.migration for server in _each(own, BelongsToServer))
    return tuple(dict.fromkeys(id_ for id_ in chain(failed, differing, refused) if id_ not in planned))


def _by_migration(own: tuple[AnyRecord, ...]) -> dict[MigrationName, tuple[AnyRecord, ...]]:
    grouped: dict[MigrationName, list[AnyRecord]] = {}
    for record in own:
        migration = getattr(record, "migration", None)
        if isinstance(migration, MigrationName):
            grouped.setdefault(migration, []).append(record)
    return {id_: tuple(group) for id_, group in grouped.items()}


def _target(
    database: DatabaseStarted,
    id_: MigrationName,
    own: tuple[AnyRecord, ...],
    graph: dict[MigrationName, MigrationFact],
    unwound: tuple[MigrationName, ...],
    *,
    planned: bool,
) -> TargetEvidence:
    return TargetEvidence(
        database=database.database,
        alias=database.alias,
        fact=graph.get(id_, MigrationFact(id_, path="", first_party=True)),
        previous=rollback_name(id_, graph),
        beside=_rolled_back_beside(id_, unwound, graph),
        planned=planned,
        started=_each(own, StepStarted),
        # What was not let change the user's server says nothing of the migration.
        steps=tuple(
            step for step in _each(own, StepFinished) if step.failure is None or not step.failure.of_server
        ),
        comparisons=_each(own, Compared),
        classified=_each(own, Classified),
        reduced=_each(own, Reduced),
        confirmed=_each(own, Confirmed),
        old_code=_each(own, OldCodeTried),
        scenarios=_each(own, ScenarioRan),
        ran=_each(own, OperationsRan),
        coverages=_each(own, Covered),
        not_run=_each(own, NotRun),
        blocked=_each(own, UnwindBlocked),
        touched=_each(own, TouchedElsewhere),
        of_server=_each(own, BelongsToServer),
    )


def _without_database(project: ProjectDescribed) -> DatabaseEvidence:
    name = project.vendor if project.alias == "default" else f"{project.vendor}/{project.alias}"
    return DatabaseEvidence(
        database=name,
        engine=project.vendor,
        alias=project.alias,
        version="",
        conflicts=_conflicts((project,)),
    )


def _conflicts(projects: tuple[ProjectDescribed, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    merged = {app: tuple(sorted(leaves)) for project in projects for app, leaves in project.conflicts.items()}
    return tuple(sorted(merged.items()))


def _each(records: Iterable[AnyRecord], kind: type[T]) -> tuple[T, ...]:
    return tuple(record for record in records if isinstance(record, kind))


def _last(items: tuple[T, ...]) -> T | None:
    return items[-1] if items else None
