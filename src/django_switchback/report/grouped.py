"""Findings as people read them: by migration, what several databases say alike only once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django_switchback.evidence import MigrationName
from django_switchback.rules.interface import SEVERITIES, Finding
from django_switchback.verdict import Report


class GroupedFinding(NamedTuple):
    """A finding, the databases that it was made on, and the reason if it is acknowledged."""

    finding: Finding
    databases: tuple[str, ...]
    reason: str | None = None


class ReportSubject(NamedTuple):
    """What findings are about: a migration, or the project as a whole where ``id`` is ``None``."""

    id: MigrationName | None
    shared: tuple[GroupedFinding, ...]


class MigrationReason(NamedTuple):
    """A migration with a reason instead of a finding, and the databases that it holds for."""

    id: MigrationName
    verdict: str
    reason: str
    databases: tuple[str, ...]


def grouped_findings(report: Report, *, notes: bool) -> tuple[ReportSubject, ...]:
    """Return what has findings, the project first, then migrations in order; the worst finding first."""
    whole: list[tuple[str, Finding, str | None]] = [
        (database.name, finding, None) for database in report.databases for finding in database.findings
    ]
    found: dict[MigrationName | None, list[tuple[str, Finding, str | None]]] = {None: whole}
    for entry in report.migrations:
        reasons = {
            acknowledgement.rule: f"{acknowledgement.reason} ({acknowledgement.source})"
            for acknowledgement in reversed(entry.acknowledged)
        }
        found.setdefault(entry.id, []).extend(
            (entry.database, one, reasons.get(one.rule) if one.acknowledged else None)
            for one in entry.findings
        )
    made = (ReportSubject(id_, _shared(entries, notes=notes)) for id_, entries in found.items())
    return tuple(subject for subject in made if subject.shared)


def _shared(entries: Iterable[tuple[str, Finding, str | None]], *, notes: bool) -> tuple[GroupedFinding, ...]:
    alike: dict[tuple[str, ...], GroupedFinding] = {}
    for database, finding, reason in entries:
        if finding.severity == "info" and not notes:
            continue
        key = (finding.rule, finding.severity, finding.message, reason or "")
        known = alike.get(key, GroupedFinding(finding, (), reason))
        alike[key] = known._replace(databases=(*known.databases, database))
    return tuple(sorted(alike.values(), key=_order))


def _order(entry: GroupedFinding) -> tuple[bool, int]:
    return entry.finding.acknowledged, SEVERITIES.index(entry.finding.severity)


def migration_reasons(report: Report) -> tuple[MigrationReason, ...]:
    """Return the migrations whose reason has to be told, databases of one reason together."""
    found: dict[tuple[MigrationName, str, str], tuple[str, ...]] = {}
    for migration in report.migrations:
        if migration.reason is not None:
            key = (migration.id, migration.verdict, migration.reason)
            found[key] = (*found.get(key, ()), migration.database)
    return tuple(MigrationReason(*key, databases) for key, databases in found.items())
