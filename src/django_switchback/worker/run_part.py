"""Runs one part of the plan in a worker: cycles, backup, or the run to head with the unwind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from django.db import connections

from django_switchback.project.plan import Part
from django_switchback.sandbox.checkpoint_list import load_checkpoints
from django_switchback.sandbox.interface import Address
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.migration_constants import ConstantsByMigration, declared_fields
from django_switchback.worker.cycle.other_databases import OtherDatabases
from django_switchback.worker.cycle.scenarios import LoadedScenarios
from django_switchback.worker.manage.plain_migrate import MigrateConfirmer
from django_switchback.worker.manage.preloaded_process import WarmManage
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.phases import backup
from django_switchback.worker.phases.other_databases import migrate_others, seed_others
from django_switchback.worker.phases.target_cycles import Walk
from django_switchback.worker.phases.to_head import checks_at_head, migrate_to_head
from django_switchback.worker.phases.unwind import unwind
from django_switchback.worker.process.log import EvidenceWriter
from django_switchback.worker.project.lost_connections import LostConnection
from django_switchback.worker.project.sandboxes import SandboxSwitcher
from django_switchback.worker.protocol import WorkerConfig
from django_switchback.worker.seed.recipes import builtin
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.shared_objects.state import state_of
from django_switchback.worker.stopwatch import STOPWATCH


def run_part(
    config: WorkerConfig,
    part: Part,
    log: EvidenceWriter,
    sandboxes: dict[str, Address],
    migrators: Mapping[str, Migrator],
    scenarios: LoadedScenarios,
    warm_manage: WarmManage | None,
) -> Address:
    """Run ``part`` on the sandbox of its alias; return the sandbox in use afterwards."""
    alias = part.alias
    server = state_of(config.factory, Path(config.folder))
    migrator = migrators[alias]
    context = PartContext(
        part=part,
        log=log,
        migrator=migrator,
        sandboxes=SandboxSwitcher(config.factory, alias, sandboxes[alias], server),
        # The project's recipes come last, so that they override the built-in ones.
        seeder=Seeder(
            connections[alias],
            config.seed,
            (*builtin.BUILTIN_RECIPES, *scenarios.recipes),
            many=config.rows,
            declared=declared_fields(migrator),
        ),
        confirmer=MigrateConfirmer(config, alias, sandboxes, warm_manage),
        scenarios=scenarios,
        constants=ConstantsByMigration(migrator),
        folder=Path(config.folder),
        deploy_window=config.deploy_window,
        cycles_only=config.cycles_only,
    )
    migrator.server = server
    try:
        with context.lost_connections_raised():
            server.enter(context.sandboxes.current)
            return _carry_out(context, config, sandboxes, migrators)
    except LostConnection as lost:
        context.record_loss(lost)
        return context.sandboxes.current
    finally:
        server.leave()


def _carry_out(
    context: PartContext,
    config: WorkerConfig,
    sandboxes: dict[str, Address],
    migrators: Mapping[str, Migrator],
) -> Address:
    part = context.part
    context.log.part = part.name
    STOPWATCH.restart()
    try:
        return _run_phases(context, config, sandboxes, migrators)
    finally:
        context.log.add(*STOPWATCH.records(context.database))


def _run_phases(
    context: PartContext,
    config: WorkerConfig,
    sandboxes: dict[str, Address],
    migrators: Mapping[str, Migrator],
) -> Address:
    part = context.part
    if len(migrators) > 1:
        context.run_in_fork(lambda _: migrate_others(context, migrators))
    if part.kind == "cycles":
        # Whatever ended the connection may have dropped the clones too.
        saved = () if part.repeat else load_checkpoints(context.folder, part.database)
        with _other_databases(context, config, sandboxes, migrators) as others:
            Walk(msgspec.structs.replace(context, others=others), saved).run()
        return context.sandboxes.current
    if part.kind == "backup":
        backup.verify_backup(context, config, migrate_to_head.migrate_empty_database(context).applied)
        return context.sandboxes.current
    if part.kind == "checkpoints":
        return context.run_in_fork(lambda _: migrate_to_head.migrate_empty_database(context)).address
    to_head = msgspec.structs.replace(context, quiet=part.already_recorded)
    applied, address = context.run_in_fork(lambda _: migrate_to_head.migrate_empty_database(to_head))
    context.sandboxes.switch(address)
    # Apart too: the states of all models, and what the checks import, are gone before the unwind.
    context.run_in_fork(lambda _: _check(to_head, Path(config.project), applied))
    return context.run_in_fork(lambda _: unwind(context, applied))


@contextmanager
def _other_databases(
    context: PartContext,
    config: WorkerConfig,
    sandboxes: dict[str, Address],
    migrators: Mapping[str, Migrator],
) -> Iterator[OtherDatabases | None]:
    """Seed clones of the databases of the other aliases, which are at head, and watch these in the block."""
    seeded = {
        alias: config.factory.clone(sandboxes[alias], "seeded")
        for alias in migrators
        if alias != context.part.alias
    }
    if not seeded:
        yield None
        return
    context.run_in_fork(lambda _: seed_others(context, migrators, seeded, config.seed))
    others = OtherDatabases(config.factory, sandboxes, seeded)
    try:
        yield others
    finally:
        others.close()
        for address in seeded.values():
            config.factory.drop(address)


@STOPWATCH.phase("checks")
def _check(context: PartContext, root: Path, applied: Collection[MigrationKey]) -> None:
    """Record what Django's checks and the comparison of models, migrations and database say at head."""
    checks_at_head.system_checks(context, root)
    drifted = checks_at_head.model_drift(context)
    if len(applied) == len(context.migrator.plan):
        checks_at_head.schema_drift(context, drifted)
