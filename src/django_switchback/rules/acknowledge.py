"""Acknowledgements: errors that a team has decided to live with, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from django_switchback.evidence import MigrationName, Value
from django_switchback.rules.interface import Finding, Findings

ACKNOWLEDGE_PREFIX = "switchback: acknowledge "
"""What a line of a migration's docstring begins with to acknowledge something."""


class Acknowledgement(Value, frozen=True):
    """One acknowledgement of one rule for one migration; ``reason`` is empty where it has none."""

    rule: str
    reason: str
    source: Literal["docstring", "settings", "scenarios"]


class AcknowledgedFindings(NamedTuple):
    """Findings with those acknowledged marked, and the acknowledgements that met one and that met none."""

    findings: Findings
    matched: tuple[Acknowledgement, ...]
    unmatched: tuple[Acknowledgement, ...]


def parse_docstring(docstring: str) -> tuple[Acknowledgement, ...]:
    """Return the acknowledgements that a docstring holds.

    Each is a line ``switchback: acknowledge <rule>: <reason>``; the reason goes on in the lines below that
    are indented deeper.
    """
    lines = docstring.splitlines()
    return tuple(
        _parsed(" ".join((line.strip(), *_continued(line, lines[number + 1 :]))))
        for number, line in enumerate(lines)
        if line.strip().startswith(ACKNOWLEDGE_PREFIX)
    )


def _continued(line: str, below: Iterable[str]) -> tuple[str, ...]:
    taken = []
    for other in below:
        if not other.strip() or _indent(other) <= _indent(line):
            break
        taken.append(other.strip())
    return tuple(taken)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _parsed(text: str) -> Acknowledgement:
    rule, _, reason = text.removeprefix(ACKNOWLEDGE_PREFIX).partition(":")
    return Acknowledgement(rule.strip(), reason.strip(), "docstring")


def acknowledgements_for(
    id_: MigrationName, docstring: str, settings: Mapping[str, Mapping[str, str]]
) -> tuple[Acknowledgement, ...]:
    """Return all acknowledgements for one migration: its docstring's, then the settings'."""
    configured = settings.get(str(id_), {})
    return parse_docstring(docstring) + tuple(
        Acknowledgement(rule, reason.strip(), "settings") for rule, reason in configured.items()
    )


def apply_acknowledgements(
    findings: Findings, acknowledgements: Iterable[Acknowledgement]
) -> AcknowledgedFindings:
    """Mark what is acknowledged. One without a reason acknowledges nothing; a note needs none."""
    valid = {
        acknowledgement.rule: acknowledgement
        for acknowledgement in reversed(tuple(acknowledgements))
        if acknowledgement.reason
    }
    met = {finding.rule for finding in findings if finding.rule in valid and finding.severity != "info"}
    return AcknowledgedFindings(
        findings=tuple(_marked(finding, met) for finding in findings),
        matched=tuple(
            acknowledgement
            for acknowledgement in acknowledgements
            if acknowledgement.rule in met and acknowledgement.reason
        ),
        unmatched=tuple(
            acknowledgement
            for acknowledgement in acknowledgements
            if acknowledgement.rule not in met or not acknowledgement.reason
        ),
    )


def _marked(finding: Finding, rules: set[str]) -> Finding:
    return msgspec.structs.replace(finding, acknowledged=finding.rule in rules and finding.severity != "info")
