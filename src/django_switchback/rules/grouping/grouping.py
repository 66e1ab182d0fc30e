"""Group the records of one or several logs into the evidence on each database and each target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TypeAlias, TypeVar

import msgspec

from django_switchback import evidence
from django_switchback.rules.grouping.blocked_by_others import blocked_by_others, rolled_back_before
from django_switchback.rules.grouping.explained_by_others import without_explained_differences
from django_switchback.rules.grouping.project_accesses import divide_accesses
from django_switchback.rules.grouping.repeated_parts import without_discarded
from django_switchback.rules.interface import MANAGE_FILE, DatabaseEvidence, TargetEvidence, of_type
from django_switchback.rules.manage_commands import manage_command, typed

T = TypeVar("T")
Parents: TypeAlias = Mapping[evidence.MigrationName, tuple[evidence.MigrationName, ...]]
"""The dependencies of each migration."""


def group_by_database(records: tuple[evidence.AnyRecord, ...]) -> tuple[DatabaseEvidence, ...]:
    """Return the evidence on each database, in the order of their start.

    Shards of one database are merged. A project that was described but has no database (because an app has
    several leaves) gets its own entry, so that its finding is not lost; so does a database whose server
    failed before it was started. Of parts that were repeated, only the repeat counts.
    """
    records = without_discarded(records)
    database_starts = of_type(records, evidence.DatabaseStarted)
    projects = of_type(records, evidence.ProjectDescribed)
    names = tuple(dict.fromkeys(start.database for start in database_starts))
    targets = {target for start in database_starts for target in start.targets}
    gone = tuple(
        change for change in of_type(records, evidence.MigrationChanged) if change.present not in targets
    )
    entries = tuple(
        msgspec.structs.replace(_database(name, records, database_starts, projects), changes=gone)
        for name in names
    )
    served = {(start.alias, start.engine) for start in database_starts}
    without_database = {
        (project.alias, project.vendor): project
        for project in projects
        if (project.alias, project.vendor) not in served
    }.values()
    return (
        entries
        + tuple(
            _without_database(project, _manage_path(records))
            for project in without_database
            if project.conflicts
        )
        + tuple(_never_started(records, names))
    )


def _never_started(
    records: tuple[evidence.AnyRecord, ...], started: tuple[str, ...]
) -> Iterator[DatabaseEvidence]:
    """Yield an entry for each database whose server failed before any of its databases was started."""
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for broken in of_type(records, evidence.DatabaseBroken):
        if broken.engine and broken.database not in started:
            reasons.setdefault((broken.database, broken.engine), {})[broken.reason] = None
    for (name, engine), why in reasons.items():
        yield DatabaseEvidence(database=name, engine=engine, alias="default", version="", broken=tuple(why))


def _database(
    name: str,
    records: tuple[evidence.AnyRecord, ...],
    database_starts: tuple[evidence.DatabaseStarted, ...],
    all_projects: tuple[evidence.ProjectDescribed, ...],
) -> DatabaseEvidence:
    shards = tuple(start for start in database_starts if start.database == name)
    contents = {id_: digest for shard in shards for id_, digest in shard.contents.items()}
    first = msgspec.structs.replace(shards[0], contents=contents)
    projects = tuple(
        project for project in all_projects if (project.alias, project.vendor) == (first.alias, first.engine)
    )
    graph = {fact.id: fact for project in projects for fact in project.migrations}
    # Once for all targets: their number is that of the migrations.
    parents = {fact.id: fact.dependencies for fact in graph.values()}
    own = tuple(record for record in records if getattr(record, "database", None) == name)
    manage = manage_command(projects[0].program if projects else (), _manage_path(records))
    planned = tuple(dict.fromkeys(target for shard in shards for target in shard.targets))
    targets = planned + _failed_dependents(own, planned)
    by_migration = _by_migration(own)
    cached = {
        id_: taken.started for taken in of_type(own, evidence.TakenFromCache) for id_ in taken.migrations
    }
    for change in of_type(records, evidence.MigrationChanged):
        by_migration[change.present] = (*by_migration.get(change.present, ()), change)
    unwound = _unwind_order(own, without_edge=True) or _unwind_order(own, without_edge=False)
    accesses = divide_accesses(of_type(own, evidence.TouchedElsewhere), targets)
    evidence_of_targets = tuple(
        msgspec.structs.replace(
            _target(first, id_, records_of, graph, parents, unwound, planned=id_ in planned),
            manage=manage,
            confirmed=tuple(typed(record, manage) for record in of_type(records_of, evidence.Confirmed)),
            cached=cached.get(id_),
            external_accesses=accesses.of_targets.get(id_, ()),
        )
        for id_ in targets
        for records_of in (by_migration.get(id_, ()),)
    )
    return DatabaseEvidence(
        database=name,
        engine=first.engine,
        alias=first.alias,
        manage=manage,
        version=first.version,
        targets=blocked_by_others(
            without_explained_differences(evidence_of_targets), rolled_back_before(own)
        ),
        first_party=tuple(sorted({fact.id.app for fact in graph.values() if fact.first_party})),
        scratch=_last(of_type(own, evidence.ScratchFinished)),
        conflicts=_conflicts(projects),
        drift=tuple(dict.fromkeys(of_type(own, evidence.ModelsDrifted))),
        schema_drift=of_type(own, evidence.SchemaDrifted),
        checks=tuple(dict.fromkeys(of_type(own, evidence.SystemChecked))),
        not_cleaned_up=of_type(own, evidence.NotCleanedUp),
        broken=tuple(dict.fromkeys(broken.reason for broken in of_type(own, evidence.DatabaseBroken))),
        external_accesses=accesses.of_database,
    )


def _unwind_order(
    own: tuple[evidence.AnyRecord, ...], *, without_edge: bool
) -> tuple[evidence.MigrationName, ...]:
    """Return the migrations that were rolled back from head, in order."""
    well = "unwind", "rollback", "ok", False, without_edge
    return tuple(
        step.migration
        for step in of_type(own, evidence.StepFinished)
        if (step.phase, step.direction, step.outcome, step.trial, step.without_edge) == well
    )


def _app_rollbacks(
    id_: evidence.MigrationName, unwound: tuple[evidence.MigrationName, ...], parents: Parents
) -> tuple[evidence.MigrationName, ...]:
    """Return the migration that the unwind had reached, for each other app that ``id_`` depends on."""
    if id_ not in unwound or id_ not in parents:
        return ()
    needed = {parent.app for parent in parents[id_]} - {id_.app}
    lowest = {
        migration.app: migration for migration in unwound[: unwound.index(id_)] if migration.app in needed
    }
    found = {app: evidence.previous_migration(migration, parents) for app, migration in lowest.items()}
    return tuple(
        migration or evidence.MigrationName(app=app, name="zero") for app, migration in found.items()
    )


def _is_evidence(step: evidence.StepFinished) -> bool:
    """Whether a step says something on its migration: not if it was refused to change the user's server."""
    return not step.measured and (step.failure is None or not step.failure.of_server)


