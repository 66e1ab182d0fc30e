"""One finding where the cycle and the unwind say the same."""

from __future__ import annotations

import msgspec

from django_switchback.rules.interface import Finding, Findings, worst_severity


def merge_findings(findings: Findings) -> Findings:
    """Return ``findings`` with those of one rule about one target as one, notes apart from the rest.

    The first phase's finding stays; ``evidence["phases"]`` names all, ``evidence["also"]`` what the others
    say in other words. It is as bad as the worst of them, and confirmed if one of them is. Where plain Django
    did the same from head, its commands start there.
    """
    grouped: dict[tuple[str, bool], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.rule, finding.severity == "info"), []).append(finding)
    return tuple(_one(tuple(group)) for group in grouped.values())


def _one(group: Findings) -> Finding:
    first, *others = group
    if not others:
        return first
    phases = list(dict.fromkeys(finding.phase for finding in group))
    also = [
        {"phase": finding.phase, "message": finding.message}
        for finding in others
        if not _alike(finding, first)
    ]
    answers = [finding.confirmed for finding in group if finding.confirmed is not None]
    # A target's own place in history takes all other apps at theirs, which no command of one line brings
    # about: what depends on them fails from head, and not where the target's app alone was migrated.
    from_head = (
        finding
        for finding in others
        if finding.phase == "unwind" and finding.confirmed and _alike(finding, first)
    )
    shown = next(from_head, first)
    return msgspec.structs.replace(
        first,
        reproduce=shown.reproduce,
        setup=shown.setup,
        severity=worst_severity(tuple(finding.severity for finding in group)),
        confirmed=any(answers) if answers else None,
        evidence=first.evidence | {"phases": phases} | ({"also": also} if also else {}),
    )


def _alike(finding: Finding, other: Finding) -> bool:
    """Whether a second finding tells nothing that the first does not."""
    raised, known = (entry.evidence.get("exception") for entry in (finding, other))
    if raised is None or known is None:
        return finding.message == other.message
    # The messages may differ in keys of rows.
    return all(raised[part] == known[part] for part in ("type", "sqlstate", "operation"))
