"""Define the values of a verdict, from which every report is rendered."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence import Covered, KnownFinding, MigrationName, StepFinished, Value
from django_switchback.rules.acknowledge import Acknowledgement
from django_switchback.rules.interface import BaselineState, Findings

Verdict: TypeAlias = Literal["passed", "failed", "skipped", "error"]
FailOn: TypeAlias = Literal["error", "warning"]


class MigrationReport(Value, frozen=True):
    """The verdict on a migration on one database; ``reason`` explains it where findings do not."""

    database: str
    id: MigrationName
    path: str
    verdict: Verdict
    reason: str | None
    acknowledged: tuple[Acknowledgement, ...]
    steps: tuple[StepFinished, ...]
    coverage: Covered | None
    findings: Findings
    line: int = 0
    """The line of the migration's class in its file; 0 if unknown."""
    blocked_by: MigrationName | None = None
    """The migration that kept the unwind from reaching this one, if one did."""
    content: str = ""
    """The digest that an acknowledgement can be bound to; empty if unknown."""
    baseline: BaselineState | None = None
    """Whether the baseline knows all that makes it fail the run; ``None`` if nothing does."""


class ScratchReport(Value, frozen=True):
    """The result of migrating an empty database to head; ``migrations`` counts those applied."""

    verdict: Verdict
    seconds: float
    migrations: int


class DatabaseReport(Value, frozen=True):
    """The results on a database as a whole; ``reason`` says why the run on it was aborted, if it was."""

    name: str
    engine: str
    version: str
    alias: str
    scratch: ScratchReport
    findings: Findings
    reason: str | None = None


class RunReport(Value, frozen=True):
    """Metadata of a run; ``started`` is ISO 8601, ``seconds`` wall time (the longest of several logs)."""

    id: str = ""
    seed: int = 0
    started: str = ""
    seconds: float = 0.0
    project: str = ""
    settings: str = ""
    version: str = ""
    folder: str = ""
    """The project's folder below the root of its repository; empty if it is the root, or there is none."""


class Report(Value, frozen=True):
    """All data of a report; ``reasons`` says why the run counts as unfinished, if it does.

    ``stopped`` is the exit status of an interrupted run.
    """

    verdict: Literal["passed", "failed", "error"]
    reasons: tuple[str, ...]
    fail_on: FailOn
    run: RunReport
    databases: tuple[DatabaseReport, ...]
    migrations: tuple[MigrationReport, ...]
    notices: tuple[str, ...] = ()
    """Notices for the top of a report, as sentences."""
    stopped: int | None = None
    baseline: tuple[KnownFinding, ...] | None = None
    """The findings that the run was compared with; ``None`` without a baseline."""
    not_found: tuple[KnownFinding, ...] = ()
    """Those of the baseline that would have been found if they were still there."""


def exit_status(report: Report) -> int:
    """Return 0 if everything passed or is acknowledged, 1 if something failed, 3 if the run did not finish.

    An interrupted run returns the status of its signal.
    """
    if report.stopped is not None:
        return report.stopped
    return {"passed": 0, "failed": 1, "error": 3}[report.verdict]