def _failed_dependents(
    own: tuple[evidence.AnyRecord, ...], planned: tuple[evidence.MigrationName, ...]
) -> tuple[evidence.MigrationName, ...]:
    """Return the migrations that are not targets (such as dependents) but failed, differed or were refused.

    A failed trial is reported by the step that it repeats, except if its process died or timed out.
    """
    failed = (
        step.migration
        for step in of_type(own, evidence.StepFinished)
        if (step.outcome != "ok" and not step.trial) or step.outcome in {"died", "timed-out"}
    )
    differing = (
        comparison.migration
        for comparison in of_type(own, evidence.Compared)
        if not comparison.trial and (comparison.comparison.schema or comparison.comparison.rows)
    )
    refused = (server.migration for server in of_type(own, evidence.BelongsToServer))
    return tuple(dict.fromkeys(id_ for id_ in chain(failed, differing, refused) if id_ not in planned))


def _by_migration(
    own: tuple[evidence.AnyRecord, ...],
) -> dict[evidence.MigrationName, tuple[evidence.AnyRecord, ...]]:
    grouped: dict[evidence.MigrationName, list[evidence.AnyRecord]] = {}
    for record in own:
        migration = getattr(record, "migration", None)
        if isinstance(migration, evidence.MigrationName):
            grouped.setdefault(migration, []).append(record)
    return {id_: tuple(group) for id_, group in grouped.items()}


def _target(
    database: evidence.DatabaseStarted,
    id_: evidence.MigrationName,
    own: tuple[evidence.AnyRecord, ...],
    graph: dict[evidence.MigrationName, evidence.MigrationFact],
    parents: Parents,
    unwound: tuple[evidence.MigrationName, ...],
    *,
    planned: bool,
) -> TargetEvidence:
    return TargetEvidence(
        database=database.database,
        engine=database.engine,
        alias=database.alias,
        fact=graph.get(id_, evidence.MigrationFact(id_, path="", first_party=True)),
        previous=evidence.previous_migration(id_, parents),
        app_rollbacks=_app_rollbacks(id_, unwound, parents),
        planned=planned,
        content=database.contents.get(str(id_), ""),
        step_starts=tuple(start for start in of_type(own, evidence.StepStarted) if not start.measured),
        steps=tuple(step for step in of_type(own, evidence.StepFinished) if _is_evidence(step)),
        comparisons=of_type(own, evidence.Compared),
        classified=of_type(own, evidence.Classified),
        minimal_rows=of_type(own, evidence.MinimalRowsFound),
        old_code=of_type(own, evidence.OldCodeTried),
        new_code=of_type(own, evidence.NewCodeTried),
        deploy_window=of_type(own, evidence.OldCodeInDeployWindow),
        two_releases=of_type(own, evidence.TwoReleases),
        work=of_type(own, evidence.WorkMeasured),
        interruptions=of_type(own, evidence.InterruptionTried),
        hot_tables=database.hot_tables,
        scenarios=of_type(own, evidence.ScenarioRan),
        operation_runs=of_type(own, evidence.OperationsRan),
        coverages=of_type(own, evidence.Covered),
        existing_rows_lost=of_type(own, evidence.ExistingRowsLost),
        live_models=of_type(own, evidence.LiveModelsUsed),
        changes=of_type(own, evidence.MigrationChanged),
        not_run=of_type(own, evidence.NotRun),
        unwind_blocks=of_type(own, evidence.UnwindBlocked),
        server_changes=of_type(own, evidence.BelongsToServer),
        not_understood=of_type(own, evidence.ValuesNotUnderstood),
    )


def _manage_path(records: tuple[evidence.AnyRecord, ...]) -> str:
    return next((run.manage_path for run in of_type(records, evidence.RunStarted)), MANAGE_FILE)


def _without_database(project: evidence.ProjectDescribed, manage_path: str) -> DatabaseEvidence:
    name = project.vendor if project.alias == "default" else f"{project.vendor}/{project.alias}"
    return DatabaseEvidence(
        database=name,
        engine=project.vendor,
        alias=project.alias,
        version="",
        manage=manage_command(project.program, manage_path),
        conflicts=_conflicts((project,)),
    )


def _conflicts(projects: tuple[evidence.ProjectDescribed, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    merged = {app: tuple(sorted(leaves)) for project in projects for app, leaves in project.conflicts.items()}
    return tuple(sorted(merged.items()))


def _last(items: tuple[T, ...]) -> T | None:
    return items[-1] if items else None
