"""Judge the targets: failed, skipped, passed with proof, or an error if evidence is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django_switchback.evidence import MigrationName, SeveritySetting
from django_switchback.rules import acknowledge
from django_switchback.rules.acknowledge import AcknowledgedFindings, Acknowledgement, AcknowledgeSettings
from django_switchback.rules.hygiene import stale_acknowledgement
from django_switchback.rules.interface import (
    BaselineState,
    DatabaseEvidence,
    Finding,
    Findings,
    TargetEvidence,
    is_at_least,
)
from django_switchback.rules.proof import skip_reasons
from django_switchback.rules.proof.proof import MissingEvidence, Proven, prove
from django_switchback.rules.registry import BY_SLUG, judge_rules, judge_target
from django_switchback.rules.rehearsal import changed_no_row, not_cleaned_up
from django_switchback.rules.selection.steps import reported_steps
from django_switchback.rules.severity_overrides import change_severities
from django_switchback.rules.wording import enumerate_items
from django_switchback.verdict.baseline import Baseline
from django_switchback.verdict.interface import FailOn, MigrationReport, Verdict

NOT_A_TARGET = "not a target: rolled back and applied again with the targets, not rehearsed by itself"


class Answers(NamedTuple):
    """How the settings answer findings; ``today`` is the day of the run in ISO 8601, empty if unknown."""

    acknowledgements: AcknowledgeSettings
    severities: tuple[SeveritySetting, ...]
    today: str
    baseline: Baseline | None = None

    def compared(self, findings: Findings, migration: MigrationName | None) -> Findings:
        """Return the findings, marked as known or new if there is a baseline."""
        return findings if self.baseline is None else self.baseline.compare(findings, migration)

    def state_of(self, migration: MigrationName, verdict: Verdict, found: Findings) -> BaselineState | None:
        """Return whether the baseline, if there is one, knows all that makes the migration fail the run."""
        return None if self.baseline is None else self.baseline.state_of(migration, verdict, found)


def judge_targets(
    evidence: tuple[DatabaseEvidence, ...], answers: Answers, fail_on: FailOn
) -> tuple[MigrationReport, ...]:
    """Judge every target on every database."""
    judged = tuple(
        (database, target, _acknowledged(target, answers))
        for database in evidence
        for target in database.targets
    )
    found = {
        (target.fact.id, ack.rule)
        for _, target, applied in judged
        for ack in applied.matched + applied.lapsed
    }
    return tuple(
        _migration(target, applied, found, answers, fail_on, broken=database.broken)
        for database, target, applied in judged
    )


def _acknowledged(target: TargetEvidence, answers: Answers) -> AcknowledgedFindings:
    fact = target.fact
    given = acknowledge.acknowledgements_for(fact.id, fact.docstring, answers.acknowledgements)
    findings = change_severities(judge_target(target), answers.severities, fact.id.app)
    return acknowledge.apply_acknowledgements(findings, given, target.content, answers.today)


def _migration(
    target: TargetEvidence,
    applied: AcknowledgedFindings,
    found: set[tuple[MigrationName, str]],
    answers: Answers,
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
        if not acknowledgement.reason or (id_, acknowledgement.rule) not in found
    )
    tested = verdict in {"passed", "failed"} and not target.elsewhere
    about_answers = (
        *(stale_acknowledgement.about_lapsed(id_, entry, target.content) for entry in applied.lapsed),
        *(stale_acknowledgement.about_target(id_, entry, BY_SLUG) for entry in stale if tested),
    )
    findings = applied.findings + change_severities(about_answers, answers.severities, id_.app)
    findings = answers.compared(findings, id_)
    if verdict == "passed" and failing(findings, fail_on):
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
        line=target.fact.line,
        blocked_by=next((blocked.by for blocked in target.unwind_blocks), None),
        content=target.content,
        cached=target.cached,
        baseline=answers.state_of(id_, verdict, failing(findings, fail_on)),
        elsewhere=target.elsewhere,
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

    ``broken`` holds the reasons why the run on the database was aborted, which explain missing evidence.
    """
    skipped, fault = skip_reasons.skip_reason(target), skip_reasons.error_reason(target)
    if fault is not None:
        return "error", fault
    if failing(findings, fail_on):
        return "failed", skipped
    if skipped is not None:
        return "skipped", skipped
    answered = {finding.rule: finding.answer for finding in findings if finding.answer is not None}
    proof = prove(target, judge_rules(target, answered))
    match proof:
        case MissingEvidence(reason):
            return _unproven(target, (*broken, reason))
        case Proven() if target.elsewhere:
            return "skipped", f"another shard has {enumerate_items(target.elsewhere)}"
        case Proven():
            idle = changed_no_row.skipped(target)
            if idle is not None:
                return "skipped", idle
            proof = proof._replace(answers=tuple(dict.fromkeys(answered.values())))
            parts = (
                None if target.planned else NOT_A_TARGET,
                proof.reason,
                changed_no_row.nothing_here(target),
            )
            return "passed", "; ".join(part for part in parts if part is not None) or None


def _unproven(target: TargetEvidence, reasons: tuple[str, ...]) -> tuple[Verdict, str]:
    applied = any(step.phase == "scratch" and not step.trial for step in target.steps)
    if target.elsewhere == ("cycle",) and not applied:
        # The walk says why, which is in the shard that has the cycle.
        return "skipped", "it was not applied on the way to head; another shard has its cycle"
    return "error", "; ".join(reasons)


def failing(findings: Iterable[Finding], fail_on: FailOn) -> Findings:
    """Return the findings that make a target fail: severe enough, and not acknowledged."""
    return tuple(
        finding
        for finding in findings
        if is_at_least(finding.severity, fail_on)
        and not finding.acknowledged
        and finding.rule != not_cleaned_up.RULE.slug
    )
