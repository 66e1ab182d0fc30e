"""Words findings about steps that were interrupted and do not end well when they are run again."""

from __future__ import annotations

from collections.abc import Iterator

from django_switchback.evidence import Direction, InterruptionTried
from django_switchback.rules import manage_commands
from django_switchback.rules.exhibits import RowDifferences, SchemaDifferences
from django_switchback.rules.interface import Finding, Findings, Severity, TargetEvidence
from django_switchback.rules.selection.harmless import describe_left, is_harmless
from django_switchback.rules.wording import (
    doing,
    exception_with_hint,
    in_operation,
    operation_name,
    shown_sql,
)


def interruption_findings(target: TargetEvidence, direction: Direction, rule: str) -> Findings:
    """Return the findings of ``rule`` on interruptions of the step in ``direction``."""
    return tuple(_findings(target, direction, rule))


def _findings(target: TargetEvidence, direction: Direction, rule: str) -> Iterator[Finding]:
    for tried in target.interruptions:
        if tried.direction != direction:
            continue
        if tried.untried:
            yield _untried(target, tried, rule)
        elif not _is_harmless(tried):
            yield _finding(target, tried, rule)


def _is_harmless(tried: InterruptionTried) -> bool:
    differences = tried.differences
    return tried.failure is None and not differences.rows and all(map(is_harmless, differences.schema))


def _untried(target: TargetEvidence, tried: InterruptionTried, rule: str) -> Finding:
    return Finding(
        rule=rule,
        severity="info",
        message=(
            f"{doing(target.fact.id, tried.direction)} was not interrupted after each operation: "
            f"{tried.untried}"
        ),
        phase="cycle",
        fix="Nothing to correct. Where they took too long, a longer --timeout gives them more time.",
        phases=("cycle",),
    )


def _finding(target: TargetEvidence, tried: InterruptionTried, rule: str) -> Finding:
    back = tried.direction == "rollback"
    command = (manage_commands.rollback_command if back else manage_commands.forward_command)(target)
    named = operation_name(target.fact, tried.operation) or "an operation"
    done = f"the reverse of {named}" if back else named
    if tried.failure is None:
        ending = (
            "succeeds, but leaves another database than an uninterrupted run: "
            f"{describe_left(tried.differences)}"
        )
    else:
        ending = f"raises{in_operation(target.fact, tried.failure)}: {exception_with_hint(tried.failure)}"
    doubt = ""
    if tried.confirmed is False:
        doubt = f" Plain {target.plain_migrate} does not show this: seen only in the rehearsal."
    if tried.statement:
        where = f"was ended by a lock_timeout, while another session wrote, in {shown_sql(tried.statement)}"
    elif tried.committed and tried.done == tried.operations:
        where = (
            f"was interrupted once its operations were done, before statements that Django defers to their "
            f"end: the last before these was {shown_sql(tried.committed)}"
        )
    elif tried.committed:
        where = f"was interrupted within {done}, which had committed {shown_sql(tried.committed)}"
    else:
        where = f"was interrupted after {done} ({tried.done} of {tried.operations} operations)"
    interrupted = f"{command}  # {shown_sql(where.removeprefix('was '))}"
    setup = manage_commands.setup_command(target, "cycle", tried.direction)
    return Finding(
        rule=rule,
        severity=_severity(tried),
        message=(
            f"{doing(target.fact.id, tried.direction)}, which is not atomic, {where}: "
            f"{describe_left(tried.left)}. `{command}`, run again, {ending}.{doubt}"
        ),
        phase="cycle",
        fix=(
            "Make each operation repeatable: let it ask whether it is done already (IF NOT EXISTS, IF "
            "EXISTS, a filter on the rows that are left), or give each operation a migration of its own, "
            "atomic where it can be: many of Django's operations send several statements."
        ),
        confirmed=tried.confirmed,
        phases=("cycle",),
        exhibits=(
            SchemaDifferences(tried.differences.schema or tried.left.schema),
            RowDifferences(tried.differences.rows or tried.left.rows),
        ),
        reproduce=command,
        setup=interrupted if setup is None else f"{setup} && {interrupted}",
    )


def _severity(tried: InterruptionTried) -> Severity:
    """Return the severity: a note where ``migrate`` raises after a rare interruption, an error otherwise.

    Rare are one between two statements of a schema operation, and an index that PostgreSQL left unfinished.
    """
    if tried.is_minor:
        return "info"
    return "warning" if tried.confirmed is False else "error"
