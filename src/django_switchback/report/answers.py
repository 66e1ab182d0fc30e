"""Format what stands below a finding in all report formats: other databases' words, the project's answers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from django_switchback.report.grouped_findings import GroupedFinding
from django_switchback.rules.interface import Finding
from django_switchback.rules.severity_overrides import SOURCE

SEVERITY_NAMES = {"error": "error", "warning": "warning", "info": "note"}
"""The severities as reports for people name them."""


def severity_words(finding: Finding) -> str:
    """Return the severity, such as ``warning, by default error, acknowledged``."""
    words = [SEVERITY_NAMES[finding.severity]]
    change = finding.severity_change
    if change is not None and change.default != finding.severity:
        words.append(f"by default {SEVERITY_NAMES[change.default]}")
    if finding.acknowledged:
        words.append("acknowledged")
    if finding.baseline == "known":
        words.append("known")
    return ", ".join(words)


def reproduction(finding: Finding) -> tuple[str, ...]:
    """Return the commands that reproduce a finding under a line that says where, if there are any.

    They stand below the fix and may roll migrations back: nobody may take them for it.
    """
    commands = tuple(command for command in (finding.setup, finding.reproduce) if command is not None)
    if not commands:
        return ()
    migrates = any(" migrate" in command for command in commands)
    return ("To reproduce it, on a scratch database:" if migrates else "To reproduce it:", *commands)


def repetition(migration: str | None, found: tuple[GroupedFinding, ...]) -> tuple[str, ...]:
    """Return the command that rehearses a migration alone under a line that says so.

    There is none for the project as a whole, and none if all that was ``found`` is a note or excused.
    """
    counted = (not shared.finding.excused and shared.finding.severity != "info" for shared in found)
    if migration is None or not any(counted):
        return ()
    command = f"switchback --migration {shlex.quote(migration)}"
    return ("To rehearse it again (add the options of this run):", command)


def answer_lines(shared: GroupedFinding) -> tuple[str, ...]:
    """Return a sentence for each message of other databases and each answer of the project."""
    return tuple(_answers(shared))


def _answers(shared: GroupedFinding) -> Iterator[str]:
    for other in shared.others:
        yield f"On {', '.join(other.databases)}: {other.message}"
    if shared.finding.acknowledged:
        yield f"Acknowledged: {shared.reason or ''}"
    yield from severity_sentence(shared.finding)
    if shared.finding.baseline == "known":
        yield "Known: listed in the baseline"


def severity_sentence(finding: Finding) -> Iterator[str]:
    """Yield a sentence on why the severity is another one than by default, if it is."""
    reason = severity_reason(finding)
    if reason is not None:
        yield f"Severity changed in {SOURCE}: {reason}"


def severity_reason(finding: Finding) -> str | None:
    """Return the reason why the severity is another one than by default, if it is."""
    change = finding.severity_change
    return change.settings[0].reason if change is not None and change.default != finding.severity else None
