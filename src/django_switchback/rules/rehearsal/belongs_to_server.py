"""``belongs-to-the-server``: what a migration changes on the user's server is not the database's alone."""

from __future__ import annotations

import msgspec

from django_switchback.rules import manage_commands
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import enumerate_items

SLUG = "belongs-to-the-server"


def judge(target: TargetEvidence) -> Findings:
    """Speak where a step was not let change the user's server."""
    if not target.of_server:
        return ()
    first = target.of_server[0]
    what = enumerate_items(list(dict.fromkeys(server.what for server in target.of_server)))
    doing = "Rolling back" if first.direction == "rollback" else "Applying"
    return (
        Finding(
            rule=SLUG,
            severity="warning",
            message=(
                f"{doing} {target.fact.id} was not rehearsed: it belongs to the whole server, not to a "
                f"database of it alone ({what}). Nothing of that was committed."
            ),
            phase=first.phase,
            fix=(
                "Rehearse it on a server of the run's own, such as --database postgresql-18, where every "
                "copy has roles and settings for itself."
            ),
            evidence={
                "phases": sorted({server.phase for server in target.of_server}),
                "of_server": msgspec.to_builtins(target.of_server),
            },
            reproduce=manage_commands.rollback_command(target)
            if first.direction == "rollback"
            else manage_commands.forward_command(target),
        ),
    )


RULE = Rule(
    slug=SLUG,
    group="rehearsal",
    severity="warning",
    condition=(
        "On a server given by URL, a step changes what all databases of the server share: roles, "
        "memberships, their settings, tablespaces, parameters of `ALTER SYSTEM`."
    ),
    effect=(
        "The step was rolled back before it was committed, and the migration and all that needs it are not "
        "rehearsed there: a role that a rehearsal makes, changes or drops would be one of that server's."
    ),
    remedy="Rehearse it on a server of the run's own: `--database postgresql-18`.",
    bad="""\
# switchback --database postgresql://...
migrations.RunSQL("CREATE ROLE reader", reverse_sql="DROP ROLE reader")
""",
    good="""\
# switchback --database postgresql-18
migrations.RunSQL("CREATE ROLE reader", reverse_sql="DROP ROLE reader")
""",
    judge=judge,
)
