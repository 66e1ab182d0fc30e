"""``belongs-to-the-server``: a migration changes objects shared by all databases of the user's server."""

from __future__ import annotations

from django_switchback.rules import manage_commands
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import doing, enumerate_items

SLUG = "belongs-to-the-server"


def judge(target: TargetEvidence) -> Findings:
    """Report steps that were refused because they change the user's server."""
    if not target.server_changes:
        return ()
    first = target.server_changes[0]
    what = enumerate_items(list(dict.fromkeys(server.what for server in target.server_changes)))
    return (
        Finding(
            rule=SLUG,
            severity="warning",
            message=(
                f"{doing(target.fact.id, first.direction)} was not rehearsed: it changes the whole server, "
                f"not only one database ({what}). The change was not committed."
            ),
            phase=first.phase,
            fix=(
                "Rehearse it on a temporary server, such as --database postgresql-18, which has its own "
                "roles and settings."
            ),
            phases=tuple(sorted({server.phase for server in target.server_changes})),
            exhibits=target.server_changes,
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
        "The step was rolled back before it was committed, and the migration and its dependents are not "
        "rehearsed there: the rehearsal would create, change or drop a role of the real server."
    ),
    remedy="Rehearse it on a temporary server: `--database postgresql-18`.",
    judge=judge,
)
