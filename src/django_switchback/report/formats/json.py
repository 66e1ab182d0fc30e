"""Render the JSON report, a stable contract published as ``docs/report.schema.json``."""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar

import msgspec

from django_switchback import evidence
from django_switchback.evidence import Value
from django_switchback.report.answers import severity_reason
from django_switchback.report.formats.json_types import (
    BaselineJson,
    DatabaseJson,
    FindingJson,
    MigrationJson,
    ReportJson,
    ToolJson,
)
from django_switchback.report.grouped_findings import settings_line
from django_switchback.rules import exhibits
from django_switchback.rules.fingerprints import cause
from django_switchback.rules.interface import Finding
from django_switchback.rules.selection.steps import effective_direction
from django_switchback.verdict.interface import DatabaseReport, MigrationReport, Report

INVISIBLE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Invisible characters that JSON allows but a terminal or an editor may interpret."""

SCHEMA_VERSION: Literal[1] = 1

T = TypeVar("T", bound=Value)


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
        _copied(DatabaseJson, database, findings=_findings(database)) for database in report.databases
    )
    migrations = tuple(
        _copied(
            MigrationJson,
            entry,
            app=entry.id.app,
            name=entry.id.name,
            blocked_by=None if entry.blocked_by is None else str(entry.blocked_by),
            findings=_findings(entry),
        )
        for entry in report.migrations
    )
    known = None if report.baseline is None else BaselineJson(len(report.baseline), report.not_found)
    changed = {
        "schema_version": SCHEMA_VERSION,
        "databases": databases,
        "migrations": migrations,
        "baseline": known,
        "shards": report.shards or None,
        "reasons": report.reasons or ((report.part_of_run,) if report.verdict == "error" else ()),
    }
    return _copied(ReportJson, report, tool=tool, **changed)


def _findings(about: DatabaseReport | MigrationReport) -> tuple[FindingJson, ...]:
    entry = about if isinstance(about, MigrationReport) else None
    return tuple(
        _copied(
            FindingJson,
            finding,
            evidence=_evidence(finding),
            cause=cause(finding, entry.id if entry else None),
            settings_line=settings_line(finding, entry) if entry else None,
            default_severity=finding.severity_change.default if finding.severity_change else finding.severity,
            severity_reason=severity_reason(finding),
        )
        for finding in about.findings
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
    evidence.LiveModelsUsed: ("uses",),
    evidence.MigrationChanged: ("change", "path", "since", "base"),
    exhibits.StaleAcknowledgement: ("migration", "rule", "reason", "source"),
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
        case evidence.MinimalRowsFound():
            return {"smallest": _only(exhibit, "rows", "on_board", "trials", "complete", "test")}
        case (
            evidence.ModelsDrifted()
            | evidence.NotCleanedUp()
            | evidence.TwoReleases()
            | evidence.LiveModelsUsed()
            | evidence.MigrationChanged()
            | exhibits.StaleAcknowledgement()
        ):
            return _only(exhibit, *_PUBLISHED_FIELDS[type(exhibit)])
        case exhibits.SchemaDifferences() | exhibits.DriftedSchema() | exhibits.ConflictingLeaves():
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
