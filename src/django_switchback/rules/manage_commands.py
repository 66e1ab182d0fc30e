"""The plain Django commands that show a finding again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from django_switchback.evidence import Direction, MigrationFact, MigrationName, Phase
from django_switchback.rules.interface import TargetEvidence

MIGRATE = "python manage.py migrate"


def rollback_name(id_: MigrationName, graph: Mapping[MigrationName, MigrationFact]) -> MigrationName | None:
    """Return the migration of the same app that rolling back ``id_`` alone leads to; ``None`` for zero.

    A merge has several: the one that nothing else of the app depends on is taken, so that Django rolls
    back the merge and nothing beside it.
    """
    fact = graph.get(id_)
    parents = sorted(parent for parent in (fact.dependencies if fact else ()) if parent.app == id_.app)
    if not parents:
        return None
    return min(reversed(parents), key=lambda parent: _children(parent, graph))


def _children(parent: MigrationName, graph: Mapping[MigrationName, MigrationFact]) -> int:
    return sum(1 for fact in graph.values() if fact.id.app == parent.app and parent in fact.dependencies)


def forward_command(target: TargetEvidence) -> str:
    """Return the command that applies the target."""
    return f"{MIGRATE} {_words(target, target.fact.id)}"


def rollback_command(target: TargetEvidence) -> str:
    """Return the command that rolls the target back."""
    zero = MigrationName(app=target.fact.id.app, name="zero")
    return f"{MIGRATE} {_words(target, target.previous or zero)}"


def _words(target: TargetEvidence, place: MigrationName) -> str:
    return shlex.join((place.app, place.name)) + _alias(target)


def _alias(target: TargetEvidence) -> str:
    return "" if target.alias == "default" else f" --database {shlex.quote(target.alias)}"


def reproduce_command(target: TargetEvidence, phase: Phase, direction: Direction) -> str:
    """Return the command of a step; as it was confirmed, where it was."""
    for record in target.confirmed:
        if (record.phase, record.direction) == (phase, direction) and record.command:
            return record.command
    return rollback_command(target) if direction == "rollback" else forward_command(target)


def setup_command(target: TargetEvidence, phase: Phase, direction: Direction) -> str | None:
    """Return the command that brings an empty database to where the step begins."""
    if direction == "rollback":
        return f"{MIGRATE}{_alias(target)}" if phase == "unwind" else forward_command(target)
    if direction == "reapply" or phase == "unwind":
        if phase != "unwind":
            return f"{forward_command(target)} && {rollback_command(target)}"
        # When it is applied again, what was unwound before it is not yet, and it may read what that makes.
        others = [f"{MIGRATE} {_words(target, other)}" for other in target.beside]
        return " && ".join((f"{MIGRATE}{_alias(target)}", *others, rollback_command(target)))
    return rollback_command(target) if target.previous else None
