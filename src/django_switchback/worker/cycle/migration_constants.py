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
            constants = self._read(key) if self._migrator.has_data(key) else NO_CONSTANTS
            self._cache[key] = constants._replace(position=self._migrator.position[key])
        return self._cache[key]

    def of_reverse(self, key: MigrationKey) -> MigrationConstants:
        """Return the constants by which the rollback of ``key`` chooses rows."""
        migrator = self._migrator
        return constants_of_operations(
            migrator.node(key).operations, migrator.connection.vendor, reverse=True
        )

    def _read(self, key: MigrationKey) -> MigrationConstants:
        migrator = self._migrator
        return constants_of_operations(migrator.node(key).operations, migrator.connection.vendor)


def declared_fields(migrator: Migrator) -> DeclaredFields:
    """Return how the migrations of the plan declare each field."""
    return DeclaredFields((key[0], migrator.node(key).operations) for key in migrator.plan)
