"""Merge the findings of one rule about one target from different phases."""

from __future__ import annotations

import msgspec

from django_switchback.rules.exhibits import OtherPhase
from django_switchback.rules.interface import SEVERITIES, Finding, Findings


def merge_findings(findings: Findings) -> Findings:
    """Merge the findings of each rule about one target into one, notes apart from errors and warnings.

    Of those with the worst severity, the first phase's finding is kept; ``phases`` lists all phases, and the
    differing messages of the others are added to its exhibits. The merged finding is confirmed if any is. If
    plain Django reproduced the finding from head, its commands start at head.
    """
    grouped: dict[tuple[str, bool], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.rule, finding.severity == "info"), []).append(finding)
    return tuple(_merge_group(tuple(group)) for group in grouped.values())


def _merge_group(group: Findings) -> Finding:
    first, *others = sorted(group, key=lambda finding: SEVERITIES.index(finding.severity))
    if not others:
        return first
    also = (
        OtherPhase(finding.phase, finding.message)
        for finding in others
        if not _reports_same_error(finding, first)
    )
    answers = [finding.confirmed for finding in group if finding.confirmed is not None]
    # The state before a target includes the other apps' states, which no single command restores: a failure
    # that depends on them is reproduced from head, but not by migrating the target's app alone.
    from_head = (
        finding
        for finding in others
        if finding.phase == "unwind" and finding.confirmed and _reports_same_error(finding, first)
    )
    shown = next(from_head, first)
    return msgspec.structs.replace(
        first,
        reproduce=shown.reproduce,
        setup=shown.setup,
        confirmed=any(answers) if answers else None,
        phases=tuple(dict.fromkeys(finding.phase for finding in group)),
        exhibits=(*first.exhibits, *also),
        tables=tuple(dict.fromkeys(table for finding in group for table in finding.tables)),
        told_with=first.told_with if all(other.told_with for other in others) else "",
    )


def _reports_same_error(finding: Finding, other: Finding) -> bool:
    """Whether a second finding adds nothing to the first."""
    raised, known = finding.failure, other.failure
    if raised is None or known is None:
        return finding.message == other.message
    # Exception messages may differ in the keys of rows.
    return (raised.type, raised.sqlstate, raised.operation) == (known.type, known.sqlstate, known.operation)
