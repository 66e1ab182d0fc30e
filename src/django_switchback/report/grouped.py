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
        (one.name, finding, None) for one in report.databases for finding in one.findings
    ]
    found: dict[MigrationName | None, list[tuple[str, Finding, str | None]]] = {None: whole}
    for entry in report.migrations:
        reasons = {one.rule: f"{one.reason} ({one.source})" for one in reversed(entry.acknowledged)}
        found.setdefault(entry.id, []).extend(
            (entry.database, one, reasons.get(one.rule) if one.acknowledged else None)
            for one in entry.findings
        )
    made = (ReportSubject(id_, _shared(entries, notes=notes)) for id_, entries in found.items())
    return tuple(one for one in made if one.shared)


def _shared(entries: Iterable[tuple[str, Finding, str | None]], *, notes: bool) -> tuple[GroupedFinding, ...]:
    alike: dict[tuple[str, ...], GroupedFinding] = {}
    for database, one, reason in entries:
        if one.severity == "info" and not notes:
            continue
        key = (one.rule, one.severity, one.message, reason or "")
        known = alike.get(key, GroupedFinding(one, (), reason))
        alike[key] = known._replace(databases=(*known.databases, database))
    return tuple(sorted(alike.values(), key=_order))


def _order(one: GroupedFinding) -> tuple[bool, int]:
    return one.finding.acknowledged, SEVERITIES.index(one.finding.severity)


def migration_reasons(report: Report) -> tuple[MigrationReason, ...]:
    """Return the migrations whose reason has to be told, databases of one reason together."""
    found: dict[tuple[MigrationName, str, str], tuple[str, ...]] = {}
    for one in report.migrations:
        if one.reason is not None:
            key = (one.id, one.verdict, one.reason)
            found[key] = (*found.get(key, ()), one.database)
    return tuple(MigrationReason(*key, databases) for key, databases in found.items())
