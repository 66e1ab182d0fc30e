"""``rollback-leaves-schema``: the catalogue after rolling back is not the one before."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Compared, Difference
from django_switchback.rules.findings import comparison_finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.steps import RequiredRows, counted_comparisons, schema_differences
from django_switchback.rules.wording import describe_difference, describe_value, enumerate_items

SLUG = "rollback-leaves-schema"


def judge(target: TargetEvidence) -> Findings:
    """Speak where the restored schema differs; a new name of a constraint, index or sequence is a note."""
    return tuple(
        _finding(target, comparison)
        for comparison in counted_comparisons(target, "restored")
        if schema_differences(target, comparison)
    )


def _finding(target: TargetEvidence, comparison: Compared) -> Finding:
    differences = schema_differences(target, comparison)
    real = tuple(found for found in differences if found.change != "renamed")
    what = enumerate_items([describe_difference(found) for found in real or differences])
    moment = "After rolling back from head" if comparison.phase == "unwind" else "After rolling back"
    made = comparison_finding(
        target,
        comparison,
        SLUG,
        message=f"{moment}, the schema is not the one before {target.fact.id}: {what}.",
        fix=_fix(real or differences),
        found={"differences": msgspec.to_builtins(differences)},
        need=RequiredRows(comparison.rows_on_board),
    )
    return made if real else msgspec.structs.replace(made, severity="info")


def _fix(differences: tuple[Difference, ...]) -> str:
    steps = enumerate_items([_undo(difference) for difference in differences])
    return f"In the reverse of the operation that did it, {steps}."


def _undo(difference: Difference) -> str:
    what = f"{difference.kind} {difference.name}"
    match difference.change:
        case "extra":
            return f"drop {what}"
        case "missing":
            return f"create {what} again"
        case "renamed":
            return f"give {difference.kind} {difference.after} its name {difference.before} back"
        case "different" if (difference.kind, difference.attribute) == ("sequence", "position"):
            return f"set {what} past the greatest value of its column"
        case "different":
            return f"set {difference.attribute} of {what} back to {describe_value(difference.before)}"


RULE = Rule(
    slug=SLUG,
    group="rollback",
    severity="error",
    condition=(
        "The schema after rolling back is not the schema before: something in the catalogue is left "
        "over, missing or different."
    ),
    effect=(
        "The old release runs on a database that nobody has tested it on, and the next attempt to "
        "migrate may stop at what is still there."
    ),
    remedy=(
        "Make the reverse undo everything that the forward step did, with the definition that was there "
        "before."
    ),
    bad="""\
migrations.RunSQL("CREATE INDEX post_slug ON blog_post (slug)", reverse_sql=migrations.RunSQL.noop)
""",
    good="""\
migrations.RunSQL("CREATE INDEX post_slug ON blog_post (slug)", reverse_sql="DROP INDEX post_slug")
""",
    judge=judge,
)
