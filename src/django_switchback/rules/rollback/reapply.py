"""``reapply-fails`` and ``reapply-differs``: apply a migration again after its rollback."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Compared
from django_switchback.rules.exhibits import RowDifferences, SchemaDifferences
from django_switchback.rules.findings.empty_tables import rows_of_failure
from django_switchback.rules.findings.findings import comparison_finding, step_finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.comparisons import reported_comparisons, schema_differences
from django_switchback.rules.selection.harmless import harmless_advice, is_harmless_again
from django_switchback.rules.selection.minimal_rows import minimal_rows
from django_switchback.rules.selection.steps import (
    RequiredRows,
    failed_steps,
    fails_with_edge_rows_only,
    rows_required_by_comparison,
    rows_required_by_step,
)
from django_switchback.rules.wording import (
    count_rows,
    describe_difference,
    enumerate_items,
    exception_with_hint,
    in_operation,
)


def judge_fails(target: TargetEvidence) -> Findings:
    """Report re-applies that raise, if the first forward step passed or failed with edge rows only."""
    if not all(fails_with_edge_rows_only(target, step) for step in failed_steps(target, "forward")):
        return ()
    return tuple(
        step_finding(
            target,
            step,
            rule="reapply-fails",
            message=(
                f"Applying {target.fact.id} again after its rollback raises"
                f"{in_operation(target.fact, step.failure)}, "
                f"{rows_of_failure(target, step, need)}: "
                f"{exception_with_hint(step.failure)}"
            ),
            fix=(
                "Make the reverse step remove everything that the forward step creates, or make the forward "
                "step accept objects that already exist."
            ),
            need=need,
        )
        for step in failed_steps(target, "reapply")
        if step.outcome == "failed"
        for need in [rows_required_by_step(target, step)]
    )


def judge_differs(target: TargetEvidence) -> Findings:
    """Report re-applies with another result than the first forward step; harmless differences are a note."""
    comparisons = reported_comparisons(target, "reapplied")
    return tuple(
        _differs(target, comparison)
        for comparison in comparisons
        if schema_differences(target, comparison) or comparison.comparison.rows
    )


def _differs(target: TargetEvidence, comparison: Compared) -> Finding:
    difference = msgspec.structs.replace(comparison.comparison, schema=schema_differences(target, comparison))
    real = tuple(found for found in difference.schema if not is_harmless_again(found, comparison))
    parts = [describe_difference(found) for found in real or difference.schema]
    for change, word in (("lost", "missing"), ("added", "new"), ("changed", "different")):
        parts += [f"{word}: {what}" for what in [count_rows(difference.rows, change)] if what]
    finding = comparison_finding(
        target,
        comparison,
        "reapply-differs",
        message=(
            f"Applying {target.fact.id} again gives another result than the first time: "
            f"{enumerate_items(parts)}."
        ),
        fix=(
            "Make the reverse and the forward step exact inverses: what one creates or writes, the other "
            "removes."
            if real or difference.rows
            else harmless_advice(difference.schema)
        ),
        exhibits=(
            SchemaDifferences(difference.schema),
            RowDifferences(difference.rows),
            *minimal_rows(target, comparison),
        ),
        # Only row differences are classified by repeating with fewer rows; a schema difference is not.
        need=RequiredRows(comparison.rows_on_board)
        if real
        else rows_required_by_comparison(target, comparison),
    )
    return finding if real or difference.rows else msgspec.structs.replace(finding, severity="info")


FAILS = Rule(
    slug="reapply-fails",
    group="rollback",
    severity="error",
    condition="Applying the migration again after its rollback raises.",
    effect="After a rollback, the corrected release cannot be deployed either.",
    remedy="Make the reverse step remove everything that the forward step creates.",
    judge=judge_fails,
)

DIFFERS = Rule(
    slug="reapply-differs",
    group="rollback",
    severity="error",
    condition=(
        "Applying the migration again after its rollback gives another schema or other rows than the "
        "first time."
    ),
    effect=("Two databases with the same migrations differ, and only one of the two states was tested."),
    remedy=("Make the forward and the reverse step exact inverses; make data migrations deterministic."),
    judge=judge_differs,
)
