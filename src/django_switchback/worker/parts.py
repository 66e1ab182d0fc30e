"""One worker's share of the plan, carried out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from django.db import connections

from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Address
from django_switchback.worker.cycle.context import PartContext, django_key
from django_switchback.worker.cycle.scenarios import LoadedScenarios
from django_switchback.worker.manage.confirm import MigrateConfirmer
from django_switchback.worker.manage.warm_process import WarmManage
from django_switchback.worker.migrate.migrator import MigrationKey, Migrator
from django_switchback.worker.phases import backup, checkpoints, from_scratch
from django_switchback.worker.phases.unwind import unwind
from django_switchback.worker.phases.walk import Walk
from django_switchback.worker.process.log import EvidenceWriter
from django_switchback.worker.project.sandboxes import SandboxSwitcher
from django_switchback.worker.protocol import Job
from django_switchback.worker.seed.recipes import builtin
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.server_objects.state import state_of


def run_part(
    job: Job,
    part: Part,
    log: EvidenceWriter,
    sandboxes: dict[str, Address],
    migrators: Mapping[str, Migrator],
    own: LoadedScenarios,
    standby: WarmManage | None,
) -> Address:
    """Do what ``part`` says, on the sandbox of its alias; return the one that is in its place then."""
    alias = part.alias
    server = state_of(job.factory, Path(job.folder))
    context = PartContext(
        part=part,
        log=log,
        migrator=migrators[alias],
        sandboxes=SandboxSwitcher(job.factory, alias, sandboxes[alias], server),
        # Theirs come last: they know their rows better.
        seeder=Seeder(connections[alias], job.seed, (*builtin.BUILTIN_RECIPES, *own.recipes), many=job.rows),
        confirmer=MigrateConfirmer(job, alias, sandboxes, standby),
        scenarios=own,
        folder=Path(job.folder),
    )
    migrators[alias].server = server
    try:
        server.enter(context.sandboxes.current)
        return _carry_out(context, job, sandboxes, migrators)
    finally:
        server.leave()


def _carry_out(
    context: PartContext, job: Job, sandboxes: Mapping[str, Address], migrators: Mapping[str, Migrator]
) -> Address:
    part, log = context.part, context.log
    log.quiet = False
    if part.alias != next(iter(sandboxes)):
        context.apart(lambda _: _migrate_earlier(context, migrators))
    if part.kind == "cycles":
        Walk(context, checkpoints.load_checkpoints(context.folder, part)).run()
        return context.sandboxes.current
    if part.kind == "backup":
        backup.verify_backup(context, job, from_scratch.migrate_from_nothing(context))
        return context.sandboxes.current
    log.quiet = part.quiet
    applied = context.apart(lambda _: from_scratch.migrate_from_nothing(context))
    # Apart too: the states of all models, and what the checks import, are gone before the unwind.
    context.apart(lambda _: _check(context, applied))
    log.quiet = False
    return context.apart(lambda _: unwind(context, applied))


def _check(context: PartContext, applied: Collection[MigrationKey]) -> None:
    """Record what Django's checks and the comparison of models, migrations and database say at head."""
    from_scratch.system_checks(context)
    drifted = from_scratch.model_drift(context)
    if len(applied) == len(context.migrator.plan):
        from_scratch.schema_drift(context, drifted)


def _migrate_earlier(context: PartContext, migrators: Mapping[str, Migrator]) -> None:
    """Bring the databases that stand before this one in ``DATABASES`` to head, as a deployment does."""
    for other, migrator in migrators.items():
        if other == context.part.alias:
            return
        migrator.prepare()
        lost = set(map(django_key, context.part.unappliable))
        from_scratch.add_dependents(migrator, lost)
        wanted = [key for key in migrator.plan if key not in lost]
        for _, taken in migrator.forward_all(migrator.empty_state(), wanted, context.run_passing_step):
            if taken.failure is not None:
                break  # told by the share of that alias
        # What it made of the server's is there for what follows.
        context.sandboxes.server.after(("", other))
