"""Judge evidence: a pure function from records to a verdict on each target, each database and the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from django_switchback.evidence import (
    AnyRecord,
    Covered,
    MigrationName,
    ProjectDescribed,
    ProjectRefused,
    RunFinished,
    RunStarted,
    RunStopped,
    StepFinished,
    Value,
)
from django_switchback.rules import acknowledge, skip_reasons
from django_switchback.rules.acknowledge import AcknowledgedFindings, Acknowledgement
from django_switchback.rules.data_operations import with_outcomes_elsewhere
from django_switchback.rules.grouping import group_by_database
from django_switchback.rules.hygiene import stale_acknowledgement
from django_switchback.rules.interface import (
    DatabaseEvidence,
    Finding,
    Findings,
    TargetEvidence,
    is_at_least,
)
from django_switchback.rules.notices import run_notices
from django_switchback.rules.proof import MissingEvidence, Proven, prove
from django_switchback.rules.registry import BY_SLUG, judge_database, judge_rules, judge_target
from django_switchback.rules.rehearsal import changed_no_row, not_cleaned_up
from django_switchback.rules.steps import reported_steps
from django_switchback.rules.wording import count

Verdict: TypeAlias = Literal["passed", "failed", "skipped", "error"]
FailOn: TypeAlias = Literal["error", "warning"]
SKIP_RULES = {"skipped", changed_no_row.SLUG}
"""Rules whose acknowledgement excuses a skip."""
AcknowledgeSettings: TypeAlias = dict[str, dict[str, str]]


class MigrationReport(Value, frozen=True):
    """The verdict on a migration on one database; ``reason`` explains it where findings do not."""

    database: str
    id: MigrationName
    path: str
    verdict: Verdict
    reason: str | None
    acknowledged: tuple[Acknowledgement, ...]
    steps: tuple[StepFinished, ...]
    coverage: Covered | None
    findings: Findings


class ScratchReport(Value, frozen=True):
    """The result of migrating an empty database to head; ``migrations`` counts those applied."""

    verdict: Verdict
    seconds: float
    migrations: int


class DatabaseReport(Value, frozen=True):
    """The results on a database as a whole; ``reason`` says why the run on it was aborted, if it was."""

    name: str
    engine: str
    version: str
    alias: str
    scratch: ScratchReport
    findings: Findings
    reason: str | None = None


class RunReport(Value, frozen=True):
    """Metadata of a run; ``started`` is ISO 8601, ``seconds`` wall time (the longest of several logs)."""

    id: str = ""
    seed: int = 0
    started: str = ""
    seconds: float = 0.0
    project: str = ""
    settings: str = ""
    version: str = ""


class Report(Value, frozen=True):
    """All data of a report; ``reasons`` says why the run counts as unfinished, if it does.

    ``stopped`` is the exit status of an interrupted run.
    """

    verdict: Literal["passed", "failed", "error"]
    reasons: tuple[str, ...]
    fail_on: FailOn
    run: RunReport
    databases: tuple[DatabaseReport, ...]
    migrations: tuple[MigrationReport, ...]
    notices: tuple[str, ...] = ()
    """Notices for the top of a report, as sentences."""
    stopped: int | None = None


def exit_status(report: Report) -> int:
    """Return 0 if everything passed or is acknowledged, 1 if something failed, 3 if the run did not finish.

    An interrupted run returns the status of its signal.
    """
    if report.stopped is not None:
        return report.stopped
    return {"passed": 0, "failed": 1, "error": 3}[report.verdict]


def judge(records: tuple[AnyRecord, ...]) -> Report:
    """Judge the records of one log, or of several concatenated logs (shards, backends), as one report."""
    runs = tuple(record for record in records if isinstance(record, RunStarted))
    stops = tuple(record for record in records if isinstance(record, RunStopped))
    fail_on: FailOn = "warning" if any(run.fail_on == "warning" for run in runs) else "error"
    settings = _merge_acknowledge_settings(runs)
    evidence = with_outcomes_elsewhere(group_by_database(records))
    migrations = _migrations(evidence, settings, fail_on)
    unknown = _unknown_acknowledgements(records, settings)
    reports = tuple(_database(database, unknown) for database in evidence)
    reasons = tuple(
        dict.fromkeys(
            (*_unfinished_reasons(records, runs, evidence), *_error_reasons(reports, migrations, stops))
        )
    )
    failing = any(map(_fails_run, migrations)) or any(_fails(report.findings, fail_on) for report in reports)
    return Report(
        verdict="error" if reasons else "failed" if failing else "passed",
        reasons=reasons,
        fail_on=fail_on,
        run=_run(records, runs),
        databases=reports,
        notices=run_notices(records),
        migrations=tuple(_with_stop_reason(migration, stops) for migration in migrations),
        stopped=stops[0].status if stops else None,
    )


def _with_stop_reason(entry: MigrationReport, stops: tuple[RunStopped, ...]) -> MigrationReport:
    """Put the reason of an interruption before the missing evidence of a target without a verdict."""
    if entry.verdict != "error" or not stops:
        return entry
    stop = stops[0].reason
    if entry.reason is not None and entry.reason.startswith(stop):
        return entry
    return msgspec.structs.replace(entry, reason="; ".join(filter(None, (stop, entry.reason))))


def _fails_run(migration: MigrationReport) -> bool:
    """Return whether the migration fails the run: it failed, or it was skipped without acknowledgement."""
    known = {entry.rule for entry in migration.acknowledged}
    return migration.verdict == "failed" or (migration.verdict == "skipped" and not known & SKIP_RULES)


def _merge_acknowledge_settings(runs: tuple[RunStarted, ...]) -> AcknowledgeSettings:
    merged: AcknowledgeSettings = {}
    for run in runs:
        for migration, rules in run.acknowledged.items():
            merged.setdefault(migration, {}).update(rules)
    return merged


def _run(records: tuple[AnyRecord, ...], runs: tuple[RunStarted, ...]) -> RunReport:
    ends = (record.seconds for record in records if isinstance(record, RunFinished | RunStopped))
    seconds = max(ends, default=0.0)
    if not runs:
        return RunReport(seconds=seconds)
    first = runs[0]
    return RunReport(
        first.id, first.seed, first.started, seconds, first.project, first.settings, first.version
    )


def _unfinished_reasons(
    records: tuple[AnyRecord, ...], runs: tuple[RunStarted, ...], evidence: tuple[DatabaseEvidence, ...]
) -> Iterable[str]:
    ends = sum(1 for record in records if isinstance(record, RunFinished | RunStopped))
    if not runs:
        yield "the log holds no start of a run"
    if ends < len(runs):
        yield f"{len(runs) - ends} of {len(runs)} runs did not finish"
    yield from (record.reason for record in records if isinstance(record, RunStopped | ProjectRefused))
    if not evidence:
        yield "no database was tested"


def _error_reasons(
    reports: tuple[DatabaseReport, ...],
    migrations: tuple[MigrationReport, ...],
    stops: tuple[RunStopped, ...],
) -> Iterable[str]:
    told = {stop.reason for stop in stops}
    for database in reports:
        if database.reason is not None:
            if database.reason not in told:
                yield f"{database.name}: {database.reason}"
        elif database.scratch.verdict == "error":
            yield f"{database.name}: no evidence of migrating an empty database"
    lacking = Counter(migration.database for migration in migrations if migration.verdict == "error")
    yield from (f"{name}: {count(number, 'target')} without a verdict" for name, number in lacking.items())


def _unknown_acknowledgements(records: tuple[AnyRecord, ...], settings: AcknowledgeSettings) -> Findings:
    """Return findings on acknowledgements of unknown migrations; none if no migration graph was recorded."""
    known = {
        str(fact.id)
        for record in records
        if isinstance(record, ProjectDescribed)
        for fact in record.migrations
    }
    if not known:
        return ()
    return tuple(
        stale_acknowledgement.about_unknown(migration, rule, reason)
        for migration, rules in sorted(settings.items())
        if migration not in known
        for rule, reason in rules.items()
    )


def _database(database: DatabaseEvidence, unknown: Findings) -> DatabaseReport:
    return DatabaseReport(
        name=database.database,
        engine=database.engine,
        version=database.version,
        alias=database.alias,
        scratch=_scratch(database),
        findings=judge_database(database) + unknown,
        reason="; ".join(database.broken) or None,
    )


def _scratch(database: DatabaseEvidence) -> ScratchReport:
    scratch = database.scratch
    if scratch is None:
        return ScratchReport("failed" if database.conflicts else "error", 0.0, 0)
    failed = scratch.failed is not None or scratch.failure is not None
    return ScratchReport("failed" if failed else "passed", scratch.seconds, scratch.migrations)


def _migrations(
    evidence: tuple[DatabaseEvidence, ...], settings: AcknowledgeSettings, fail_on: FailOn
) -> tuple[MigrationReport, ...]:
    judged = tuple(
        (database, target, _acknowledged(target, settings))
        for database in evidence
        for target in database.targets
    )
    matched = {(target.fact.id, ack.rule) for _, target, applied in judged for ack in applied.matched}
    return tuple(
        _migration(target, applied, matched, fail_on, broken=database.broken)
        for database, target, applied in judged
    )


def _acknowledged(target: TargetEvidence, settings: AcknowledgeSettings) -> AcknowledgedFindings:
    fact = target.fact
    return acknowledge.apply_acknowledgements(
        judge_target(target), acknowledge.acknowledgements_for(fact.id, fact.docstring, settings)
    )


def _migration(
    target: TargetEvidence,
    applied: AcknowledgedFindings,
    matched: set[tuple[MigrationName, str]],
    fail_on: FailOn,
    *,
    broken: tuple[str, ...],
) -> MigrationReport:
    verdict, reason = _verdict(target, applied.findings, fail_on, broken)
    id_ = target.fact.id
    # An acknowledgement that matches on another database only is not stale.
    stale = tuple(
        acknowledgement
        for acknowledgement in applied.unmatched
        if not acknowledgement.reason or (id_, acknowledgement.rule) not in matched
    )
    tested = verdict in {"passed", "failed"}
    findings = applied.findings + tuple(
        stale_acknowledgement.about_target(id_, acknowledgement, BY_SLUG)
        for acknowledgement in stale
        if tested
    )
    if verdict == "passed" and _fails(findings, fail_on):
        verdict = "failed"
    return MigrationReport(
        database=target.database,
        id=id_,
        path=target.fact.path,
        verdict=verdict,
        reason=reason,
        acknowledged=applied.matched + _acknowledged_skip(target, verdict, reason),
        steps=reported_steps(target),
        coverage=target.covered,
        findings=findings,
    )


def _acknowledged_skip(
    target: TargetEvidence, verdict: Verdict, reason: str | None
) -> tuple[Acknowledgement, ...]:
    if (
        verdict != "skipped"
        or skip_reasons.skip_reason(target) is None
        or not skip_reasons.is_wanted_by_scenario(target)
    ):
        return ()
    return (Acknowledgement("skipped", reason or "", "scenarios"),)


def _verdict(
    target: TargetEvidence, findings: Findings, fail_on: FailOn, broken: tuple[str, ...]
) -> tuple[Verdict, str | None]:
    """Return the first matching verdict: not rehearsable, failed, skipped, not proven, passed.

    ``broken`` says why the run on the database could not go on, and with that why evidence is missing.
    """
    skipped, fault = skip_reasons.skip_reason(target), skip_reasons.error_reason(target)
    if fault is not None:
        return "error", fault
    if _fails(findings, fail_on):
        return "failed", skipped
    if skipped is not None:
        return "skipped", skipped
    proof = prove(target, judge_rules(target, {finding.rule for finding in findings if finding.acknowledged}))
    match proof:
        case MissingEvidence(reason):
            return "error", "; ".join((*broken, reason))
        case Proven():
            idle = changed_no_row.skipped(target)
            if idle is not None:
                return "skipped", idle
            parts = (proof.reason, changed_no_row.nothing_here(target))
            return "passed", "; ".join(part for part in parts if part is not None) or None


def _fails(findings: Iterable[Finding], fail_on: FailOn) -> bool:
    return any(
        is_at_least(finding.severity, fail_on)
        and not finding.acknowledged
        and finding.rule != not_cleaned_up.RULE.slug
        for finding in findings
    )
