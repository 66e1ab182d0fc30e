"""``forward-not-resumable``: an interrupted migration that is not atomic cannot be run again to its end."""

from __future__ import annotations

from django_switchback.rules.findings.interruptions import interruption_findings
from django_switchback.rules.interface import Findings, Rule, TargetEvidence

SLUG = "forward-not-resumable"


def judge(target: TargetEvidence) -> Findings:
    """Report forward steps that raise or end elsewhere when they are run again after an interruption."""
    return interruption_findings(target, "forward", SLUG)


RULE = Rule(
    slug=SLUG,
    group="forward",
    severity="error",
    condition=(
        "A migration that is not atomic, interrupted between two operations, or after what `RunPython` or "
        "`RunSQL` commit on their way, cannot be run again to its end, or ends elsewhere than without the "
        "interruption. A note if it raises after an interruption between two statements of one of Django's "
        "own operations."
    ),
    effect=(
        "A lost connection, a `lock_timeout` or a restart during the deploy leaves the database between two "
        "migrations: `migrate` fails from then on, until somebody repairs the schema by hand."
    ),
    remedy=(
        "Make each operation repeatable (`IF NOT EXISTS`, `get_or_create`, a filter on the rows that are "
        "left), or give each operation that cannot run in a transaction a migration of its own, and leave "
        "all others in atomic migrations."
    ),
    judge=judge,
)
