"""``edited-migration``: a migration that others may have applied is another one now, or is gone."""

from __future__ import annotations

from django_switchback.evidence import MigrationChanged
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule, TargetEvidence

SLUG = "edited-migration"
UNAPPLIED = " If it has been applied nowhere, acknowledge the rule with that reason."
EFFECTS = {
    "edited": "Databases that have applied it stay as they are, and new ones become different",
    "deleted": "Databases that have applied it do not match the history, and cannot roll it back",
    "renamed": "Databases that have applied it run it once more under its new name",
}


def judge(target: TargetEvidence) -> Findings:
    """Report how the target differs from what the ref has."""
    return tuple(map(_finding, dict.fromkeys(target.changes)))


def judge_database(database: DatabaseEvidence) -> Findings:
    """Report migrations that are not targets, since they are gone."""
    return tuple(map(_finding, dict.fromkeys(database.changes)))


def _finding(changed: MigrationChanged) -> Finding:
    to = f" to {changed.renamed_to}" if changed.renamed_to is not None else ""
    return Finding(
        rule=SLUG,
        severity="error",
        message=(
            f"{changed.migration} was {changed.change}{to}, and {changed.since} has it already. "
            f"{EFFECTS[changed.change]}."
        ),
        phase="scratch",
        fix=(
            f"Restore it (git checkout {changed.base} -- {changed.path}), and make the change in a new "
            f"migration.{'' if changed.change == 'deleted' else UNAPPLIED}"
        ),
        exhibits=(changed,),
    )


RULE = Rule(
    slug=SLUG,
    group="forward",
    severity="error",
    condition=(
        "With `--since REF`: a migration that the ref already has was edited, renamed or deleted. "
        "Formatting, comments and docstrings are not edits, and a squashed migration that the ref has may "
        "lose what it replaces."
    ),
    effect=(
        "Whoever has applied it, in production too, has another schema than a new database, and Django sees "
        "no difference."
    ),
    remedy="Restore the migration, and make the change in a new one.",
    judge=judge,
    judge_database=judge_database,
)
