"""Describes what the evidence of each target's cycle depends on, as digests in one record per alias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.db import connections
from django.db.migrations.migration import Migration

from django_switchback.evidence import DependenciesDescribed, MigrationName
from django_switchback.worker.dependencies.environment import interpreter_facts, server_facts, settings_facts
from django_switchback.worker.dependencies.head_models import (
    checked_at_head,
    created_models,
    facts_at_head,
    tables_at_head,
)
from django_switchback.worker.dependencies.project_code import ProjectCode, digest
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.protocol import WorkerConfig
from django_switchback.worker.seed.declared_fields import DeclaredFields


def describe_dependencies(
    config: WorkerConfig, migrators: Mapping[str, Migrator]
) -> tuple[DependenciesDescribed, ...]:
    """Return the dependencies of the cycles on each alias."""
    loader = next(iter(migrators.values())).loader
    modules = frozenset(type(migration).__module__ for migration in loader.disk_migrations.values())
    code = ProjectCode(config, loader.unmigrated_apps, modules)
    chains = {alias: _Chain(code, migrator) for alias, migrator in migrators.items()}
    surroundings = digest(
        [
            *interpreter_facts(),
            *settings_facts(config.folder),
            *(fact for alias in migrators for fact in server_facts(connections[alias])),
        ]
    )
    environment = digest(
        [
            surroundings,
            code.in_every_cycle,
            # In a project with several databases, those of the others are at head beside each cycle.
            *(chain.last for chain in chains.values() if len(chains) > 1),
        ]
    )
    # Several databases are migrated side by side, and one may be written to while another is.
    alone = [migrator for migrator in migrators.values() if len(migrators) == 1]
    histories = _Histories.of(code, alone[0], surroundings) if alone else _Histories({})
    return tuple(
        DependenciesDescribed(
            alias=alias,
            environment=environment,
            plan=tuple(".".join(key) for key in migrators[alias].plan),
            prefixes=chain.prefixes,
            unstable=chain.unstable,
            histories=histories.digests,
            first_at_head=histories.first_at_head,
            project=digest([code.whole, chain.last]),
            newest_change=code.files.newest_change,
        )
        for alias, chain in chains.items()
    )


class _Histories(NamedTuple):
    """Digests of what an empty database depends on that is migrated up to each migration.

    In the middle of a single ``migrate``, nothing has used the models at head, and ``post_migrate`` was not
    sent, but for migrations from ``first_at_head`` on.
    """

    digests: dict[str, str]
    first_at_head: MigrationName | None = None

    @classmethod
    def of(cls, code: ProjectCode, migrator: Migrator, surroundings: str) -> _Histories:
        """Return them up to the first migration whose result may be another one next time."""
        digests: dict[str, str] = {}
        first_at_head: MigrationName | None = None
        last = digest([surroundings, code.on_way_to_head])
        for key in migrator.plan if not code.read_on_way.unstable else ():
            module = type(migrator.node(key)).__module__
            used = code.used_at_head(module)
            if code.read_module(module).unstable or used is None:
                break
            if used and first_at_head is None:
                first_at_head = MigrationName(*key)
            last = digest([last, key, code.files.described(code.files.closure([module])), used])
            digests[".".join(key)] = last
        return cls(digests, first_at_head)


class _Chain:
    """Digests of the plan up to each migration: one that comes later changes none before it."""

    def __init__(self, code: ProjectCode, migrator: Migrator) -> None:
        self.prefixes: dict[str, str] = {}
        self.unstable: dict[str, str] = {}
        """The reason why results from this migration on are not kept, by migration."""
        self.last = ""
        self._code = code
        self._declared = DeclaredFields((key[0], migrator.node(key).operations) for key in migrator.plan)
        unstable = code.read_always.unstable
        for position, key in enumerate(migrator.plan):
            unstable = unstable or self._unstable(migrator.node(key))
            self.last = digest([self.last, *self._facts(migrator, position, key)])
            name = ".".join(key)
            self.prefixes[name] = self.last
            if unstable:
                self.unstable[name] = unstable

    def _facts(self, migrator: Migrator, position: int, key: MigrationKey) -> Iterator[object]:
        node, files = migrator.node(key), self._code.files
        module = type(node).__module__
        created = sorted(created_models(node))
        yield key
        yield files.described(files.closure([module]))
        yield [(model, facts_at_head(model, files)) for model in created]
        yield sorted(tables_at_head(node))
        yield sorted(self._declared.facts_since(position))
        used = self._code.used_at_head(module)
        yield used
        if used is None or any(map(self._checks_use_others, created)):
            yield self._code.whole

    def _checks_use_others(self, key: tuple[str, str]) -> bool:
        model = checked_at_head(key)
        return model is not None and self._code.read_checks(model).uses_live_models

    def _unstable(self, node: Migration) -> str:
        read = self._code.read_module(type(node).__module__)
        reason = read.unstable or (self._code.unstable_with_live_models if read.uses_live_models else "")
        if reason:
            return f"{node.app_label}.{node.name} reaches {reason}"
        for key in created_models(node):
            model = checked_at_head(key)
            reason = "" if model is None else self._code.read_checks(model).unstable
            if reason:
                return f"the checks of {model._meta.label} reach {reason}" if model else ""
        return ""
