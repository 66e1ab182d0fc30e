"""``old-code-fails-after-rollback``: run the old release's statements on the rolled-back database."""

from __future__ import annotations

from django_switchback.evidence import OldCodeTried
from django_switchback.rules import manage_commands
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.steps import broken_statements
from django_switchback.rules.wording import enumerate_items, statement_outcome

SLUG = "old-code-fails-after-rollback"
STATEMENT_LABELS = {"insert": "insert into", "select": "read", "update": "update", "delete": "delete from"}


def judge(target: TargetEvidence) -> Findings:
    """Report statements of the old models that worked before the migration and fail after its rollback."""
    broken = broken_statements(target)
    return (_finding(target, broken),) if broken else ()


def _finding(target: TargetEvidence, broken: tuple[OldCodeTried, ...]) -> Finding:
    tried = list(
        dict.fromkeys(f"{STATEMENT_LABELS[attempt.statement]} {attempt.table}" for attempt in broken)
    )
    tables = list(dict.fromkeys(attempt.table for attempt in broken))
    return Finding(
        rule=SLUG,
        severity="error",
        message=(
            f"After {target.fact.id} is rolled back, the old release can no longer {enumerate_items(tried)}: "
            f"{statement_outcome(broken[0])}"
        ),
        phase="cycle",
        fix=(
            f"Make the reverse leave {enumerate_items(tables)} as the old models expect it: "
            "columns, defaults, values that their fields can read, and each sequence past the greatest value "
            "of its column."
        ),
        phases=("cycle",),
        exhibits=broken,
        reproduce=manage_commands.reproduce_command(target, "cycle", "rollback"),
        setup=manage_commands.setup_command(target, "cycle", "rollback"),
    )


RULE = Rule(
    slug=SLUG,
    group="rollback",
    severity="error",
    condition=(
        "Inserts, reads, updates or deletes of the old release's own models fail on the rolled-back "
        "database, or read None from a mandatory column, and worked before the migration."
    ),
    effect="The rollback reports success, and the redeployed old release fails.",
    remedy=(
        "Restore what the old models rely on: column defaults, column types, and sequences past the "
        "greatest value of their column."
    ),
    judge=judge,
)
