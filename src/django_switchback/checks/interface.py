"""The result of a check and the functions to derive it from evidence: no database, no Django."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence import (
    AnyRecord,
    DatabaseBroken,
    DatabaseStarted,
    ProjectRefused,
    RunFinished,
    RunStarted,
    RunStopped,
    Value,
)

CheckOutcome: TypeAlias = Literal["passed", "failed", "not run"]
"""``not run``: the check did not finish, which is never a pass."""

CHECKS = ("tests", "migrations", "performance", "backup-verification")
"""Every check, in the order of the table."""


class CheckResult(Value, frozen=True, kw_only=True):
    """The result of a check on one database (or several, if their evidence was logged together).

    ``summary`` is a sentence, ``problems`` are the reasons why it is not ``passed``, ``notes`` qualify a
    pass; all of them may hold text of the project. ``seconds`` is wall time,
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
    """Return the outcome of a check: an unfinished check is ``not run``, whatever it found."""
    return "not run" if unfinished else "failed" if problems else "passed"


def nothing_tested(check: str, records: tuple[AnyRecord, ...]) -> CheckResult:
    """Return the result of a check of which no database was tested."""
    reasons = unfinished(records) or ("no database was tested",)
    return CheckResult(check=check, database="", outcome="not run", summary=reasons[0], problems=reasons)


def databases(records: tuple[AnyRecord, ...]) -> tuple[str, ...]:
    """Return the names of the databases of a run, with those whose server failed before they were started."""
    return tuple(
        dict.fromkeys(
            record.database for record in records if isinstance(record, DatabaseStarted | DatabaseBroken)
        )
    )


def unfinished(records: tuple[AnyRecord, ...], database: str = "") -> tuple[str, ...]:
    """Return the reasons why the runs in these records did not finish, if any, on ``database``."""
    starts = sum(1 for record in records if isinstance(record, RunStarted))
    ends = sum(1 for record in records if isinstance(record, RunFinished | RunStopped))
    reasons = [
        record.reason
        for record in records
        if isinstance(record, RunStopped | ProjectRefused)
        or (isinstance(record, DatabaseBroken) and record.database == database)
    ]
    if not starts:
        reasons.append("the log holds no start of a run")
    if ends < starts:
        reasons.append("the run did not finish")
    return tuple(dict.fromkeys(reasons))


def seconds_of(records: tuple[AnyRecord, ...]) -> float | None:
    """Return the wall time of the longest run in these records."""
    return max(
        (record.seconds for record in records if isinstance(record, RunFinished | RunStopped)), default=None
    )
