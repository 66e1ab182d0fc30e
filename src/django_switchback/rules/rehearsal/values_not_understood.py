"""``values-not-understood``: a data migration cannot read the values that were made for a column."""

from __future__ import annotations

from django_switchback.evidence import ValuesNotUnderstood
from django_switchback.rules import manage_commands
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import doing

SLUG = "values-not-understood"


def judge(target: TargetEvidence) -> Findings:
    """Report each column whose values a step could not read, once for all steps."""
    by_column = {(record.table, record.column): record for record in reversed(target.not_understood)}
    return tuple(_finding(target, record) for record in reversed(by_column.values()))


def _finding(target: TargetEvidence, record: ValuesNotUnderstood) -> Finding:
    made = "documents" if record.document else "text"
    tried = f" It cannot read {', '.join(record.tried)} there either." if record.tried else ""
    return Finding(
        rule=SLUG,
        severity="warning",
        message=(
            f"{doing(target.fact.id, record.direction)} was not rehearsed with rows: its code cannot read "
            f"the {made} made for {record.table}.{record.column} ({record.failure}).{tried}"
        ),
        phase=record.phase,
        fix=f"Give the column values that the application would store, in a scenario: {_scenario(record)}",
        phases=tuple(
            sorted({other.phase for other in target.not_understood if _column(other) == _column(record)})
        ),
        reproduce=manage_commands.rollback_command(target)
        if record.direction == "rollback"
        else manage_commands.forward_command(target),
    )


def _column(record: ValuesNotUnderstood) -> tuple[str, str]:
    return record.table, record.column


def _scenario(record: ValuesNotUnderstood) -> str:
    """Return the three lines that give the column values."""
    model, _, field = record.model.rpartition(".")
    named = f'"{model}", "{field}"' if model else f'"{record.table}", "{record.column}"'
    return f"@value_for({named}) / def stored_{record.column}(number): / return encode(number)"


RULE = Rule(
    slug=SLUG,
    group="rehearsal",
    severity="warning",
    condition=(
        "The code of a data migration raises on the values made for a column that it reads: in a call that "
        "is given text, where it takes text apart, or at a key of a JSON document. It also raises on "
        "JSON, base64, numbers, dates, UUIDs and IP addresses there, or on documents with the keys of its "
        "code: only the application knows the format, such as a pickle, a token or an encrypted value. The "
        "migration is skipped, not passed."
    ),
    effect="The step was not rehearsed with rows: neither its effect on them nor its reverse was tested.",
    remedy=(
        "Give the column values in a scenario, with `@value_for` (see docs/scenarios.md), or acknowledge the "
        "rule with the reason."
    ),
    judge=judge,
)
