"""Group findings by migration, merging those of one cause on several databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from django_switchback.evidence import MigrationName
from django_switchback.rules import acknowledge
from django_switchback.rules.exhibits import OtherPhase, StaleAcknowledgement
from django_switchback.rules.fingerprints import cause
from django_switchback.rules.interface import SEVERITIES, Finding, of_type
from django_switchback.verdict.interface import MigrationReport, Report, Verdict


class OtherMessage(NamedTuple):
    """What a finding says on databases where it says it in other words or figures."""

    message: str
    databases: tuple[str, ...]


class GroupedFinding(NamedTuple):
    """A finding, its databases, the reason if it is acknowledged, and the line that would acknowledge it.

    The message and the exhibits are those of the first database; ``others`` are the other messages.
    """

    finding: Finding
    databases: tuple[str, ...]
    reason: str | None = None
    settings_lines: tuple[str, ...] = ()
    others: tuple[OtherMessage, ...] = ()
    also: tuple[str, ...] = ()
    """Other rules whose findings are told in the same entry, since they say nothing more."""

    @property
    def rules(self) -> str:
        """The rules that it is told of, as words."""
        return ", ".join((self.finding.rule, *self.also))

    @property
    def lapsed(self) -> bool:
        """Whether it is about acknowledgements that ``settings_lines`` would replace."""
        return bool(self.settings_lines) and any(of_type(self.finding.exhibits, StaleAcknowledgement))


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

    @property
    def name(self) -> str | None:
        """The name of the migration, such as ``blog.0002_add_slug``."""
        return None if self.id is None else str(self.id)


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
    subjects = (
        ReportSubject(id_, _shared(id_, entries, notes=notes)) for id_, entries in by_migration.items()
    )
    return tuple(sorted((subject for subject in subjects if subject.shared), key=_worst))


def in_one_entry(findings: Iterable[GroupedFinding]) -> tuple[GroupedFinding, ...]:
    """Return ``findings`` without those that another one tells in full, which names their rules."""
    entries: list[GroupedFinding] = []
    for shared in findings:
        rule = shared.finding.told_with
        places = (place for place, known in enumerate(entries) if known.finding.rule == rule)
        place = next((place for place in places if _alike(entries[place], shared)), None)
        if place is None:
            entries.append(shared)
            continue
        known = entries[place]
        entries[place] = known._replace(
            also=(*known.also, shared.finding.rule),
            settings_lines=known.settings_lines + shared.settings_lines,
        )
    return tuple(entries)


def _alike(known: GroupedFinding, other: GroupedFinding) -> bool:
    """Return whether two findings differ in their rule and messages alone."""

    def details(shared: GroupedFinding) -> tuple[object, ...]:
        finding = shared.finding
        return (
            shared.databases,
            shared.reason,
            finding.severity,
            finding.severity_change,
            finding.baseline,
            finding.acknowledged,
            finding.fix,
            [exhibit for exhibit in finding.exhibits if not isinstance(exhibit, OtherPhase)],
        )

    return not other.others and details(known) == details(other)


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


def _shared(
    migration: MigrationName | None, entries: Iterable[_Entry], *, notes: bool
) -> tuple[GroupedFinding, ...]:
    shown = [
        (entry, cause(entry.finding, migration))
        for entry in entries
        if entry.finding.severity != "info" or notes or shown_although_note(entry.finding)
    ]
    messages = {(entry.database, about, entry.finding.message) for entry, about in shown}
    repeated = Counter((database, about) for database, about, _ in messages)
    # Several findings of one cause on one database cannot be paired with those on another by their cause.
    ambiguous = {about for (_, about), number in repeated.items() if number > 1}
    alike: dict[tuple[str, ...], list[_Entry]] = {}
    for entry, about in shown:
        finding = entry.finding
        same = finding.message if about in ambiguous else about
        key = (finding.rule, finding.severity, same, entry.reason or "", finding.baseline or "")
        alike.setdefault(key, []).append(entry)
    return tuple(sorted(map(_grouped, alike.values()), key=_order))


def _grouped(entries: list[_Entry]) -> GroupedFinding:
    by_message: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        message = entry.finding.message
        by_message[message] = (*by_message.get(message, ()), entry.database)
    _, *others = (OtherMessage(*item) for item in by_message.items())
    first = entries[0]
    databases = tuple(entry.database for entry in entries)
    lines = () if first.settings_line is None else (first.settings_line,)
    return GroupedFinding(first.finding, databases, first.reason, lines, tuple(others))


def _order(entry: GroupedFinding) -> tuple[bool, int]:
    return entry.finding.excused, SEVERITIES.index(entry.finding.severity)


def migration_reasons(report: Report) -> tuple[MigrationReason, ...]:
    """Return the migrations that have a reason, grouped by reason over databases.

    That another shard has the rest of a migration is not a reason to look at it.
    """
    found: dict[tuple[MigrationName, Verdict, str], tuple[str, ...]] = {}
    for migration in report.migrations:
        if migration.reason is not None and not migration.elsewhere:
            key = (migration.id, migration.verdict, migration.reason)
            found[key] = (*found.get(key, ()), migration.database)
    return tuple(MigrationReason(*key, databases) for key, databases in found.items())
