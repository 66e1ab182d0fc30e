"""``values-not-understood``: text that only the application can read is no fault of the migration."""

from __future__ import annotations

from django_switchback.evidence import NotRun, ValuesNotUnderstood
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, RAISED, TARGET, log, step

NOT_READ = ValuesNotUnderstood(
    DATABASE,
    TARGET,
    "cycle",
    "forward",
    "desk_note",
    "text",
    "BadSignature: no",
    "desk.Note.text",
    ("a date",),
)


def test_a_step_that_cannot_read_is_a_warning_and_a_skip() -> None:
    """Its failure counts for no other rule; the scenario that helps is shown."""
    records = log(step("forward", failure=RAISED), NOT_READ, NotRun(DATABASE, TARGET, "it cannot read"))
    [target] = [migration for migration in judge(records).migrations if migration.id == TARGET]
    [finding] = target.findings
    assert (finding.rule, finding.severity) == ("values-not-understood", "warning")
    assert (target.verdict, target.reason) == ("skipped", "it cannot read")
    assert "desk_note.text" in finding.message
    assert '@value_for("desk.Note", "text")' in finding.fix


def test_another_step_still_counts() -> None:
    """What fails in another direction is a failure as ever."""
    records = log(step("rollback", failure=RAISED), NOT_READ, NotRun(DATABASE, TARGET, "it cannot read"))
    [target] = [migration for migration in judge(records).migrations if migration.id == TARGET]
    assert {finding.severity for finding in target.findings} == {"error", "warning"}
    assert target.verdict == "failed"
