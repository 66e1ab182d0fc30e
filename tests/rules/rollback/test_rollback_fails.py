"""What a failed rollback is advised: what to do to the rows that stop it."""

from __future__ import annotations

import pytest

from django_switchback.evidence import Failure
from django_switchback.verdict.run_verdict import judge
from rules.builders import classified, step, stopping

PROTECTED = (
    "(\"Cannot delete some instances of model 'Role' because they are referenced through protected foreign "
    "keys: 'Device.role', 'Range.role'.\", {<Role: Role object (1)>})"
)
RESTRICTED = (
    "(\"Cannot delete some instances of model 'Role' because they are referenced through restricted foreign "
    "keys: 'Device.role'.\", {<Role: Role object (1)>})"
)


@pytest.mark.parametrize(
    ("failure", "advice"),
    [
        (
            Failure("ProtectedError", PROTECTED),
            "clear or move the references Device.role and Range.role to the rows",
        ),
        (Failure("RestrictedError", RESTRICTED), "clear or move the references Device.role to the rows"),
        (
            Failure("SystemExit", f"Unexpected: {RESTRICTED}"),
            "clear or move the references Device.role to the rows",
        ),
        (Failure("ProtectedError", "translated"), "clear or move the references to the rows that it deletes"),
        (Failure("ValueError", "'Device.role'"), "convert the rows to values that the old schema allows"),
    ],
)
def test_protected_rows(failure: Failure, advice: str) -> None:
    """Where Django refuses to delete rows, the advice is about those that refer to them."""
    report = judge(stopping(step(failure=failure), classified("typical")))
    (finding,) = (finding for entry in report.migrations for finding in entry.findings)
    assert finding.rule == "rollback-fails-with-data"
    assert advice in finding.fix


def test_a_step_that_raised_after_its_commit_says_that_it_is_recorded() -> None:
    """A second ``migrate`` would do nothing: the message says so, and the advice is about the commit."""
    failed = step(failure=Failure("RuntimeError", "the queue cannot be reached"), recorded=True)
    report = judge(stopping(failed, classified("typical")))
    (finding,) = (finding for entry in report.migrations for finding in entry.findings)
    assert "cannot be reached. It is recorded as rolled back although migrate failed" in finding.message
    assert "transaction.on_commit" in finding.fix
