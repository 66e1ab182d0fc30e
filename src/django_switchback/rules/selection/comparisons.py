"""Select the comparisons that findings report, and their differences."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from django_switchback.evidence import Compared, ComparedPoint, Comparison, Difference, Rows
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.selection.statements import broken_statements

ROWS: tuple[Rows, ...] = ("none", "typical", "edge", "new")
"""From fewest to most."""


def reported_comparisons(target: TargetEvidence, moment: ComparedPoint) -> Iterator[Compared]:
    """Yield the comparisons of ``moment`` to report, one for each phase, with all their differences.

    Comparisons of repeats without edge rows come first, because their differences are more severe. A trial
    is reported only if the step failed with all rows present: then the trial with the most rows.
    """
    for phase in ("cycle", "unwind"):
        candidates = tuple(
            comparison
            for comparison in target.comparisons
            if comparison.phase == phase and comparison.moment == moment
        )
        not_trials = tuple(comparison for comparison in candidates if not comparison.trial)
        yield from tuple(comparison for comparison in not_trials if comparison.without_edge)[::-1]
        first = tuple(comparison for comparison in not_trials if not comparison.without_edge)
        trials = tuple(
            sorted(candidates, key=lambda comparison: ROWS.index(comparison.rows_on_board), reverse=True)
        )[:1]
        for comparison in (first or trials)[:1]:
            yield _merge_comparisons(first) if first else comparison


def _merge_comparisons(shards: tuple[Compared, ...]) -> Compared:
    return msgspec.structs.replace(
        shards[0],
        comparison=Comparison(
            schema=tuple(
                dict.fromkeys(difference for shard in shards for difference in shard.comparison.schema)
            ),
            rows=tuple(row for shard in shards for row in shard.comparison.rows),
        ),
        dropped_by_nature=tuple(difference for shard in shards for difference in shard.dropped_by_nature),
    )


def schema_differences(target: TargetEvidence, comparison: Compared) -> tuple[Difference, ...]:
    """Return the schema differences, without sequence positions that ``broken_statements`` covers."""
    broken = {attempt.table for attempt in broken_statements(target.old_code)}
    if comparison.moment == "reapplied":
        broken |= {attempt.table for attempt in broken_statements(target.new_code)}
    return tuple(
        found
        for found in comparison.comparison.schema
        if (found.kind, found.attribute) != ("sequence", "position") or found.table not in broken
    )
