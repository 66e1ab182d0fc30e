"""Acknowledgements: findings that a team accepts, each with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from django_switchback.evidence import MigrationName, Value
from django_switchback.rules.interface import Finding, Findings

ACKNOWLEDGE_PREFIX = "switchback: acknowledge "
"""Prefix of an acknowledgement line in a migration's docstring."""


class Acknowledgement(Value, frozen=True):
    """An acknowledgement of a rule for a migration; ``reason`` is empty if none is given."""

    rule: str
    reason: str
    source: Literal["docstring", "settings", "scenarios"]


class AcknowledgedFindings(NamedTuple):
    """Findings with ``acknowledged`` set, and the acknowledgements that matched a finding or did not."""

    findings: Findings
    matched: tuple[Acknowledgement, ...]
    unmatched: tuple[Acknowledgement, ...]


def parse_docstring(docstring: str) -> tuple[Acknowledgement, ...]:
    """Parse the acknowledgements in a docstring.

    Each is a line ``switchback: acknowledge <rule>: <reason>``; the reason continues on the following lines
    that are indented deeper.
    """
    lines = docstring.splitlines()
    return tuple(
        _parse_line(" ".join((line.strip(), *_continuation_lines(line, lines[number + 1 :]))))
        for number, line in enumerate(lines)
        if line.strip().startswith(ACKNOWLEDGE_PREFIX)
    )


def _continuation_lines(line: str, below: Iterable[str]) -> tuple[str, ...]:
    lines = []
    for other in below:
        if not other.strip() or _indent(other) <= _indent(line):
            break
        lines.append(other.strip())
    return tuple(lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _parse_line(text: str) -> Acknowledgement:
    rule, _, reason = text.removeprefix(ACKNOWLEDGE_PREFIX).partition(":")
    return Acknowledgement(rule.strip(), reason.strip(), "docstring")


def acknowledgements_for(
    id_: MigrationName, docstring: str, settings: Mapping[str, Mapping[str, str]]
) -> tuple[Acknowledgement, ...]:
    """Return all acknowledgements for a migration: from its docstring, then from the settings."""
    configured = settings.get(str(id_), {})
    return parse_docstring(docstring) + tuple(
        Acknowledgement(rule, reason.strip(), "settings") for rule, reason in configured.items()
    )


def apply_acknowledgements(
    findings: Findings, acknowledgements: Iterable[Acknowledgement]
) -> AcknowledgedFindings:
    """Mark acknowledged findings; acknowledgements without a reason and notes are ignored."""
    valid = {
        acknowledgement.rule: acknowledgement
        for acknowledgement in reversed(tuple(acknowledgements))
        if acknowledgement.reason
    }
    matched_rules = {
        finding.rule for finding in findings if finding.rule in valid and finding.severity != "info"
    }
    return AcknowledgedFindings(
        findings=tuple(_mark(finding, matched_rules) for finding in findings),
        matched=tuple(
            acknowledgement
            for acknowledgement in acknowledgements
            if acknowledgement.rule in matched_rules and acknowledgement.reason
        ),
        unmatched=tuple(
            acknowledgement
            for acknowledgement in acknowledgements
            if acknowledgement.rule not in matched_rules or not acknowledgement.reason
        ),
    )


def _mark(finding: Finding, rules: set[str]) -> Finding:
    return msgspec.structs.replace(finding, acknowledged=finding.rule in rules and finding.severity != "info")
