"""Define the objects of the JSON report; their docstrings are published in ``docs/report.schema.json``."""

from __future__ import annotations

from typing import Any, Literal

from django_switchback.evidence import Direction, KnownFinding, Outcome, Phase, Rows, Value
from django_switchback.rules.interface import BaselineState, Severity
from django_switchback.verdict.interface import Verdict


class ToolJson(Value, frozen=True):
    """The program that wrote the report."""

    name: str
    version: str


class RunJson(Value, frozen=True):
    """Metadata of the run; ``started`` is ISO 8601 in UTC, ``seconds`` wall time."""

    id: str
    seed: int
    started: str
    seconds: float
    project: str
    settings: str


class FindingJson(Value, frozen=True):
    """A finding of a rule; ``reproduce`` is the plain Django command, ``setup`` the command before it.

    ``cause`` is equal in the next run and on other databases. ``settings_line`` is the line of
    ``[tool.switchback.acknowledge]`` that would acknowledge it, bound to the migration's content.
    ``default_severity`` differs from ``severity`` if ``[tool.switchback.severity]`` changed it, for
    ``severity_reason``. ``baseline`` says whether it is listed in the baseline, if there is one.
    """

    rule: str
    severity: Severity
    message: str
    phase: Phase
    confirmed: bool | None
    evidence: dict[str, Any]
    fix: str
    reproduce: str | None
    setup: str | None
    acknowledged: bool
    cause: str
    settings_line: str | None
    default_severity: Severity
    severity_reason: str | None
    baseline: BaselineState | None


class ScratchJson(Value, frozen=True):
    """Migrating an empty database to head; ``migrations`` counts those applied."""

    verdict: Verdict
    seconds: float
    migrations: int


class DatabaseJson(Value, frozen=True):
    """A database; ``reason`` says why the run on it was aborted, if it was."""

    name: str
    engine: str
    version: str
    scratch: ScratchJson
    findings: tuple[FindingJson, ...]
    alias: str
    reason: str | None


class AcknowledgedJson(Value, frozen=True):
    """An acknowledgement that matched a finding; ``rule`` is ``skipped`` if it acknowledges a skip.

    ``content`` and ``until`` are its limits, empty if it has none.
    """

    rule: str
    reason: str
    source: Literal["docstring", "settings", "scenarios"]
    content: str
    until: str


class StepJson(Value, frozen=True):
    """A step; ``seconds`` is wall time, ``rows`` the kind of rows present.

    ``without_edge``: a repeat of the cycle or the unwind without edge rows, because they made a step fail or
    rows differ.
    """

    phase: Phase
    direction: Direction
    seconds: float
    queries: int
    outcome: Outcome
    rows: Rows
    without_edge: bool


class CoverageJson(Value, frozen=True):
    """Numbers of tables and of tables with rows; ``empty`` gives the reason for each table without rows.

    ``fewer`` gives the reason for each table with fewer rows than ``--rows`` requested.
    """

    tables: int
    seeded: int
    empty: dict[str, str]
    fewer: dict[str, str]


class MigrationJson(Value, frozen=True):
    """A migration on a database; ``line`` is that of its class in the file ``path``, 0 if unknown.

    ``blocked_by`` is the migration (``app.name``) that kept the unwind from reaching it, ``content`` the
    digest of its file's syntax tree, empty if unknown, ``baseline`` whether the baseline knows all that makes
    it fail the run, if there is one. ``cached`` is when the run began (ISO 8601 in UTC) that rehearsed its
    cycle, if that was an earlier one.
    """

    database: str
    app: str
    name: str
    path: str
    verdict: Verdict
    reason: str | None
    acknowledged: tuple[AcknowledgedJson, ...]
    steps: tuple[StepJson, ...]
    coverage: CoverageJson | None
    findings: tuple[FindingJson, ...]
    line: int
    blocked_by: str | None
    content: str
    baseline: BaselineState | None
    cached: str | None


class BaselineJson(Value, frozen=True):
    """The baseline that the run was compared with: its number of entries, and those not found any more."""

    entries: int
    not_found: tuple[KnownFinding, ...]


class ShardJson(Value, frozen=True):
    """A shard (``--shard``) whose evidence is in the report, the ``number``-th of ``total``.

    ``parts`` counts its parts of the plan on ``databases``, ``share`` is their part of the estimated work,
    from 0 to 1, ``seconds`` is wall time.
    """

    number: int
    total: int
    databases: tuple[str, ...]
    parts: int
    share: float
    seconds: float


class ReportJson(Value, frozen=True):
    """The whole report; ``reasons`` says why the run did not finish if ``verdict`` is ``error``.

    ``notices`` are sentences on what was not rehearsed or not replaced. ``shards`` are those whose evidence
    is there, ``null`` for a run without any. The run of one of several shards never has the verdict
    ``passed``.
    """

    schema_version: Literal[1]
    verdict: Literal["passed", "failed", "error"]
    tool: ToolJson
    run: RunJson
    databases: tuple[DatabaseJson, ...]
    migrations: tuple[MigrationJson, ...]
    reasons: tuple[str, ...]
    fail_on: Literal["error", "warning"]
    notices: tuple[str, ...]
    baseline: BaselineJson | None
    shards: tuple[ShardJson, ...] | None
