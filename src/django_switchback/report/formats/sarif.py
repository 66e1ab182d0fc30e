"""Render the findings as SARIF 2.1.0, for code scanning and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django_switchback.report.answers import answer_lines, reproduction
from django_switchback.report.located_findings import (
    LocatedFinding,
    LocatedReason,
    Location,
    located_findings,
    located_reasons,
)
from django_switchback.rules.interface import Rule
from django_switchback.rules.registry import RULES
from django_switchback.untrusted_text import single_line
from django_switchback.verdict.interface import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
FINGERPRINT = "switchbackCause/v1"
"""The name of the fingerprint; its version changes with the way that it is computed."""


def render(report: Report) -> str:
    """Return one SARIF run: all rules, a result a finding, and what was not rehearsed as notifications.

    What is acknowledged is a result with a suppression and its reason.
    """
    order = {rule.slug: number for number, rule in enumerate(RULES)}
    finished = report.verdict != "error"
    run = {
        "tool": {
            "driver": {
                "name": "Switchback",
                "semanticVersion": single_line(report.run.version) or "0",
                "rules": [_rule(rule) for rule in RULES],
            }
        },
        "automationDetails": {"id": f"switchback/{single_line(report.run.project)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": finished,
                "toolExecutionNotifications": [
                    *(_notification("error", reason) for reason in report.reasons),
                    *map(_not_rehearsed, located_reasons(report)),
                    *(_notification("note", notice) for notice in report.notices),
                ],
            }
        ],
        "results": [_result(entry, order) for entry in located_findings(report)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.slug,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": rule.condition},
        "fullDescription": {"text": rule.effect},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": ["django", "migrations", rule.group]},
    }


def _result(entry: LocatedFinding, order: dict[str, int]) -> dict[str, Any]:
    finding = entry.shared.finding
    lines = (finding.message, *answer_lines(entry.shared), f"Fix: {finding.fix}", *reproduction(finding))
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": order[finding.rule],
        "level": LEVELS[finding.severity],
        "message": {"text": "\n".join(map(single_line, lines))},
        "locations": [_location(entry.location, entry.subject)],
        "partialFingerprints": {FINGERPRINT: entry.fingerprint},
        "properties": {"databases": [single_line(name) for name in entry.shared.databases]},
    }
    if finding.baseline is not None:
        result["baselineState"] = "unchanged" if finding.baseline == "known" else "new"
    if finding.acknowledged:
        reason = single_line(entry.shared.reason or "")
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _location(location: Location, subject: str) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(location.path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": location.line},
        },
        "logicalLocations": [{"fullyQualifiedName": subject, "kind": "module"}],
    }


def _not_rehearsed(located: LocatedReason) -> dict[str, Any]:
    reason = located.reason
    text = f"{reason.verdict}: {reason.id} ({', '.join(reason.databases)}): {reason.reason}"
    level = {"error": "error", "skipped": "warning"}.get(reason.verdict, "note")
    return {
        **_notification(level, text),
        "locations": [_location(located.location, single_line(str(reason.id)))],
    }


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": single_line(text)}}
