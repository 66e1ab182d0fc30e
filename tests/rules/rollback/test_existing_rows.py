"""``rollback-loses-data`` of rows that the target finds in place of its own."""

from __future__ import annotations

import pytest

from django_switchback.evidence import ExistingRowsLost, RowDifference
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, TARGET, compared, log, sound, spoilt

TAKEN = ExistingRowsLost(DATABASE, TARGET, (RowDifference("blog_tag", lost=1, changed=1, columns=("name",)),))


def test_rows_that_may_have_been_there_are_a_warning() -> None:
    """Only the author knows whose row it was."""
    [target] = [migration for migration in judge(log(*sound(), TAKEN)).migrations if migration.id == TARGET]
    [finding] = target.findings
    assert (finding.rule, finding.severity, target.verdict) == ("rollback-loses-data", "warning", "passed")
    assert "deletes 1 row of blog_tag and changes 1 row of blog_tag (name)" in finding.message


@pytest.mark.parametrize(("table", "told"), [("blog_tag", False), ("blog_post", True)])
def test_a_table_with_an_error_is_not_told_again(table: str, told: bool) -> None:
    """The error about its rows says more."""
    records = spoilt(compared(rows=(RowDifference(table, lost=1),)), TAKEN)
    [target] = [migration for migration in judge(records).migrations if migration.id == TARGET]
    [finding] = [finding for finding in target.findings if finding.rule == "rollback-loses-data"]
    assert finding.severity == "error"
    assert ("may have been there" in str(finding.exhibits)) is told
