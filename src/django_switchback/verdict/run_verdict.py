"""Judge a run from its evidence: a verdict on each target, each database and the whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from django_switchback.evidence import (
    AcknowledgementLimits,
    AnyRecord,
    KnownFinding,
    ProjectDescribed,
    ProjectRefused,
    RunFinished,
    RunStarted,
    RunStopped,
    TimeSpent,
)
from django_switchback.rules.acknowledge import Acknowledgement, AcknowledgeSettings
from django_switchback.rules.grouping.grouping import group_by_database
from django_switchback.rules.grouping.passes_elsewhere import with_passes_elsewhere
from django_switchback.rules.hygiene import stale_acknowledgement
from django_switchback.rules.interface import DatabaseEvidence, Findings
from django_switchback.rules.notices import run_notices
from django_switchback.rules.registry import BY_SLUG, judge_database
from django_switchback.rules.rehearsal import changed_no_row, values_not_understood
from django_switchback.rules.selection.data_operations import with_outcomes_elsewhere
from django_switchback.rules.severity_overrides import change_severities, unmatched_settings
from django_switchback.rules.wording import count
from django_switchback.verdict import shards
from django_switchback.verdict.baseline import Baseline, not_found, not_found_notices
from django_switchback.verdict.interface import (
    DatabaseReport,
    FailOn,
    MigrationReport,
    Report,
    RunReport,
    ScratchReport,
)
from django_switchback.verdict.target_verdicts import Answers, failing, judge_targets

SKIP_RULES = {"skipped", changed_no_row.SLUG, values_not_understood.SLUG}
"""Rules whose acknowledgement excuses a skip."""


def judge(
    records: tuple[AnyRecord, ...],
    known: tuple[KnownFinding, ...] | None = None,
    *,
    own_shard: bool = False,
) -> Report:
    """Judge the records of one log, or of several concatenated logs (shards, backends), as one report.

    ``known`` is the baseline; without it that of the runs counts. A shard that is missing makes the verdict
    an error; with ``own_shard``, for the run of one shard, it does so for no reason that has to be mended.
    """
    records = shards.in_order(records)
    runs = tuple(record for record in records if isinstance(record, RunStarted))
    stops = tuple(record for record in records if isinstance(record, RunStopped))
    fail_on: FailOn = "warning" if any(run.fail_on == "warning" for run in runs) else "error"
    known = _baseline_of_runs(runs) if known is None else known
    answers = Answers(
        acknowledgements=_merge_acknowledge_settings(runs),
        severities=tuple(dict.fromkeys(setting for run in runs for setting in run.severities)),
        today=max((run.started[:10] for run in runs), default=""),
        baseline=None if known is None else Baseline(known),
    )
    of_shards = shards.runs_of(records)
    databases = shards.with_shards(group_by_database(records), of_shards)
    evidence = with_passes_elsewhere(with_outcomes_elsewhere(databases))
    migrations = judge_targets(evidence, answers, fail_on)
    unknown = _unknown_acknowledgements(records, answers.acknowledgements)
    reports = tuple(_database(database, unknown, answers) for database in evidence)
    reasons = tuple(
        dict.fromkeys(
            (*_unfinished_reasons(records, runs, evidence), *_error_reasons(reports, migrations, stops))
        )
    )
    part_of_run = shards.part_of_run(of_shards) if own_shard else ""
    missing = tuple(shards.missing_shards(of_shards))
    if not part_of_run:
        reasons = (*reasons, *missing)
    complete = not missing
    fails = any(map(fails_run, migrations)) or any(
        finding.baseline != "known" for report in reports for finding in failing(report.findings, fail_on)
    )
    gone = not_found(known or (), reports, migrations) if complete else ()
    return Report(
        verdict="error" if reasons else "failed" if fails else "error" if part_of_run else "passed",
        reasons=reasons,
        fail_on=fail_on,
        run=_run(records, runs),
        databases=reports,
        notices=(
            *((part_of_run,) if part_of_run else ()),
            *run_notices(records),
            *(_unmatched_severities(reports, migrations, answers) if complete else ()),
            *not_found_notices(gone),
        ),
        migrations=tuple(_with_stop_reason(migration, stops) for migration in migrations),
        stopped=stops[0].status if stops else None,
        baseline=known,
        shards=shards.shard_reports(of_shards),
        part_of_run=part_of_run,
        not_found=gone,
    )


def _with_stop_reason(entry: MigrationReport, stops: tuple[RunStopped, ...]) -> MigrationReport:
    """Put the reason of an interruption before the missing evidence of a target without a verdict."""
    if entry.verdict != "error" or not stops:
        return entry
    stop = stops[0].reason
    if entry.reason is not None and entry.reason.startswith(stop):
        return entry
    return msgspec.structs.replace(entry, reason="; ".join(filter(None, (stop, entry.reason))))


def fails_run(migration: MigrationReport) -> bool:
    """Return whether the migration fails the run: it failed or was skipped, and nobody answered that."""
    acknowledged = {entry.rule for entry in migration.acknowledged}
    skipped = migration.verdict == "skipped" and not (migration.elsewhere or acknowledged & SKIP_RULES)
    return (migration.verdict == "failed" or skipped) and migration.baseline != "known"


def _baseline_of_runs(runs: tuple[RunStarted, ...]) -> tuple[KnownFinding, ...] | None:
    baselines = [run.baseline for run in runs if run.baseline is not None]
    return tuple(dict.fromkeys(entry for known in baselines for entry in known)) if baselines else None


def _merge_acknowledge_settings(runs: tuple[RunStarted, ...]) -> AcknowledgeSettings:
    merged: dict[str, dict[str, Acknowledgement]] = {}
    for run in runs:
        for migration, rules in run.acknowledged.items():
            limits = run.acknowledgement_limits.get(migration, {})
            merged.setdefault(migration, {}).update(
                (rule, _from_settings(rule, reason, limits.get(rule, AcknowledgementLimits())))
                for rule, reason in rules.items()
            )
    return {migration: tuple(rules.values()) for migration, rules in merged.items()}


def _from_settings(rule: str, reason: str, limits: AcknowledgementLimits) -> Acknowledgement:
    return Acknowledgement(rule, reason.strip(), "settings", limits.content, limits.until)


def _run(records: tuple[AnyRecord, ...], runs: tuple[RunStarted, ...]) -> RunReport:
    ends = (record.seconds for record in records if isinstance(record, RunFinished | RunStopped))
    seconds = max(ends, default=0.0)
    times = tuple(record for record in records if isinstance(record, TimeSpent))
    if not runs:
        return RunReport(seconds=seconds, times=times)
    first = runs[0]
    return RunReport(
        id=first.id,
        seed=first.seed,
        started=first.started,
        seconds=seconds,
        project=first.project,
        settings=first.settings or _program_settings(records),
        version=first.version,
        folder=first.folder,
        times=times,
    )


def _program_settings(records: tuple[AnyRecord, ...]) -> str:
    """Return the settings module that the project's own program set."""
    return next((record.settings for record in records if isinstance(record, ProjectDescribed)), "")


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
    stated = {stop.reason for stop in stops}
    for database in reports:
        if database.reason is not None:
            if database.reason not in stated:
                yield f"{database.name}: {database.reason}"
        elif database.scratch.verdict == "error":
            yield f"{database.name}: no evidence of migrating an empty database"
    unproven = Counter(migration.database for migration in migrations if migration.verdict == "error")
    yield from (f"{name}: {count(number, 'target')} without a verdict" for name, number in unproven.items())


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
        stale_acknowledgement.about_unknown(migration, acknowledgement)
        for migration, entries in sorted(settings.items())
        if migration not in known
        for acknowledgement in entries
    )


