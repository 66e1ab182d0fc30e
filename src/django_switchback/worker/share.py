"""One worker's share of the plan, carried out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.db import connections

from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Address
from django_switchback.worker import backup, scratch, stations
from django_switchback.worker.bench import Bench
from django_switchback.worker.confirm import Confirmer
from django_switchback.worker.context import Context, key_of
from django_switchback.worker.log import Log
from django_switchback.worker.migrator import Migrator
from django_switchback.worker.offspring import apart
from django_switchback.worker.protocol import Job
from django_switchback.worker.scenarios import Scenarios
from django_switchback.worker.seed import recipes
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.standby import Standby
from django_switchback.worker.unwind import Unwind
from django_switchback.worker.walk import Walk


def carry_out(
    job: Job,
    part: Part,
    log: Log,
    sandboxes: dict[str, Address],
    migrators: Mapping[str, Migrator],
    own: Scenarios,
    standby: Standby | None,
) -> Address:
    """Do what ``part`` says, on the sandbox of its alias; return the one that is in its place then."""
    alias = part.alias
    context = Context(
        part=part,
        log=log,
        migrator=migrators[alias],
        bench=Bench(job.factory, alias, sandboxes[alias]),
        # Theirs come last: they know their rows better.
        seeder=Seeder(connections[alias], job.seed, (*recipes.KNOWN, *own.recipes), many=job.rows),
        confirmer=Confirmer(job, alias, sandboxes, standby),
        scenarios=own,
        folder=Path(job.folder),
    )
    log.quiet = False
    if alias != next(iter(sandboxes)):
        apart(context.folder, lambda _: _migrate_earlier(context, migrators))
    if part.kind == "cycles":
        Walk(context, stations.left(context.folder, part)).run()
        return context.bench.current
    if part.kind == "backup":
        backup.verify(context, job, scratch.migrate(context))
        return context.bench.current
    log.quiet = part.quiet
    applied = apart(context.folder, lambda _: scratch.migrate(context))
    scratch.system_checks(context)
    drifted = scratch.model_drift(context)
    if len(applied) == len(context.migrator.plan):
        scratch.schema_drift(context, drifted)
    log.quiet = False
    return apart(context.folder, lambda _: Unwind(context, applied).run())


def _migrate_earlier(context: Context, migrators: Mapping[str, Migrator]) -> None:
    """Bring the databases that stand before this one in ``DATABASES`` to head, as a deployment does."""
    for other, migrator in migrators.items():
        if other == context.part.alias:
            return
        migrator.prepare()
        lost = set(map(key_of, context.part.unappliable))
        scratch.spread(migrator, lost)
        wanted = [key for key in migrator.plan if key not in lost]
        for _, taken in migrator.forward_all(migrator.empty_state(), wanted, context.passing):
            if taken.failure is not None:
                break  # told by the share of that alias
