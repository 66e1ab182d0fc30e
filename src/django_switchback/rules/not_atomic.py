"""``rollback-not-atomic``: a rollback that failed left the database in between."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Comparison, StepFinished
from django_switchback.rules.building import circumstances, finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.steps import compared, need_of_step, stopped
from django_switchback.rules.wording import difference, listed, rows

SLUG = "rollback-not-atomic"


def judge(target: TargetEvidence) -> Findings:
    """Speak where what a failed rollback left is not what was there when it began."""
    leavings = {one.phase: one.comparison for one in compared(target, "after-failure")}
    forward_failed = {step.phase for step in stopped(target, "forward", "reapply")}
    return tuple(
        _finding(target, step, leavings[step.phase])
        for step in stopped(target, "rollback")
        if step.phase not in forward_failed and _differs(leavings.get(step.phase))
    )


def _differs(comparison: Comparison | None) -> bool:
    return comparison is not None and bool(comparison.schema or comparison.rows)


def _finding(target: TargetEvidence, step: StepFinished, left: Comparison) -> Finding:
    need = need_of_step(target, step)
    parts = [difference(one) for one in left.schema]
    parts += [f"lost: {what}" for what in [rows(left.rows, "lost")] if what]
    parts += [f"changed: {what}" for what in [rows(left.rows, "changed")] if what]
    parts += [f"added: {what}" for what in [rows(left.rows, "added")] if what]
    made = finding(
        target,
        step,
        SLUG,
        message=(
            f"The rollback of {target.fact.id} that failed {circumstances(need)} left the database "
            f"neither before nor after the migration: {listed(parts)}."
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
