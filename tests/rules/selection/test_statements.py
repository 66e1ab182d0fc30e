"""What makes a statement that a release cannot run an error, and what a warning."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from django_switchback.evidence import NewCodeTried, OldCodeTried
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, RAISED, TARGET, log, sound


def severities(*tried: OldCodeTried | NewCodeTried) -> dict[str, tuple[str, str]]:
    """Return severity and message of each rule's finding on a target whose statements were ``tried``."""
    (migration,) = judge(log(*sound(), *tried)).migrations
    return {finding.rule: (finding.severity, finding.message) for finding in migration.findings}


def new(**changes: Any) -> NewCodeTried:
    """Make the record of an insert of the new release that raised."""
    return msgspec.structs.replace(NewCodeTried(DATABASE, TARGET, "blog_post", "insert", RAISED), **changes)


BY_TRIGGER = msgspec.structs.replace(RAISED, doubt="trigger")
BY_FIELD = msgspec.structs.replace(RAISED, doubt="field")


@pytest.mark.parametrize(
    ("tried", "severity", "told"),
    [
        ((new(),), "error", "cannot insert into blog_post"),
        ((new(sequence="s", inserts_before=3),), "error", "its next value is taken after 3 inserts"),
        ((new(sequence="s", inserts_before=10**6),), "warning", "may be set apart on purpose"),
        ((new(works_at_head=True),), "warning", "A later migration mends it"),
        ((new(failure=BY_TRIGGER),), "warning", "A trigger or rule of the database refuses it"),
        ((new(failure=BY_FIELD),), "warning", "A field of the project's own"),
        (
            (new(failure=BY_TRIGGER), new(statement="select")),
            "error",
            "cannot insert into blog_post and read",
        ),
        ((new(), new(failure=None, without_edge=True)), "warning", "Only edge rows"),
        ((new(), new(without_edge=True)), "error", "cannot insert into blog_post"),
        ((new(), new(failure=None, untried="no row", without_edge=True)), "error", "cannot insert"),
    ],
)
def test_new_code(tried: tuple[NewCodeTried, ...], severity: str, told: str) -> None:
    """A failure that only edge rows show, or that may be meant, is a warning that says why."""
    found = severities(*tried)["new-code-fails"]
    assert found[0] == severity
    assert told in found[1]


def test_old_code_with_edge_rows() -> None:
    """What edge rows alone break in the old release is a warning."""
    broken = OldCodeTried(DATABASE, TARGET, "blog_post", "select", RAISED)
    passed = msgspec.structs.replace(broken, failure=None, without_edge=True)
    assert severities(broken)["old-code-fails-after-rollback"][0] == "error"
    assert severities(broken, passed)["old-code-fails-after-rollback"][0] == "warning"
