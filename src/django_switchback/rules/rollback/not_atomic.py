"""``rollback-not-atomic``: a failed rollback left the database between two migrations."""

from __future__ import annotations

from itertools import product

import msgspec

from django_switchback.evidence import Comparison, Phase, StepFinished
from django_switchback.rules.exhibits import RowDifferences, SchemaDifferences
from django_switchback.rules.findings.findings import rows_phrase, step_finding
from django_switchback.rules.findings.interruptions import interruption_findings
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.harmless import describe_left, is_harmless
from django_switchback.rules.selection.steps import PHASES, failed_steps, rows_required_by_step

SLUG = "rollback-not-atomic"


def judge(target: TargetEvidence) -> Findings:
    """Report failed rollbacks that leave something, and interrupted ones that cannot be run again."""
    differences = _differences_left(target)
    failed = tuple(
        _finding(target, step, differences[step.phase, step.without_edge])
        for step in failed_steps(target, "rollback")
        if (step.phase, step.without_edge) in differences and not step.recorded
    )
    return (*failed, *interruption_findings(target, "rollback", SLUG))


def _differences_left(target: TargetEvidence) -> dict[tuple[Phase, bool], Comparison]:
    """Return the differences that each failed rollback left, by phase and ``without_edge``.

    Failed steps and ``after-failure`` comparisons are paired in the order of the log.
    """
    steps = [
        step
        for step in target.steps
        if step.outcome == "failed" and not step.trial and _has_comparison_after_failure(step)
    ]
    compared = [
        comparison
        for comparison in target.comparisons
        if comparison.moment == "after-failure" and not comparison.trial
    ]
    by_course: dict[tuple[Phase, bool], Comparison] = {}
    for at in product(PHASES, (False, True)):
        pairs = zip(
            (step for step in steps if (step.phase, step.without_edge) == at),
            (
                comparison.comparison
                for comparison in compared
                if (comparison.phase, comparison.without_edge) == at
            ),
            strict=False,
        )
        for step, left in pairs:
            if step.direction == "rollback" and (left.rows or not all(map(is_harmless, left.schema))):
                by_course[at] = left
    return by_course


def _has_comparison_after_failure(step: StepFinished) -> bool:
    """Whether the worker compares the database after the step fails; in the unwind, only for rollbacks."""
    return step.phase == "cycle" or step.direction == "rollback"


def _finding(target: TargetEvidence, step: StepFinished, comparison: Comparison) -> Finding:
    need = rows_required_by_step(target, step)
    finding = step_finding(
        target,
        step,
        SLUG,
        message=(
            f"The failed rollback of {target.fact.id} {rows_phrase(need)} left the database "
            f"neither before nor after the migration: {describe_left(comparison)}."
        ),
        fix=(
            "Keep the migration atomic, or move the operation that cannot run in a transaction into a "
            "separate migration."
        ),
        need=need,
    )
    left = SchemaDifferences(comparison.schema), RowDifferences(comparison.rows)
    return msgspec.structs.replace(finding, exhibits=finding.exhibits + left)


RULE = Rule(
    slug=SLUG,
    group="rollback",
    severity="error",
    condition=(
        "A failed rollback left the database neither as it was before the migration nor as after it, or a "
        "rollback that is interrupted on its way cannot be run again to its end."
    ),
    effect=("Neither release runs on this schema, and `migrate` may fail in both directions."),
    remedy=(
        "Keep the migration atomic. Where an operation cannot run in a transaction "
        "(`AddIndexConcurrently`), give it a separate migration."
    ),
    judge=judge,
)
