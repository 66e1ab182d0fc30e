"""``belongs-to-the-server``: what was refused on a server by URL is no fault of the migration."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import BelongsToServer, NotRun
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, RAISED, TARGET, log, step


def test_a_refused_step_is_a_warning_and_a_skip() -> None:
    """Its failure counts for no other rule, and what was not rehearsed has not passed."""
    refused = msgspec.structs.replace(
        step("forward", failure=msgspec.structs.replace(RAISED, of_server="roles")), trial=True
    )
    records = log(
        refused,
        BelongsToServer(DATABASE, TARGET, "cycle", "forward", "roles"),
        NotRun(DATABASE, TARGET, "not rehearsed: it belongs to the whole server (roles)"),
    )
    [target] = [migration for migration in judge(records).migrations if migration.id == TARGET]
    assert [(finding.rule, finding.severity) for finding in target.findings] == [
        ("belongs-to-the-server", "warning")
    ]
    assert (target.verdict, target.reason) == (
        "skipped",
        "not rehearsed: it belongs to the whole server (roles)",
    )
    assert "roles" in target.findings[0].message
