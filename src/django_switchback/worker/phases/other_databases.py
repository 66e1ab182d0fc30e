"""Brings the project's other databases to head before one is rehearsed, and seeds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import connections

from django_switchback.sandbox.interface import Address
from django_switchback.worker.cycle.context import PartContext, django_key
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.phases.to_head import migrate_to_head
from django_switchback.worker.project.sandboxes import SandboxSwitcher
from django_switchback.worker.seed.recipes import builtin
from django_switchback.worker.seed.seeder import Seeder


def migrate_others(context: PartContext, migrators: Mapping[str, Migrator]) -> None:
    """Migrate the databases of all other aliases to head: a deployed project has long done so.

    What their migrations write to the part's own database goes to a clone that is dropped. A database that
    needs the tables of the part's own one is migrated with that at head too.
    """
    others = [alias for alias in migrators if alias != context.part.alias]
    with context.sandboxes.switched_to(context.sandboxes.clone("others")):
        failed = [alias for alias in others if not _migrate_to_head(context, migrators[alias])]
    if failed:
        with context.sandboxes.switched_to(context.sandboxes.clone("head")):
            _migrate_to_head(context, migrators[context.part.alias])
            for alias in failed:
                _migrate_to_head(context, migrators[alias])


def seed_others(
    context: PartContext, migrators: Mapping[str, Migrator], seeded: Mapping[str, Address], seed: int
) -> None:
    """Fill the databases at the addresses ``seeded``, which are at head, with typical rows."""
    for alias, address in seeded.items():
        SandboxSwitcher(context.sandboxes.factory, alias, address).switch(address)
        state = migrators[alias].state_of(migrators[alias].applied().__contains__)
        recipes = (*builtin.BUILTIN_RECIPES, *context.scenarios.recipes)
        Seeder(connections[alias], seed, recipes).fill(state.apps, edge=False)
        connections[alias].close()


def _migrate_to_head(context: PartContext, migrator: Migrator) -> bool:
    """Apply what is missing; return whether nothing failed. The part of that alias records a failure."""
    migrator.prepare()
    applied = migrator.applied()
    unappliable = set(map(django_key, context.part.unappliable))
    migrate_to_head.add_dependents(migrator, unappliable)
    keys = [key for key in migrator.plan if key not in unappliable and key not in applied]
    failed: list[MigrationKey] = []

    def step(key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        return context.run_setup_step(key, lambda: _without_failure(key, action(), failed))

    for _ in whole_migrate.forward_all(migrator, migrator.state_of(applied.__contains__), keys, step):
        if failed:
            break
    # The server objects that it created exist for the databases that follow.
    context.sandboxes.server.after_step(("", migrator.alias))
    return not failed


def _without_failure(key: MigrationKey, result: StepResult, failed: list[MigrationKey]) -> StepResult:
    """Return ``result`` as that of a step that succeeded, and note ``key`` if it failed."""
    if result.failure is None:
        return result
    failed.append(key)
    return result.without_failure()
