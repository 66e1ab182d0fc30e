"""Remove schema differences of the unwind that another migration's rollback caused."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Compared
from django_switchback.rules.interface import TargetEvidence

DifferenceKey = tuple[str, str]
"""Kind and name of a catalogue object."""


def without_explained_differences(targets: tuple[TargetEvidence, ...]) -> tuple[TargetEvidence, ...]:
    """Return ``targets`` without the schema differences of the unwind that another target's cycle explains.

    In the unwind a migration starts from what the rollbacks nearer to head left behind. An object that one of
    these does not restore, as its own cycle shows, is corrected by the re-apply. The difference is reported
    for the migration that left the object, not for the other migrations.
    """
    unrestored = {target.fact.id: _unrestored_objects(target) for target in targets}
    return tuple(
        _without_differences(
            target, {mark for id_, marks in unrestored.items() if id_ != target.fact.id for mark in marks}
        )
        for target in targets
    )


def _unrestored_objects(target: TargetEvidence) -> set[DifferenceKey]:
    return {
        mark
        for comparison in target.comparisons
        if comparison.phase == "cycle" and comparison.moment == "restored"
        for found in comparison.comparison.schema
        for mark in {(found.kind, found.name), (found.kind, found.after or found.name)}
    }


def _without_differences(target: TargetEvidence, marks: set[DifferenceKey]) -> TargetEvidence:
    comparisons = tuple(_without_objects(comparison, marks) for comparison in target.comparisons)
    return msgspec.structs.replace(target, comparisons=comparisons)


def _without_objects(comparison: Compared, marks: set[DifferenceKey]) -> Compared:
    if comparison.phase != "unwind" or comparison.moment != "reapplied":
        return comparison
    schema = tuple(found for found in comparison.comparison.schema if (found.kind, found.name) not in marks)
    return msgspec.structs.replace(
        comparison, comparison=msgspec.structs.replace(comparison.comparison, schema=schema)
    )
