"""``not-cleaned-up``: something that the run made could not be removed at its end."""

from __future__ import annotations

from django_switchback.evidence import NotCleanedUp
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule


def judge(database: DatabaseEvidence) -> Findings:
    """Speak of each sandbox, server or folder that could not be removed."""
    return tuple(map(_finding, database.not_cleaned_up))


def _finding(left: NotCleanedUp) -> Finding:
    return Finding(
        rule="not-cleaned-up",
        severity="warning",
        message=f"{left.name} could not be removed: {left.reason.rstrip('.')}.",
        phase="scratch",
        fix=f"Run: {left.command}",
        evidence={"name": left.name, "command": left.command},
    )


RULE = Rule(
    slug="not-cleaned-up",
    group="rehearsal",
    severity="warning",
    condition=(
        "A sandbox or a folder that the run made could not be removed at its end. It changes neither a "
        "verdict nor the exit status, not with `--fail-on warning` either."
    ),
    effect="It takes room on the server or disk until it is removed.",
    remedy=(
        "Run the command that the finding names. The next run on that server or machine tries it again, too."
    ),
    bad="""\
# A migration that lets nobody drop its database, or a server that went away.
migrations.RunSQL("ALTER DATABASE current_sandbox IS_TEMPLATE true")
""",
    good="""\
# Nothing that outlives the migration is done to the database as a whole.
migrations.RunSQL("CREATE TABLE report (id integer)")
""",
    judge_database=judge,
)
