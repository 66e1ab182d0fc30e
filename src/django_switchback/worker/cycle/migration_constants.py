"""Reads the constants by which each target chooses rows, once for all its cycles and trials."""

from __future__ import annotations

from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.seed.constants.interface import NO_CONSTANTS, MigrationConstants
from django_switchback.worker.seed.constants.migration import constants_of_operations
from django_switchback.worker.seed.declared_fields import DeclaredFields


class ConstantsByMigration:
    """The constants of the migrations of one project, cached."""

    def __init__(self, migrator: Migrator) -> None:
        self._migrator = migrator
        self._cache: dict[MigrationKey, MigrationConstants] = {}

    def of(self, key: MigrationKey) -> MigrationConstants:
        """Return the constants by which the forward step of ``key`` chooses rows."""
        if key not in self._cache:
            self._cache[key] = self._read(key) if self._migrator.has_data(key) else NO_CONSTANTS
        return self._cache[key]

    def _read(self, key: MigrationKey) -> MigrationConstants:
        migrator = self._migrator
        operations = migrator.node(key).operations
        return constants_of_operations(operations, migrator.connection.vendor, migrator.position[key])


def declared_fields(migrator: Migrator) -> DeclaredFields:
    """Return how the migrations of the plan declare each field."""
    return DeclaredFields((key[0], migrator.node(key).operations) for key in migrator.plan)
