"""Render the JSON report, a stable contract published as ``docs/report.schema.json``."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from django_switchback.evidence import Direction, Outcome, Phase, Rows, Value
from django_switchback.rules.acknowledge import Acknowledgement
from django_switchback.rules.interface import Finding, Severity
from django_switchback.rules.report_view import ReportedCoverage
from django_switchback.verdict import DatabaseReport, MigrationReport, Report, Verdict

INVISIBLE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Invisible characters that JSON allows but a terminal or an editor may interpret."""

SCHEMA_VERSION: Literal[1] = 1


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
    """A finding of a rule; ``reproduce`` is the plain Django command, ``setup`` the command before it."""

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
    """An acknowledgement that matched a finding; ``rule`` is ``skipped`` if it acknowledges a skip."""

    rule: str
    reason: str
    source: Literal["docstring", "settings", "scenarios"]


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
    """A migration on a database."""

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


class ReportJson(Value, frozen=True):
    """The whole report; ``reasons`` says why the run did not finish if ``verdict`` is ``error``.

    ``notices`` are sentences on what was not rehearsed or not replaced.
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


def render(report: Report) -> str:
    """Return the report as indented JSON, keys in the order of the contract."""
    text = msgspec.json.format(msgspec.json.encode(_report(report)), indent=2).decode()
    return INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def schema() -> str:
    """Return the JSON Schema of the report, as published."""
    document = msgspec.json.schema(ReportJson)
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2).decode() + "\n"


def _report(report: Report) -> ReportJson:
    run = report.run
    return ReportJson(
        schema_version=SCHEMA_VERSION,
        verdict=report.verdict,
        tool=ToolJson("django-switchback", run.version),
        run=RunJson(run.id, run.seed, run.started, run.seconds, run.project, run.settings),
        databases=tuple(map(_database, report.databases)),
        migrations=tuple(map(_migration, report.migrations)),
        reasons=report.reasons,
        fail_on=report.fail_on,
        notices=report.notices,
    )


def _database(database: DatabaseReport) -> DatabaseJson:
    scratch = ScratchJson(database.scratch.verdict, database.scratch.seconds, database.scratch.migrations)
    findings = tuple(map(_finding, database.findings))
    return DatabaseJson(
        database.name, database.engine, database.version, scratch, findings, database.alias, database.reason
    )


def _migration(entry: MigrationReport) -> MigrationJson:
    return MigrationJson(
        database=entry.database,
        app=entry.id.app,
        name=entry.id.name,
        path=entry.path,
        verdict=entry.verdict,
        reason=entry.reason,
        acknowledged=tuple(map(_acknowledged, entry.acknowledged)),
        steps=tuple(
            StepJson(
                step.phase,
                step.direction,
                step.seconds,
                step.queries,
                step.outcome,
                step.rows,
                step.without_edge,
            )
            for step in entry.steps
        ),
        coverage=_coverage(entry.coverage),
        findings=tuple(map(_finding, entry.findings)),
    )


def _acknowledged(acknowledgement: Acknowledgement) -> AcknowledgedJson:
    return AcknowledgedJson(acknowledgement.rule, acknowledgement.reason, acknowledgement.source)


def _coverage(coverage: ReportedCoverage | None) -> CoverageJson | None:
    return (
        None
        if coverage is None
        else CoverageJson(coverage.tables, coverage.seeded, coverage.empty, coverage.fewer)
    )


def _finding(finding: Finding) -> FindingJson:
    return FindingJson(
        rule=finding.rule,
        severity=finding.severity,
        message=finding.message,
        phase=finding.phase,
        confirmed=finding.confirmed,
        evidence=finding.evidence,
        fix=finding.fix,
        reproduce=finding.reproduce,
        setup=finding.setup,
        acknowledged=finding.acknowledged,
    )
