"""Tells what the project accesses at any time from what a migration accesses."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django_switchback.evidence import MigrationName, TouchedElsewhere
from django_switchback.rules.selection.accesses import ProjectAccesses


class DividedAccesses(NamedTuple):
    """Those to report under the database, and those of each target."""

    of_database: tuple[TouchedElsewhere, ...]
    of_targets: dict[MigrationName, tuple[TouchedElsewhere, ...]]


def divide_accesses(
    accesses: tuple[TouchedElsewhere, ...], targets: Collection[MigrationName]
) -> DividedAccesses:
    """Divide ``accesses`` into those of the project and those of each of the ``targets``.

    What no line of the project accesses in a step, and the project between steps or while it is loaded as
    well, is not the migration's doing: a signal receiver that asks a cache server, for example.
    """
    of_project = ProjectAccesses(accesses)
    of_database, of_targets = [], dict[MigrationName, tuple[TouchedElsewhere, ...]]()
    for access in accesses:
        is_shared = of_project.same_as(access) is not None
        if access.migration is None or access.migration not in targets or is_shared:
            of_database.append(access)
        else:
            of_targets[access.migration] = (*of_targets.get(access.migration, ()), access)
    return DividedAccesses(tuple(of_database), of_targets)
