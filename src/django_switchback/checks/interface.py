"""What a check comes to, and what it is judged from: plain values, no database, no Django."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence import (
    AnyRecord,
    DatabaseBroken,
    ProjectRefused,
    RunFinished,
    RunStarted,
    RunStopped,
    Value,
)

CheckOutcome: TypeAlias = Literal["passed", "failed", "not run"]
"""``not run``: it was not carried out to its end, which is never a pass."""

CHECKS = ("tests", "migrations", "performance", "backup-verification")
"""Every check, in the order of the table."""


class CheckResult(Value, frozen=True, kw_only=True):
    """What one check came to on one database (several for evidence that was logged together).

    ``said`` is one sentence, ``problems`` are the reasons for what is not ``passed`` and ``notes`` what a
    reader should know of a pass; all of them may hold text of the project. ``seconds`` is wall time,
    ``report`` the file with more.
    """

    check: str
    database: str
    outcome: CheckOutcome
    summary: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    report: str = ""


def outcome(problems: tuple[str, ...], unfinished: tuple[str, ...]) -> CheckOutcome:
    """Return what a check came to: what did not run to its end counts for more than what it found."""
    return "not run" if unfinished else "failed" if problems else "passed"


def unfinished(records: tuple[AnyRecord, ...]) -> tuple[str, ...]:
    """Return why the runs in these records did not come to their end, if so."""
    starts = sum(1 for record in records if isinstance(record, RunStarted))
    ends = sum(1 for record in records if isinstance(record, RunFinished | RunStopped))
    reasons = [
        record.reason
        for record in records
        if isinstance(record, RunStopped | ProjectRefused | DatabaseBroken)
    ]
    if not starts:
        reasons.append("the log holds no start of a run")
    if ends < starts:
        reasons.append("the run did not come to its end")
    return tuple(dict.fromkeys(reasons))


def seconds_of(records: tuple[AnyRecord, ...]) -> float | None:
    """Return the wall time of the longest run in these records."""
    return max(
        (record.seconds for record in records if isinstance(record, RunFinished | RunStopped)), default=None
    )
