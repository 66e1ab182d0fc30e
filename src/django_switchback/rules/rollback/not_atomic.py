"""``rollback-not-atomic``: a rollback that failed left the database in between."""

from __future__ import annotations

from itertools import product

import msgspec

from django_switchback.evidence import Comparison, Phase, StepFinished
from django_switchback.rules.findings import rows_phrase, step_finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.steps import PHASES, failed_steps, rows_required_by_step
from django_switchback.rules.wording import count_rows, describe_difference, enumerate_items

SLUG = "rollback-not-atomic"


def judge(target: TargetEvidence) -> Findings:
    """Speak where what a failed rollback left is not what was there when it began."""
    leavings = _differences_left(target)
    return tuple(
        _finding(target, step, leavings[step.phase, step.without_edge])
        for step in failed_steps(target, "rollback")
        if (step.phase, step.without_edge) in leavings
    )


def _differences_left(target: TargetEvidence) -> dict[tuple[Phase, bool], Comparison]:
    """Return what a rollback that failed left, if that is anything, by phase and whether it had no edge rows.

    Each step that failed has its comparison, in the log's order.
    """
    steps = [one for one in target.steps if one.outcome == "failed" and not one.trial and _leaves(one)]
    compared = [
        comparison
        for comparison in target.comparisons
        if comparison.moment == "after-failure" and not comparison.trial
    ]
    found: dict[tuple[Phase, bool], Comparison] = {}
    for at in product(PHASES, (False, True)):
        pairs = zip(
            (one for one in steps if (one.phase, one.without_edge) == at),
            (
                comparison.comparison
                for comparison in compared
                if (comparison.phase, comparison.without_edge) == at
            ),
            strict=False,
        )
        for step, left in pairs:
            if step.direction == "rollback" and (left.schema or left.rows):
                found[at] = left
    return found


def _leaves(step: StepFinished) -> bool:
    """Whether what the step left is written down; on the unwind's way up nobody looks."""
    return step.phase == "cycle" or step.direction == "rollback"


def _finding(target: TargetEvidence, step: StepFinished, left: Comparison) -> Finding:
    need = rows_required_by_step(target, step)
    parts = [describe_difference(difference) for difference in left.schema]
    parts += [f"lost: {what}" for what in [count_rows(left.rows, "lost")] if what]
    parts += [f"changed: {what}" for what in [count_rows(left.rows, "changed")] if what]
    parts += [f"added: {what}" for what in [count_rows(left.rows, "added")] if what]
    made = step_finding(
        target,
        step,
        SLUG,
        message=(
            f"The rollback of {target.fact.id} that failed {rows_phrase(need)} left the database "
            f"neither before nor after the migration: {enumerate_items(parts)}."
        ),
        fix=(
            "Keep the migration atomic, or put what cannot run in a transaction into a migration of its "
            "own with a single operation."
        ),
        need=need,
    )
    found = msgspec.to_builtins(left)
    evidence = made.evidence | {"differences": found["schema"], "rows": found["rows"]}
    return msgspec.structs.replace(made, evidence=evidence)


RULE = Rule(
    slug=SLUG,
    group="rollback",
    severity="error",
    condition=(
        "A rollback that failed left the database neither as it was before the migration nor as after it."
    ),
    effect=(
        "Neither release runs on what is there, and neither `migrate` forward nor back is sure to work "
        "any more."
    ),
    remedy=(
        "Keep the migration atomic. Where an operation cannot run in a transaction "
        "(`AddIndexConcurrently`), give it a migration of its own."
    ),
    bad="""\
class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.AddField("post", "slug", models.SlugField(default="")),
        migrations.RunPython(fill_slugs, reverse_code=check_slugs),
    ]
""",
    good="""\
class Migration(migrations.Migration):
    operations = [
        migrations.AddField("post", "slug", models.SlugField(default="")),
        migrations.RunPython(fill_slugs, reverse_code=migrations.RunPython.noop),
    ]
""",
    judge=judge,
)
