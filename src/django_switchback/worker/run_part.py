"""Runs one part of the plan in a worker: cycles, backup, or the run to head with the unwind."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
from django.db import connections

from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Address
from django_switchback.worker.cycle.context import PartContext, django_key
from django_switchback.worker.cycle.migration_constants import ConstantsByMigration, declared_fields
from django_switchback.worker.cycle.scenarios import LoadedScenarios
from django_switchback.worker.manage.confirm_failure import MigrateConfirmer
from django_switchback.worker.manage.preloaded_process import WarmManage
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.phases import backup, checkpoints, from_scratch
from django_switchback.worker.phases.target_cycles import Walk
from django_switchback.worker.phases.unwind import unwind
from django_switchback.worker.process.log import EvidenceWriter
from django_switchback.worker.project.lost_connections import LostConnection
from django_switchback.worker.project.sandboxes import SandboxSwitcher
from django_switchback.worker.protocol import Job
from django_switchback.worker.seed.recipes import builtin
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.shared_objects.state import state_of


def run_part(
    job: Job,
    part: Part,
    log: EvidenceWriter,
    sandboxes: dict[str, Address],
    migrators: Mapping[str, Migrator],
    scenarios: LoadedScenarios,
    warm_manage: WarmManage | None,
) -> Address:
    """Run ``part`` on the sandbox of its alias; return the sandbox in use afterwards."""
    alias = part.alias
    server = state_of(job.factory, Path(job.folder))
    migrator = migrators[alias]
    context = PartContext(
        part=part,
        log=log,
        migrator=migrator,
        sandboxes=SandboxSwitcher(job.factory, alias, sandboxes[alias], server),
        # The project's recipes come last, so that they override the built-in ones.
        seeder=Seeder(
            connections[alias],
            job.seed,
            (*builtin.BUILTIN_RECIPES, *scenarios.recipes),
            many=job.rows,
            declared=declared_fields(migrator),
        ),
        confirmer=MigrateConfirmer(job, alias, sandboxes, warm_manage),
        scenarios=scenarios,
        constants=ConstantsByMigration(migrator),
        folder=Path(job.folder),
    )
    migrator.server = server
    try:
        with context.lost_connections_raised():
            server.enter(context.sandboxes.current)
            return _carry_out(context, job, sandboxes, migrators)
    except LostConnection as lost:
        context.record_loss(lost)
        return context.sandboxes.current
    finally:
        server.leave()


def _carry_out(
    context: PartContext, job: Job, sandboxes: Mapping[str, Address], migrators: Mapping[str, Migrator]
) -> Address:
    part = context.part
    context.log.part = part.name
    if part.alias != next(iter(sandboxes)):
        context.run_in_fork(lambda _: _migrate_earlier(context, migrators))
    if part.kind == "cycles":
        # Whatever ended the connection may have dropped the clones too.
        saved = () if part.repeat else checkpoints.load_checkpoints(context.folder, part)
        Walk(context, saved).run()
        return context.sandboxes.current
    if part.kind == "backup":
        backup.verify_backup(context, job, from_scratch.migrate_empty_database(context).applied)
        return context.sandboxes.current
    to_head = msgspec.structs.replace(context, quiet=part.already_recorded)
    applied, address = context.run_in_fork(lambda _: from_scratch.migrate_empty_database(to_head))
    context.sandboxes.switch(address)
    # Apart too: the states of all models, and what the checks import, are gone before the unwind.
    context.run_in_fork(lambda _: _check(to_head, applied))
    return context.run_in_fork(lambda _: unwind(context, applied))


def _check(context: PartContext, applied: Collection[MigrationKey]) -> None:
    """Record what Django's checks and the comparison of models, migrations and database say at head."""
    from_scratch.system_checks(context)
    drifted = from_scratch.model_drift(context)
    if len(applied) == len(context.migrator.plan):
        from_scratch.schema_drift(context, drifted)


def _migrate_earlier(context: PartContext, migrators: Mapping[str, Migrator]) -> None:
    """Migrate the databases listed before this one in ``DATABASES`` to head, as a deployment does."""
    for other, migrator in migrators.items():
        if other == context.part.alias:
            return
        migrator.prepare()
        unappliable = set(map(django_key, context.part.unappliable))
        from_scratch.add_dependents(migrator, unappliable)
        keys = [key for key in migrator.plan if key not in unappliable]
        for _, result in migrator.forward_all(migrator.empty_state(), keys, context.run_setup_step):
            if result.failure is not None:
                break  # recorded by the part of that alias
        # The server objects that it created exist for the databases that follow.
        context.sandboxes.server.after_step(("", other))
