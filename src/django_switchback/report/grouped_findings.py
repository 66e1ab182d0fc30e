"""Group findings by migration, merging equal findings of several databases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django_switchback.evidence import MigrationName
from django_switchback.rules.interface import SEVERITIES, Finding
from django_switchback.verdict.interface import Report, Verdict


class GroupedFinding(NamedTuple):
    """A finding, its databases, and the reason if it is acknowledged."""

    finding: Finding
    databases: tuple[str, ...]
    reason: str | None = None


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
    whole: list[tuple[str, Finding, str | None]] = [
        (database.name, finding, None) for database in report.databases for finding in database.findings
    ]
    by_migration: dict[MigrationName | None, list[tuple[str, Finding, str | None]]] = {None: whole}
    for entry in report.migrations:
        reasons = {
            acknowledgement.rule: f"{acknowledgement.reason} ({acknowledgement.source})"
            for acknowledgement in reversed(entry.acknowledged)
        }
        by_migration.setdefault(entry.id, []).extend(
            (entry.database, finding, reasons.get(finding.rule) if finding.acknowledged else None)
            for finding in entry.findings
        )
    subjects = (ReportSubject(id_, _shared(entries, notes=notes)) for id_, entries in by_migration.items())
    return tuple(sorted((subject for subject in subjects if subject.shared), key=_worst))


def _worst(subject: ReportSubject) -> tuple[bool, int]:
    return min(map(_order, subject.shared))


def _shared(entries: Iterable[tuple[str, Finding, str | None]], *, notes: bool) -> tuple[GroupedFinding, ...]:
    alike: dict[tuple[str, ...], GroupedFinding] = {}
    for database, finding, reason in entries:
        if finding.severity == "info" and not notes:
            continue
        key = (finding.rule, finding.severity, finding.message, reason or "")
        group = alike.get(key, GroupedFinding(finding, (), reason))
        alike[key] = group._replace(databases=(*group.databases, database))
    return tuple(sorted(alike.values(), key=_order))


def _order(entry: GroupedFinding) -> tuple[bool, int]:
    return entry.finding.acknowledged, SEVERITIES.index(entry.finding.severity)


def migration_reasons(report: Report) -> tuple[MigrationReason, ...]:
    """Return the migrations that have a reason, grouped by reason over databases."""
    found: dict[tuple[MigrationName, Verdict, str], tuple[str, ...]] = {}
    for migration in report.migrations:
        if migration.reason is not None:
            key = (migration.id, migration.verdict, migration.reason)
            found[key] = (*found.get(key, ()), migration.database)
    return tuple(MigrationReason(*key, databases) for key, databases in found.items())
