"""Compares the snapshots of a cycle, in which a table's primary key may change."""

from __future__ import annotations

from django_switchback.evidence import Comparison
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.changed_keys import IN_REAPPLY, IN_ROLLBACK, with_stable_keys
from django_switchback.worker.compare.generic_references import ModelTables
from django_switchback.worker.compare.inserted_rows import without_references_to_deleted_rows
from django_switchback.worker.compare.new_references import without_values_of_new_rows
from django_switchback.worker.compare.side_effects import apply_side_effects
from django_switchback.worker.compare.snapshots import Keys, Snapshot


def cycle_rollback_difference(
    before: Snapshot,
    after: Snapshot,
    loaded: Snapshot,
    restored: Snapshot,
    *,
    tables_of: ModelTables,
    written: Keys,
    signalled: Keys,
) -> Comparison:
    """Return the differences after the rollback; see :func:`snapshots.rollback_difference`."""
    stable = with_stable_keys((before, after, loaded, restored), IN_ROLLBACK, tables_of)
    if stable[2] is not loaded:
        written = snapshots.added_keys(stable[1], stable[2])
    before, after, loaded, restored = stable
    written, restored = without_references_to_deleted_rows(written, before, after, loaded, restored)
    restored = without_values_of_new_rows(before, after, loaded, restored, written)
    return snapshots.rollback_difference(
        apply_side_effects(before, after, loaded),
        apply_side_effects(after, after, loaded),
        loaded,
        restored,
        written=written,
        signalled=signalled,
    )


def cycle_reapply_difference(
    before: Snapshot, after: Snapshot, loaded: Snapshot, again: Snapshot, *, tables_of: ModelTables
) -> Comparison:
    """Return the differences after the target was applied again; see :func:`snapshots.reapply_difference`."""
    before, after, _, again = with_stable_keys((before, after, loaded, again), IN_REAPPLY, tables_of)
    return snapshots.reapply_difference(after, again, bounds=before)
