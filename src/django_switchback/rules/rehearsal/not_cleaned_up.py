"""``not-cleaned-up``: a sandbox, server or folder of the run could not be removed."""

from __future__ import annotations

from django_switchback.evidence import NotCleanedUp
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule


def judge(database: DatabaseEvidence) -> Findings:
    """Report each sandbox, server or folder that could not be removed."""
    return tuple(map(_finding, database.not_cleaned_up))


def _finding(leftover: NotCleanedUp) -> Finding:
    return Finding(
        rule="not-cleaned-up",
        severity="warning",
        message=f"{leftover.name} could not be removed: {leftover.reason.rstrip('.')}.",
        phase="scratch",
        fix=f"Run: {leftover.command}",
        exhibits=(leftover,),
    )


RULE = Rule(
    slug="not-cleaned-up",
    group="rehearsal",
    severity="warning",
    condition=(
        "A sandbox or a folder that the run created could not be removed. This changes neither a verdict "
        "nor the exit status, even with `--fail-on warning`."
    ),
    effect="It takes up space on the server or disk until it is removed.",
    remedy=(
        "Run the command that the finding names. The next run on that server or machine also tries again."
    ),
    judge_database=judge,
)
