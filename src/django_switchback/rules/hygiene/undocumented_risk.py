"""``undocumented-risk``: a migration that cannot be undone without loss, and does not say so."""

from __future__ import annotations

from collections.abc import Iterator

from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.rollback import loses_or_leaves_data
from django_switchback.rules.wording import describe_operation, enumerate_items

SLUG = "undocumented-risk"


def judge(target: TargetEvidence) -> Findings:
    """Report a target without a docstring that is destructive, irreversible or loses data on the way back."""
    risks = () if target.fact.docstring.strip() else tuple(dict.fromkeys(_risks(target)))
    if not risks:
        return ()
    return (
        Finding(
            rule=SLUG,
            severity="warning",
            message=f"{target.fact.id} {enumerate_items(risks)}, and has no docstring that says so.",
            phase="cycle",
            fix=(
                "Write a docstring at the top of the file: what is lost, why that is right, and how to roll "
                "the release back all the same."
            ),
        ),
    )


def _risks(target: TargetEvidence) -> Iterator[str]:
    # A proxy, or a model that Django does not manage, has no table that could be touched.
    touched = target.covered is None or bool(target.covered.touched)
    for operation in target.fact.operations:
        if operation.destructive and touched:
            yield f"removes data with {describe_operation(operation)}"
        if not operation.reversible:
            yield f"cannot reverse {describe_operation(operation)}"
    if any(found.severity != "info" for found in loses_or_leaves_data.judge_lost(target)):
        yield "loses data when it is rolled back"


RULE = Rule(
    slug=SLUG,
    group="hygiene",
    severity="warning",
    condition=(
        "A migration removes a column or a table, has an operation that cannot be reversed, or loses data "
        "when it is rolled back, and its file has no docstring. An acknowledgement in the docstring is one."
    ),
    effect=(
        "Whoever has to roll the release back learns it while doing so, and nobody knows whether it was "
        "meant."
    ),
    remedy=(
        "Write a docstring: what is lost, why that is right, and how to roll the release back all the same."
    ),
    judge=judge,
)
