"""Every format of one report is read by programs and schemas of others, which see the same verdict."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from django_switchback.verdict.interface import Report
from report import readers
from report.reports import clean, hostile, mixed


@pytest.mark.parametrize(
    ("make", "failed", "errors"),
    [(clean, 0, 0), (mixed, 1, 2), (hostile, 2, 3)],
)
def test_others_read_the_verdict(make: Callable[[], Report], failed: int, errors: int) -> None:
    """Cases that fail, critical issues and errors, as many as the verdict has; all of it valid."""
    report = make()
    assert len(readers.failed_in_junit(report)) == failed
    assert readers.critical_in_gitlab(report) == errors
    assert readers.errors_in_sarif(report) == errors
    assert readers.headings_in_markdown(report)
    assert readers.is_valid_json(report)
