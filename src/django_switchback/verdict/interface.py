"""Define the values of a verdict, from which every report is rendered."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence import (
    Covered,
    KnownFinding,
    MigrationName,
    Phase,
    StepFinished,
    TimeSpent,
    Value,
)
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
    cached: str | None = None
    """When the run began that its cycle was rehearsed in, if that was an earlier one (the cache)."""
    baseline: BaselineState | None = None
    """Whether the baseline knows all that makes it fail the run; ``None`` if nothing does."""
    elsewhere: tuple[Phase, ...] = ()
    """The phases that another shard rehearses, whose evidence is not there: it is skipped, if not failed."""


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
    times: tuple[TimeSpent, ...] = ()
    """What the time of the workers was spent on."""


class ShardReport(Value, frozen=True):
    """A shard: its number, how many there are, and what it rehearsed.

    ``parts`` counts its parts of the plan, ``share`` is their part of the estimated work, from 0 to 1.
    """

    number: int
    total: int
    databases: tuple[str, ...]
    parts: int
    share: float
    seconds: float


class Report(Value, frozen=True):
    """All data of a report; ``reasons`` says why the run counts as unfinished, if it does.

    ``stopped`` is the exit status of an interrupted run. A run that rehearsed one of several shards has no
    verdict of its own: nothing of its ``part_of_run`` failed, and ``verdict`` is ``error`` all the same.
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
    shards: tuple[ShardReport, ...] = ()
    """The shards whose evidence is there; none for a run without shards."""
    part_of_run: str = ""
    """A sentence on what a run with ``--shard`` has rehearsed; empty if all shards are there."""
    not_found: tuple[KnownFinding, ...] = ()
    """Those of the baseline that would have been found if they were still there."""

    @property
    def headline(self) -> str:
        """The verdict, or ``shard 2 of 3`` for a shard in which nothing failed: it has no verdict."""
        if self.part_of_run and self.verdict == "error" and not self.reasons:
            return f"shard {self.shards[0].number} of {self.shards[0].total}"
        return self.verdict


def exit_status(report: Report) -> int:
    """Return 0 if everything passed or is acknowledged, 1 if something failed, 3 if the run did not finish.

    An interrupted run returns the status of its signal. One of several shards returns 0 if nothing in it
    failed: the report on all of them has the verdict.
    """
    if report.stopped is not None:
        return report.stopped
    if report.headline != report.verdict:
        return 0
    return {"passed": 0, "failed": 1, "error": 3}[report.verdict]
