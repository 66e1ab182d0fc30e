"""``reapply-fails`` and ``reapply-differs``: going forward again after a rollback."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Compared
from django_switchback.rules import minimal_rows
from django_switchback.rules.findings import comparison_finding, rows_phrase, step_finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.steps import (
    RequiredRows,
    counted_comparisons,
    failed_steps,
    fails_with_edge_rows_only,
    rows_required_by_comparison,
    rows_required_by_step,
    schema_differences,
)
from django_switchback.rules.wording import (
    count_rows,
    describe_difference,
    enumerate_items,
    exception_summary,
    in_operation,
)


def judge_fails(target: TargetEvidence) -> Findings:
    """Speak where the second way forward raised and the first did not, or with edge rows alone."""
    if not all(fails_with_edge_rows_only(target, step) for step in failed_steps(target, "forward")):
        return ()
    return tuple(
        step_finding(
            target,
            step,
            rule="reapply-fails",
            message=(
                f"Applying {target.fact.id} again after its rollback raises"
                f"{in_operation(target.fact, step.failure)}, {rows_phrase(need)}: "
                f"{exception_summary(step.failure)}"
            ),
            fix=(
                "Make the reverse take away everything that the forward step makes, or make the forward "
                "step cope with what is there already."
            ),
            need=need,
        )
        for step in failed_steps(target, "reapply")
        if step.outcome == "failed"
        for need in [rows_required_by_step(target, step)]
    )


def judge_differs(target: TargetEvidence) -> Findings:
    """Speak where the second way forward ended elsewhere; a mere new name is a note."""
    both = counted_comparisons(target, "reapplied")
    return tuple(
        _differs(target, comparison)
        for comparison in both
        if schema_differences(target, comparison) or comparison.comparison.rows
    )


def _differs(target: TargetEvidence, one: Compared) -> Finding:
    comparison = msgspec.structs.replace(one.comparison, schema=schema_differences(target, one))
    real = tuple(found for found in comparison.schema if found.change != "renamed")
    parts = [describe_difference(found) for found in real or comparison.schema]
    for change, word in (("lost", "missing"), ("added", "new"), ("changed", "different")):
        parts += [f"{word}: {what}" for what in [count_rows(comparison.rows, change)] if what]
    found = msgspec.to_builtins(comparison)
    made = comparison_finding(
        target,
        one,
        "reapply-differs",
        message=(
            f"Applying {target.fact.id} again does not end where the first time did: "
            f"{enumerate_items(parts)}."
        ),
        fix=(
            "Make the reverse and the forward step each other's inverse: what one makes, and with which "
            "values, the other takes away."
        ),
        found={"differences": found["schema"], "rows": found["rows"]}
        | minimal_rows.minimal_rows_of_comparison(target, one, "reapply"),
        # Rows are what is tried again with fewer of them; a schema differs with any.
        need=RequiredRows(one.rows_on_board) if real else rows_required_by_comparison(target, one),
    )
    return made if real or comparison.rows else msgspec.structs.replace(made, severity="info")


FAILS = Rule(
    slug="reapply-fails",
    group="rollback",
    severity="error",
    condition="After a rollback, going forward again raises.",
    effect="Once rolled back, the corrected release cannot be deployed either.",
    remedy="Make the reverse take away everything that the forward step makes.",
    bad="""\
migrations.RunSQL("CREATE TABLE audit (id int)", reverse_sql=migrations.RunSQL.noop)
""",
    good="""\
migrations.RunSQL("CREATE TABLE audit (id int)", reverse_sql="DROP TABLE audit")
""",
    judge=judge_fails,
)

DIFFERS = Rule(
    slug="reapply-differs",
    group="rollback",
    severity="error",
    condition=(
        "After a rollback, going forward again ends with another schema or other rows than the first time."
    ),
    effect=(
        "Two databases that ran the same migrations differ, and which one has been tested is anybody's guess."
    ),
    remedy=(
        "Make forward and reverse each other's inverse; let a data migration give the same values each time."
    ),
    bad="""\
def add_prefix(apps, schema_editor):
    for post in apps.get_model("blog", "Post").objects.all():
        post.slug = "post-" + post.slug
        post.save()

migrations.RunPython(add_prefix, reverse_code=migrations.RunPython.noop)
""",
    good="""\
migrations.RunPython(add_prefix, reverse_code=remove_prefix)
""",
    judge=judge_differs,
)
