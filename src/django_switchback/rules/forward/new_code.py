"""``new-code-fails``: run the new release's statements on the migrated database."""

from __future__ import annotations

from django_switchback.evidence import NewCodeTried
from django_switchback.rules import manage_commands
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.statements import (
    broken_statements,
    doubt,
    doubt_sentences,
    statement_phrases,
    tables_of,
)
from django_switchback.rules.wording import count, enumerate_items, statement_outcome

SLUG = "new-code-fails"


def judge(target: TargetEvidence) -> Findings:
    """Report statements of the new models that fail once the migration is applied."""
    broken = broken_statements(target.new_code)
    return (_finding(target, broken),) if broken else ()


def _finding(target: TargetEvidence, broken: tuple[NewCodeTried, ...]) -> Finding:
    found = tuple(doubt(target.new_code, attempt) for attempt in broken)
    certain = None in found
    shown = broken[found.index(None) if certain else 0]
    return Finding(
        rule=SLUG,
        severity="error" if certain else "warning",
        message=(
            f"After {target.fact.id} is applied, the new release cannot {statement_phrases(broken)}: "
            f"{statement_outcome(shown)}{_sequence(shown)}{doubt_sentences(() if certain else found)}"
        ),
        phase="cycle",
        fix=_fix(broken),
        phases=("cycle",),
        exhibits=broken,
        reproduce=manage_commands.reproduce_command(target, "cycle", "forward"),
        setup=manage_commands.setup_command(target, "cycle", "forward"),
    )


def _sequence(attempt: NewCodeTried) -> str:
    if attempt.sequence is None:
        return ""
    after = f" after {count(attempt.inserts_before, 'insert')}" if attempt.inserts_before else ""
    return f". The sequence {attempt.sequence} is behind: its next value is taken{after}"


def _fix(broken: tuple[NewCodeTried, ...]) -> str:
    sequences = dict.fromkeys(attempt.sequence for attempt in broken if attempt.sequence is not None)
    if sequences:
        return (
            f"At the end of the migration, set {enumerate_items(list(sequences))} past the greatest value of "
            "its column, for example by connection.ops.sequence_reset_sql(no_style(), [model])."
        )
    return (
        f"Make the migration leave {tables_of(broken)} as the new models expect it: columns, defaults, "
        "values that their fields can read, and foreign keys that let them delete rows."
    )


RULE = Rule(
    slug=SLUG,
    group="forward",
    severity="error",
    condition=(
        "Inserts, reads, updates or deletes of the new release's own models fail on the migrated database, "
        "or read None from a mandatory column, and the old release's worked before the migration."
    ),
    effect="The migration reports success, and the new release fails once it is deployed.",
    remedy=(
        "Leave what the new models rely on: columns with the defaults and types that they expect, values "
        "that their fields can read, and sequences past the greatest value of their column."
    ),
    judge=judge,
)
