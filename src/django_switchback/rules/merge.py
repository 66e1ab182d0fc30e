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
    for one in findings:
        grouped.setdefault((one.rule, one.severity == "info"), []).append(one)
    return tuple(_one(tuple(group)) for group in grouped.values())


def _one(group: Findings) -> Finding:
    first, *others = group
    if not others:
        return first
    phases = list(dict.fromkeys(one.phase for one in group))
    also = [{"phase": one.phase, "message": one.message} for one in others if not _alike(one, first)]
    answers = [one.confirmed for one in group if one.confirmed is not None]
    # A target's own place in history takes all other apps at theirs, which no command of one line brings
    # about: what depends on them fails from head, and not where the target's app alone was migrated.
    from_head = (one for one in others if one.phase == "unwind" and one.confirmed and _alike(one, first))
    shown = next(from_head, first)
    return msgspec.structs.replace(
        first,
        reproduce=shown.reproduce,
        setup=shown.setup,
        severity=worst_severity(tuple(one.severity for one in group)),
        confirmed=any(answers) if answers else None,
        evidence=first.evidence | {"phases": phases} | ({"also": also} if also else {}),
    )


def _alike(one: Finding, other: Finding) -> bool:
    """Whether a second finding tells nothing that the first does not."""
    raised, known = (entry.evidence.get("exception") for entry in (one, other))
    if raised is None or known is None:
        return one.message == other.message
    # The messages may differ in keys of rows.
    return all(raised[part] == known[part] for part in ("type", "sqlstate", "operation"))
