"""What the unwind shows of a migration and another one's rollback has brought about."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Compared
from django_switchback.rules.interface import TargetEvidence

DifferenceKey = tuple[str, str]
"""Kind and name of a catalogue object."""


def without_explained_differences(targets: tuple[TargetEvidence, ...]) -> tuple[TargetEvidence, ...]:
    """Return ``targets`` with no schema difference of the unwind that another one's cycle explains.

    In the unwind a migration meets what the rollbacks nearer to head left behind. An object that one of
    them does not restore, as its own cycle shows, is put right by going forward again: that is told of the
    one that leaves it, and is nothing that the other does.
    """
    left = {target.fact.id: _left(target) for target in targets}
    return tuple(
        _without(target, {mark for id_, marks in left.items() if id_ != target.fact.id for mark in marks})
        for target in targets
    )


def _left(target: TargetEvidence) -> set[DifferenceKey]:
    return {
        mark
        for comparison in target.comparisons
        if comparison.phase == "cycle" and comparison.moment == "restored"
        for found in comparison.comparison.schema
        for mark in {(found.kind, found.name), (found.kind, found.after or found.name)}
    }


def _without(target: TargetEvidence, marks: set[DifferenceKey]) -> TargetEvidence:
    comparisons = tuple(_cut(comparison, marks) for comparison in target.comparisons)
    return msgspec.structs.replace(target, comparisons=comparisons)


def _cut(comparison: Compared, marks: set[DifferenceKey]) -> Compared:
    if comparison.phase != "unwind" or comparison.moment != "reapplied":
        return comparison
    schema = tuple(found for found in comparison.comparison.schema if (found.kind, found.name) not in marks)
    return msgspec.structs.replace(
        comparison, comparison=msgspec.structs.replace(comparison.comparison, schema=schema)
    )
