"""Compare a run with a baseline: which findings it knows, and which of those were not found any more."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from django_switchback.evidence import KnownFinding, MigrationName
from django_switchback.rules.fingerprints import cause, skip_cause
from django_switchback.rules.interface import (
    SEVERITIES,
    BaselineState,
    Finding,
    Findings,
    Severity,
    is_at_least,
)
from django_switchback.verdict.interface import DatabaseReport, MigrationReport, Verdict

MAX_NAMED = 20
"""Entries that a notice names; the JSON report has all of them."""
SKIPPED = "skipped"
"""What an entry on a migration that was skipped has in place of a rule."""


class Baseline:
    """The findings that the project knows, by their cause."""

    def __init__(self, entries: tuple[KnownFinding, ...]) -> None:
        self.entries = entries
        self._severities: dict[str, Severity] = {entry.cause: entry.severity for entry in entries}

    def compare(self, findings: Findings, migration: MigrationName | None) -> Findings:
        """Return the findings, each marked as known or new, without notes and what is acknowledged."""
        return tuple(
            finding
            if finding.severity == "info" or finding.acknowledged
            else msgspec.structs.replace(
                finding, baseline=self._state(cause(finding, migration), finding.severity)
            )
            for finding in findings
        )

    def _state(self, identity: str, severity: Severity) -> BaselineState:
        known = self._severities.get(identity)
        return "known" if known is not None and is_at_least(known, severity) else "new"

    def state_of(self, migration: MigrationName, verdict: Verdict, failing: Findings) -> BaselineState | None:
        """Return whether the baseline knows all that makes the migration fail the run, if anything does."""
        if verdict == "failed":
            return "known" if all(finding.baseline == "known" for finding in failing) else "new"
        return self._state(skip_cause(migration), "warning") if verdict == "skipped" else None


def known_findings(
    databases: tuple[DatabaseReport, ...], migrations: tuple[MigrationReport, ...]
) -> tuple[KnownFinding, ...]:
    """Return the entries of a baseline that knows all errors and warnings, and what was skipped."""
    merged: dict[str, KnownFinding] = {}
    for entry in _entries(databases, migrations):
        before = merged.get(entry.cause, entry)
        worst = min(before, entry, key=lambda known: SEVERITIES.index(known.severity))
        engines = tuple(sorted({*before.engines, *entry.engines}))
        merged[entry.cause] = msgspec.structs.replace(worst, engines=engines)
    return tuple(merged.values())


def _entries(
    databases: tuple[DatabaseReport, ...], migrations: tuple[MigrationReport, ...]
) -> Iterator[KnownFinding]:
    engines = {database.name: database.engine for database in databases}
    for database in databases:
        yield from _known(database.findings, None, database.engine)
    for entry in migrations:
        engine = engines.get(entry.database, entry.database)
        yield from _known(entry.findings, entry.id, engine)
        if entry.verdict == "skipped" and not entry.acknowledged:
            yield KnownFinding(
                str(entry.id), SKIPPED, "warning", (engine,), entry.reason or "", skip_cause(entry.id)
            )


def _known(findings: Findings, migration: MigrationName | None, engine: str) -> Iterator[KnownFinding]:
    for finding in findings:
        if finding.severity != "info" and not finding.acknowledged:
            yield KnownFinding(
                str(migration or ""),
                finding.rule,
                finding.severity,
                (engine,),
                finding.message,
                cause(finding, migration),
            )


def found_again(
    databases: tuple[DatabaseReport, ...], migrations: tuple[MigrationReport, ...]
) -> frozenset[str]:
    """Return the causes of all findings, also of acknowledged ones, and of what was skipped."""
    found: list[tuple[Finding, MigrationName | None]] = [
        (finding, None) for database in databases for finding in database.findings
    ]
    found += [(finding, entry.id) for entry in migrations for finding in entry.findings]
    skipped = (skip_cause(entry.id) for entry in migrations if entry.verdict == "skipped")
    return frozenset((*(cause(*pair) for pair in found if pair[0].severity != "info"), *skipped))


def not_found(
    baseline: tuple[KnownFinding, ...],
    databases: tuple[DatabaseReport, ...],
    migrations: tuple[MigrationReport, ...],
) -> tuple[KnownFinding, ...]:
    """Return the entries that this run would have found again, had they still been there.

    That takes a verdict on the migration, and all engines that it was found on.
    """
    engines = {database.engine for database in databases if database.reason is None}
    unjudged = {str(entry.id) for entry in migrations if entry.verdict == "error"}
    judged = {"", *(str(entry.id) for entry in migrations)} - unjudged
    again = found_again(databases, migrations)
    return tuple(
        entry
        for entry in baseline
        if entry.cause not in again and entry.migration in judged and engines.issuperset(entry.engines)
    )


def not_found_notices(entries: tuple[KnownFinding, ...]) -> Iterator[str]:
    """Yield a sentence that lists the entries that were not found any more, if there are any."""
    if entries:
        named = [f"{entry.rule} of {entry.migration or 'the project'}" for entry in entries[:MAX_NAMED]]
        more = f" and {len(entries) - MAX_NAMED} more" if len(entries) > MAX_NAMED else ""
        yield (
            f"The baseline holds what was not found any more: {', '.join(named)}{more}. "
            "--write-baseline leaves it out."
        )
