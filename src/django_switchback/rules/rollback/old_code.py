"""``old-code-fails-after-rollback``: run the old release's statements on the rolled-back database."""

from __future__ import annotations

from django_switchback.evidence import OldCodeTried
from django_switchback.rules import manage_commands
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.statements import (
    broken_statements,
    doubt_sentences,
    needs_edge_rows,
    statement_phrases,
    tables_of,
)
from django_switchback.rules.wording import statement_outcome

SLUG = "old-code-fails-after-rollback"


def judge(target: TargetEvidence) -> Findings:
    """Report statements of the old models that worked before the migration and fail after its rollback."""
    broken = broken_statements(target.old_code)
    return (_finding(target, broken),) if broken else ()


def _finding(target: TargetEvidence, broken: tuple[OldCodeTried, ...]) -> Finding:
    only_edge = all(needs_edge_rows(target.old_code, attempt) for attempt in broken)
    return Finding(
        rule=SLUG,
        severity="warning" if only_edge else "error",
        message=(
            f"After {target.fact.id} is rolled back, the old release can no longer "
            f"{statement_phrases(broken)}: {statement_outcome(broken[0])}"
            f"{doubt_sentences(('edge',) if only_edge else ())}"
        ),
        phase="cycle",
        fix=(
            f"Make the reverse leave {tables_of(broken)} as the old models expect it: columns, defaults, "
            "values that their fields can read, and each sequence past the greatest value of its column."
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
