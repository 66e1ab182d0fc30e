"""The cause of a finding: equal in the next run and on another database, different for another fault."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import MigrationName, RowDifference
from django_switchback.rules.fingerprints import cause
from django_switchback.rules.interface import Finding
from django_switchback.verdict.run_verdict import judge
from rules.builders import CHANGED, TARGET, compared, log, steps


def finding(rows: RowDifference) -> Finding:
    """Return what is said of ``rows`` that a rollback changed."""
    report = judge(log(*steps(), compared(rows=(rows,)), compared("reapplied")))
    (found,) = (entry for entry in report.migrations[0].findings if entry.rule == "rollback-loses-data")
    return found


def test_counts_and_examples_do_not_matter() -> None:
    """The same columns with more rows have one cause."""
    more = msgspec.structs.replace(CHANGED, changed=900, examples=())
    assert finding(CHANGED).message != finding(more).message
    assert cause(finding(CHANGED), TARGET) == cause(finding(more), TARGET)


def test_what_it_is_about_matters() -> None:
    """Another column, table, migration or rule is another cause."""
    other = msgspec.structs.replace(CHANGED, columns=("slug",))
    renamed = msgspec.structs.replace(CHANGED, table="blog_note")
    rule = msgspec.structs.replace(finding(CHANGED), rule="reapply-differs")
    causes = {
        cause(finding(CHANGED), TARGET),
        cause(finding(other), TARGET),
        cause(finding(renamed), TARGET),
        cause(finding(CHANGED), MigrationName("shop", TARGET.name)),
        cause(rule, TARGET),
    }
    assert len(causes) == 5
