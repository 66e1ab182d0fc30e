"""Group findings by migration, merging equal findings of several databases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django_switchback.evidence import MigrationName
from django_switchback.rules import acknowledge
from django_switchback.rules.exhibits import StaleAcknowledgement
from django_switchback.rules.interface import SEVERITIES, Finding, of_type
from django_switchback.verdict.interface import MigrationReport, Report, Verdict


class GroupedFinding(NamedTuple):
    """A finding, its databases, the reason if it is acknowledged, and the line that would acknowledge it."""

    finding: Finding
    databases: tuple[str, ...]
    reason: str | None = None
    settings_line: str | None = None

    @property
    def lapsed(self) -> bool:
        """Whether it is about an acknowledgement that ``settings_line`` would replace."""
        return self.settings_line is not None and any(of_type(self.finding.exhibits, StaleAcknowledgement))


class _Entry(NamedTuple):
    """A finding on one database."""

    database: str
    finding: Finding
    reason: str | None = None
    settings_line: str | None = None


class ReportSubject(NamedTuple):
    """The subject of findings: a migration, or the whole project if ``id`` is ``None``."""

    id: MigrationName | None
    shared: tuple[GroupedFinding, ...]


class MigrationReason(NamedTuple):
    """A migration with a reason instead of a finding, and the databases it applies to."""

    id: MigrationName
    verdict: Verdict
    reason: str
    databases: tuple[str, ...]


def grouped_findings(report: Report, *, notes: bool) -> tuple[ReportSubject, ...]:
    """Return the subjects with findings, the worst first; those alike in the order of the plan."""
    whole = [_Entry(database.name, finding) for database in report.databases for finding in database.findings]
    by_migration: dict[MigrationName | None, list[_Entry]] = {None: whole}
    for entry in report.migrations:
        reasons = {
            acknowledgement.rule: f"{acknowledgement.reason} ({acknowledgement.source})"
            for acknowledgement in reversed(entry.acknowledged)
        }
        by_migration.setdefault(entry.id, []).extend(
            _Entry(
                entry.database,
                finding,
                reasons.get(finding.rule) if finding.acknowledged else None,
                settings_line(finding, entry),
            )
            for finding in entry.findings
        )
    subjects = (ReportSubject(id_, _shared(entries, notes=notes)) for id_, entries in by_migration.items())
    return tuple(sorted((subject for subject in subjects if subject.shared), key=_worst))


def settings_line(finding: Finding, entry: MigrationReport) -> str | None:
    """Return the line of ``pyproject.toml`` that acknowledges the finding (again), if there is one."""
    for stale in of_type(finding.exhibits, StaleAcknowledgement):
        return stale.line or None
    if finding.acknowledged or finding.severity == "info":
        return None
    return acknowledge.settings_line(entry.id, finding.rule, "...", entry.content)


def shown_although_note(finding: Finding) -> bool:
    """Return whether a note is shown where others are only counted: a setting made it one."""
    return finding.severity_change is not None and finding.severity_change.default != "info"


def _worst(subject: ReportSubject) -> tuple[bool, int]:
    return min(map(_order, subject.shared))


def _shared(entries: Iterable[_Entry], *, notes: bool) -> tuple[GroupedFinding, ...]:
    alike: dict[tuple[str, ...], GroupedFinding] = {}
    for database, finding, reason, line in entries:
        if finding.severity == "info" and not notes and not shown_although_note(finding):
            continue
        key = (finding.rule, finding.severity, finding.message, reason or "", finding.baseline or "")
        group = alike.get(key, GroupedFinding(finding, (), reason, line))
        alike[key] = group._replace(databases=(*group.databases, database))
    return tuple(sorted(alike.values(), key=_order))


def _order(entry: GroupedFinding) -> tuple[bool, int]:
    return entry.finding.excused, SEVERITIES.index(entry.finding.severity)


def migration_reasons(report: Report) -> tuple[MigrationReason, ...]:
    """Return the migrations that have a reason, grouped by reason over databases."""
    found: dict[tuple[MigrationName, Verdict, str], tuple[str, ...]] = {}
    for migration in report.migrations:
        if migration.reason is not None:
            key = (migration.id, migration.verdict, migration.reason)
            found[key] = (*found.get(key, ()), migration.database)
    return tuple(MigrationReason(*key, databases) for key, databases in found.items())
