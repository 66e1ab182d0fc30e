"""``stale-acknowledgement``: an acknowledgement that matches no finding or is invalid."""

from __future__ import annotations

from collections.abc import Collection

from django_switchback.evidence import MigrationName
from django_switchback.rules.acknowledge import Acknowledgement
from django_switchback.rules.exhibits import StaleAcknowledgement
from django_switchback.rules.interface import Finding, Rule

SLUG = "stale-acknowledgement"
WHERE = {"docstring": "its docstring", "settings": "[tool.switchback.acknowledge]"}


def about_target(id_: MigrationName, acknowledgement: Acknowledgement, slugs: Collection[str]) -> Finding:
    """Return the finding about an acknowledgement that matched no finding of a rehearsed migration."""
    where = WHERE[acknowledgement.source]
    if acknowledgement.rule not in slugs:
        message = (
            f"{where[0].upper()}{where[1:]} acknowledges {acknowledgement.rule or 'nothing'} for "
            f"{id_}, but there is no such rule."
        )
        fix = f"Use a rule listed by `switchback rules` in {where}, or remove the line."
    elif not acknowledgement.reason:
        message = (
            f"{where[0].upper()}{where[1:]} acknowledges {acknowledgement.rule} for {id_} without "
            "a reason and is ignored."
        )
        fix = f"Add the reason in {where}: switchback: acknowledge {acknowledgement.rule}: <reason>"
    else:
        message = (
            f"{where[0].upper()}{where[1:]} acknowledges {acknowledgement.rule} for {id_}, but "
            "the rule no longer fires."
        )
        fix = f"Remove it from {where}."
    return _finding(message, fix, str(id_), acknowledgement)


def about_unknown(migration: str, rule: str, reason: str) -> Finding:
    """Return the finding about an acknowledgement in the settings for an unknown migration."""
    acknowledgement = Acknowledgement(rule, reason, "settings")
    message = (
        f"{WHERE['settings']} acknowledges {rule} for {migration}, but the project has no such migration."
    )
    return _finding(
        message, f"Correct the name or remove it from {WHERE['settings']}.", migration, acknowledgement
    )


def _finding(message: str, fix: str, migration: str, acknowledgement: Acknowledgement) -> Finding:
    return Finding(
        rule=SLUG,
        severity="warning",
        message=message,
        phase="scratch",
        fix=fix,
        exhibits=(
            StaleAcknowledgement(
                migration, acknowledgement.rule, acknowledgement.reason, acknowledgement.source
            ),
        ),
    )


RULE = Rule(
    slug=SLUG,
    group="hygiene",
    severity="warning",
    condition=(
        "An acknowledgement names a rule that no longer fires for the migration, names an unknown rule or "
        "migration, or gives no reason."
    ),
    effect="It would hide the same error if it came back.",
    remedy="Remove it, or correct its rule, its migration or its reason.",
)
