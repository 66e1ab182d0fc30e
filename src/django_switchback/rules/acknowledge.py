"""Acknowledgements: findings that a team accepts, each with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from django_switchback.evidence import MigrationName, Value
from django_switchback.rules.interface import Finding, Findings

ACKNOWLEDGE_PREFIX = "switchback: acknowledge "
"""Prefix of an acknowledgement line in a migration's docstring."""


class Acknowledgement(Value, frozen=True):
    """An acknowledgement of a rule for a migration; ``reason`` is empty if none is given.

    One of the settings may hold for one ``content`` of the migration only, and ``until`` a day (ISO 8601).
    """

    rule: str
    reason: str
    source: Literal["docstring", "settings", "scenarios"]
    content: str = ""
    until: str = ""


AcknowledgeSettings: TypeAlias = Mapping[str, tuple[Acknowledgement, ...]]
"""The acknowledgements of the settings, by ``app.name``."""


class AcknowledgedFindings(NamedTuple):
    """Findings with ``acknowledged`` set, and the acknowledgements that matched a finding or did not.

    ``lapsed`` are those that would have matched, but for an edit of the migration or their last day.
    """

    findings: Findings
    matched: tuple[Acknowledgement, ...]
    lapsed: tuple[Acknowledgement, ...]
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
    id_: MigrationName, docstring: str, settings: AcknowledgeSettings
) -> tuple[Acknowledgement, ...]:
    """Return all acknowledgements for a migration: from its docstring, then from the settings."""
    return parse_docstring(docstring) + settings.get(str(id_), ())


def holds(acknowledgement: Acknowledgement, content: str, today: str) -> bool:
    """Return whether neither an edit of the migration nor the last day ended the acknowledgement.

    ``content`` is the migration's digest, ``today`` the day of the run in ISO 8601, empty if unknown.
    """
    unchanged = not acknowledgement.content or acknowledgement.content == content
    return unchanged and (not acknowledgement.until or acknowledgement.until >= today)


def apply_acknowledgements(
    findings: Findings, acknowledgements: tuple[Acknowledgement, ...], content: str = "", today: str = ""
) -> AcknowledgedFindings:
    """Mark acknowledged findings, but for notes; see :func:`holds` for ``content`` and ``today``."""
    found = {finding.rule for finding in findings if finding.severity != "info"}
    given = tuple(entry for entry in acknowledgements if entry.reason and entry.rule in found)
    matched = tuple(entry for entry in given if holds(entry, content, today))
    rules = {entry.rule for entry in matched}
    return AcknowledgedFindings(
        findings=tuple(_mark(finding, rules) for finding in findings),
        matched=matched,
        lapsed=tuple(entry for entry in given if entry not in matched),
        unmatched=tuple(entry for entry in acknowledgements if entry not in given),
    )


def _mark(finding: Finding, rules: set[str]) -> Finding:
    return msgspec.structs.replace(finding, acknowledged=finding.rule in rules and finding.severity != "info")


def settings_line(id_: MigrationName, rule: str, reason: str, content: str) -> str:
    """Return the line of ``[tool.switchback.acknowledge]`` for ``rule``, bound to ``content`` if known."""
    name, quoted = (json.dumps(text, ensure_ascii=False) for text in (str(id_), reason))
    bound = f', content = "{content}"' if content else ""
    return f"{name}.{rule} = {{ reason = {quoted}{bound} }}"
