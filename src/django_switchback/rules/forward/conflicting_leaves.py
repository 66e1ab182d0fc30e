"""``conflicting-leaves``: an app has several leaf migrations."""

from __future__ import annotations

from django_switchback.rules.exhibits import ConflictingLeaves
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule
from django_switchback.rules.wording import enumerate_items


def judge(database: DatabaseEvidence) -> Findings:
    """Report each app with several leaf migrations."""
    return tuple(_finding(app, leaves, database.manage) for app, leaves in database.conflicts)


def _finding(app: str, leaves: tuple[str, ...], manage: str) -> Finding:
    return Finding(
        rule="conflicting-leaves",
        severity="error",
        message=f"{app} has {len(leaves)} leaves: {enumerate_items(leaves)}. Django refuses to migrate it.",
        phase="scratch",
        fix=f"Run {manage} makemigrations --merge {app}, or make one migration depend on the other.",
        exhibits=(ConflictingLeaves(app, leaves),),
        reproduce=f"{manage} migrate",
    )


RULE = Rule(
    slug="conflicting-leaves",
    group="forward",
    severity="error",
    condition="An app has two migrations that no other migration depends on, typically after a merge of two "
    "branches.",
    effect="`migrate` refuses to run: the release cannot be deployed.",
    remedy=(
        "Make one migration depend on the other, or write a merge migration with `makemigrations --merge`."
    ),
    judge_database=judge,
)
