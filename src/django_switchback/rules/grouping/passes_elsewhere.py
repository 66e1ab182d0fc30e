"""Note on which databases of another engine each target went through every step."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from django_switchback.evidence import MigrationName
from django_switchback.rules.interface import DatabaseEvidence, TargetEvidence

_STEPS = {("cycle", "forward"), ("cycle", "rollback")}
"""The steps without which nothing is known of a target."""


def with_passes_elsewhere(databases: Iterable[DatabaseEvidence]) -> tuple[DatabaseEvidence, ...]:
    """Set each target's ``passed_on``: the databases of other engines on which none of its steps failed."""
    found = tuple(databases)
    passed: dict[MigrationName, dict[str, str]] = {}
    for database in found:
        for target in database.targets:
            if _went_through(target):
                passed.setdefault(target.fact.id, {})[database.database] = database.engine

    def with_passes(target: TargetEvidence, engine: str) -> TargetEvidence:
        names = passed.get(target.fact.id, {}).items()
        return msgspec.structs.replace(
            target, passed_on=tuple(name for name, other in names if other != engine)
        )

    return tuple(database.with_targets(partial(with_passes, engine=database.engine)) for database in found)


def _went_through(target: TargetEvidence) -> bool:
    steps = [step for step in target.steps if not step.trial]
    done = {(step.phase, step.direction) for step in steps}
    return done >= _STEPS and all(step.outcome == "ok" for step in steps)