def _database(database: DatabaseEvidence, unknown: Findings, answers: Answers) -> DatabaseReport:
    return DatabaseReport(
        name=database.database,
        engine=database.engine,
        version=database.version,
        alias=database.alias,
        scratch=_scratch(database),
        findings=answers.compared(
            change_severities(judge_database(database) + unknown, answers.severities), None
        ),
        reason="; ".join(database.broken) or None,
    )


def _unmatched_severities(
    reports: tuple[DatabaseReport, ...], migrations: tuple[MigrationReport, ...], answers: Answers
) -> tuple[str, ...]:
    """Return a sentence for each setting that no finding matched, though its app was rehearsed."""
    apps = {"", *(entry.id.app for entry in migrations)}
    rehearsed = (setting for setting in answers.severities if setting.app in apps)
    findings = (
        *(finding for report in reports for finding in report.findings),
        *(finding for entry in migrations for finding in entry.findings),
    )
    return tuple(unmatched_settings(findings, rehearsed, BY_SLUG))


def _scratch(database: DatabaseEvidence) -> ScratchReport:
    scratch = database.scratch
    if scratch is None and database.unwound_elsewhere:
        return ScratchReport("skipped", 0.0, 0)
    if scratch is None:
        return ScratchReport("failed" if database.conflicts else "error", 0.0, 0)
    failed = scratch.failed is not None or scratch.failure is not None
    return ScratchReport("failed" if failed else "passed", scratch.seconds, scratch.migrations)
