"""Render the JSON report, a stable contract published as ``docs/report.schema.json``."""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar

import msgspec

from django_switchback import evidence
from django_switchback.evidence import Direction, MigrationName, Outcome, Phase, Rows, Value
from django_switchback.report.fingerprints import cause
from django_switchback.rules import exhibits
from django_switchback.rules.interface import Finding, Findings, Severity
from django_switchback.rules.steps import effective_direction
from django_switchback.verdict.interface import Report, Verdict

INVISIBLE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Invisible characters that JSON allows but a terminal or an editor may interpret."""

SCHEMA_VERSION: Literal[1] = 1

T = TypeVar("T", bound=Value)


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

    ``cause`` is equal in the next run and on other databases.
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
    """A migration on a database; ``line`` is that of its class in the file ``path``, 0 if unknown.

    ``blocked_by`` is the migration (``app.name``) that kept the unwind from reaching it.
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
    document = msgspec.json.encode(evidence.json_schema(ReportJson), order="sorted")
    return msgspec.json.format(document, indent=2).decode() + "\n"


def _report(report: Report) -> ReportJson:
    tool = ToolJson("django-switchback", report.run.version)
    databases = tuple(
        _copied(DatabaseJson, database, findings=_findings(database.findings, None))
        for database in report.databases
    )
    migrations = tuple(
        _copied(
            MigrationJson,
            entry,
            app=entry.id.app,
            name=entry.id.name,
            blocked_by=None if entry.blocked_by is None else str(entry.blocked_by),
            findings=_findings(entry.findings, entry.id),
        )
        for entry in report.migrations
    )
    changed = {"schema_version": SCHEMA_VERSION, "databases": databases, "migrations": migrations}
    return _copied(ReportJson, report, tool=tool, **changed)


def _findings(findings: Findings, migration: MigrationName | None) -> tuple[FindingJson, ...]:
    return tuple(
        _copied(FindingJson, finding, evidence=_evidence(finding), cause=cause(finding, migration))
        for finding in findings
    )


def _copied(kind: type[T], value: Value, **others: object) -> T:
    """Return a ``kind`` made of ``others`` and, for all other fields, of the attributes of ``value``."""
    fields = (field.name for field in msgspec.structs.fields(kind))
    attributes = {name: getattr(value, name) for name in fields if name not in others}
    return msgspec.convert(attributes | others, kind, from_attributes=True)


def _evidence(finding: Finding) -> dict[str, Any]:
    """Return the finding's exhibits as one object, several of a kind as one list."""
    flat: dict[str, Any] = {"phases": finding.phases} if finding.phases else {}
    for exhibit in finding.exhibits:
        for key, value in _exhibit(exhibit).items():
            flat[key] = (*flat[key], *value) if key in flat else value
    return flat


_PUBLISHED_FIELDS = {
    evidence.ModelsDrifted: ("app", "first_party", "operations"),
    evidence.NotCleanedUp: ("name", "command"),
    evidence.TwoReleases: ("migrations",),
}


def _exhibit(exhibit: exhibits.Exhibit) -> dict[str, Any]:
    match exhibit:
        case exhibits.FailedStep() | exhibits.RowsPresent():
            return _with_rows(exhibit)
        case evidence.ScratchFinished(failed=failed, failure=failure):
            return {"migration": str(failed) if failed else None} | _exception(failure)
        case exhibits.RowDifferences(rows=rows, by_nature=by_nature):
            return {"rows": rows} | ({"by_nature": True} if by_nature else {})
        case evidence.Confirmed(status=status, output=output):
            return {"plain_django": {"status": status, "output": output}}
        case evidence.Reduced():
            return {"smallest": _only(exhibit, "rows", "on_board", "trials", "complete", "test")}
        case evidence.ModelsDrifted() | evidence.NotCleanedUp() | evidence.TwoReleases():
            return _only(exhibit, *_PUBLISHED_FIELDS[type(exhibit)])
        case (
            exhibits.SchemaDifferences()
            | exhibits.DriftedSchema()
            | exhibits.ConflictingLeaves()
            | exhibits.StaleAcknowledgement()
        ):
            return msgspec.structs.asdict(exhibit)
        case _:
            return _listed(exhibit)


def _with_rows(exhibit: exhibits.FailedStep | exhibits.RowsPresent) -> dict[str, Any]:
    rows: dict[str, Any] = {"rows_needed": exhibit.rows_needed}
    if exhibit.by_elimination:
        rows["rows_by_elimination"] = True
    if isinstance(exhibit, exhibits.RowsPresent):
        return {"rows_on_board": exhibit.rows_on_board} | rows
    step = exhibit.step
    facts = {"direction": effective_direction(step), "outcome": step.outcome, "seconds": step.seconds}
    return facts | {"rows_on_board": step.rows} | rows | _exception(step.failure)


_LISTS = {
    evidence.OldCodeTried: "attempts",
    evidence.NewCodeTried: "attempts",
    evidence.OldCodeInDeployWindow: "attempts",
    evidence.ScenarioRan: "scenarios",
    evidence.SystemChecked: "checks",
    evidence.BelongsToServer: "of_server",
    exhibits.OtherPhase: "also",
}
_PUBLISHED_LISTS = {
    evidence.TouchedElsewhere: ("touched", ("kind", "address", "refused", "place")),
    evidence.WorkMeasured: ("work", ("direction", "rows", "statements")),
}


def _listed(exhibit: exhibits.Listed) -> dict[str, tuple[object]]:
    match exhibit:
        case evidence.Operation():
            return {"operations": (exhibit.description,)}
        case evidence.TouchedElsewhere() | evidence.WorkMeasured():
            name, fields = _PUBLISHED_LISTS[type(exhibit)]
            return {name: (_only(exhibit, *fields),)}
        case _:
            return {_LISTS[type(exhibit)]: (_without_part(exhibit),)}


def _without_part(record: Value) -> dict[str, object]:
    """Return the fields of ``record``, without the part of the plan, by which only a worker's log is read."""
    return {name: value for name, value in msgspec.to_builtins(record).items() if name != "part"}


def _exception(failure: evidence.Failure | None) -> dict[str, evidence.Failure]:
    return {} if failure is None else {"exception": failure}


def _only(exhibit: Value, *fields: str) -> dict[str, object]:
    return {field: getattr(exhibit, field) for field in fields}
