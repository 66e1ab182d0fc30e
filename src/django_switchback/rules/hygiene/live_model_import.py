"""``live-model-import``: a data migration uses a model as it is now in place of the historical one."""

from __future__ import annotations

from django_switchback.evidence import LiveModelUse
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import enumerate_items

SLUG = "live-model-import"


def judge(target: TargetEvidence) -> Findings:
    """Report the live models that the target's data functions use."""
    uses = tuple(dict.fromkeys(use for record in target.live_models for use in record.uses))
    if not uses:
        return ()
    return (
        Finding(
            rule=SLUG,
            severity="warning",
            message=(
                f"{target.fact.id} uses models as they are now, not as they were at that point of the "
                f"history: {enumerate_items([_described(use) for use in uses])}."
            ),
            phase="cycle",
            fix=(
                'Take each model from the apps argument: Post = apps.get_model("blog", "Post"). Methods and '
                "managers that it lacks there (managers without use_in_migrations) are written out in the "
                "migration."
            ),
            exhibits=target.live_models[:1],
        ),
    )


def _described(use: LiveModelUse) -> str:
    return f"{use.used} in {use.function} ({use.path}:{use.line})"


RULE = Rule(
    slug=SLUG,
    group="hygiene",
    severity="warning",
    condition=(
        "A function that RunPython runs, or a function of the project that it calls, uses a model class that "
        "it imports, `get_user_model()`, or `get_model` of `django.apps.apps`, in place of the `apps` "
        "argument. Constants of a model and annotations are not uses."
    ),
    effect=(
        "It works today. Once a later migration changes the model, this one runs with columns that are not "
        "there yet: new databases can no longer be made, and after a rollback the migration can no longer be "
        "applied."
    ),
    remedy='Take each model from the `apps` argument: `apps.get_model("blog", "Post")`.',
    judge=judge,
)
