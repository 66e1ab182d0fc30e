"""``stale-acknowledgement``: an acknowledgement that matches no finding or is invalid."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from django_switchback.evidence import MigrationName
from django_switchback.rules.acknowledge import Acknowledgement, settings_line
from django_switchback.rules.exhibits import StaleAcknowledgement
from django_switchback.rules.interface import Finding, Rule, of_type

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


def about_lapsed(id_: MigrationName, lapsed: Acknowledgement, content: str) -> Finding:
    """Return the finding about an acknowledgement that an edit of the migration or its last day has ended."""
    if lapsed.content and lapsed.content != content:
        cause = f"the migration has changed since: its content was {lapsed.content} and is {content}"
        again = "Review the changed migration. If the reason still holds, replace the line"
    else:
        cause = f"only until {lapsed.until}"
        again = (
            "Mend what was put off. If the reason still holds, replace the line, with a later date if any,"
        )
    finding = _finding(
        f"{WHERE['settings']} acknowledges {lapsed.rule} for {id_}, but {cause}. The finding counts again.",
        f"{again} in {WHERE['settings']}; otherwise remove it.",
        str(id_),
        lapsed,
    )
    line = settings_line(id_, lapsed.rule, lapsed.reason, content if lapsed.content else "")
    (exhibit,) = of_type(finding.exhibits, StaleAcknowledgement)
    return msgspec.structs.replace(finding, exhibits=(msgspec.structs.replace(exhibit, line=line),))


def about_unknown(migration: str, acknowledgement: Acknowledgement) -> Finding:
    """Return the finding about an acknowledgement in the settings for an unknown migration."""
    message = (
        f"{WHERE['settings']} acknowledges {acknowledgement.rule} for {migration}, but the project has no "
        "such migration."
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
        "migration, or gives no reason; or the migration was edited since (`content`), or its last day is "
        "over (`until`)."
    ),
    effect="It would hide the same error if it came back, or another one that nobody has looked at.",
    remedy="Remove it, or correct its rule, its migration, its reason or its limits.",
)
