"""``changed-no-row``: a data operation changed nothing, so its effect was not rehearsed."""

from __future__ import annotations

from django_switchback.evidence import Operation
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection import data_operations
from django_switchback.rules.selection.data_operations import engine_of
from django_switchback.rules.wording import describe_operation, enumerate_items

SLUG = "changed-no-row"


def judge(target: TargetEvidence) -> Findings:
    """Report data operations that changed nothing on this database or ran on no database of the run."""
    if target.shard_missing:
        # Another shard may have what they changed.
        return ()
    found = tuple(data_operations.data_operations(target))
    idle = tuple(operation for _, operation, outcome in found if outcome == "idle")
    silent = tuple(
        operation
        for index, operation, outcome in found
        if outcome == "silent" and index not in target.changed_elsewhere
    )
    return (*_findings(target, idle, IDLE), *_findings(target, silent, SILENT))


IDLE = "sent statements on {engine} and changed neither a row nor the schema in any step"
SILENT = "sent no statement on {engine}, and no other database of the run rehearsed it"
FIXES = {
    IDLE: 'Create rows for it to change in a scenario (@before("{migration}"), see docs/scenarios.md)',
    SILENT: "Rehearse it on the database that it is for too (--database)",
}


def skipped(target: TargetEvidence) -> str | None:
    """Return the reason to skip a rehearsed target whose data operation changed nothing, if any."""
    idle = data_operations.operations_with_outcome(target, "idle")
    return f"{_enumerate_operations(idle)} changed neither a row nor the schema: {SLUG}" if idle else None


def nothing_here(target: TargetEvidence) -> str | None:
    """Return a note naming the operations that sent no statement on this engine, if any."""
    silent = data_operations.operations_with_outcome(target, "silent")
    if not silent:
        return None
    nothing = f"does nothing on {engine_of(target)}"
    return (
        nothing
        if len(silent) == len(target.fact.operations)
        else f"{_enumerate_operations(silent)} {nothing}"
    )


def _findings(target: TargetEvidence, operations: tuple[Operation, ...], what: str) -> Findings:
    if not operations:
        return ()
    return (
        Finding(
            rule=SLUG,
            severity="warning",
            message=(
                f"{_enumerate_operations(operations)} of {target.fact.id} "
                f"{what.format(engine=engine_of(target))}."
            ),
            phase="cycle",
            fix=(
                f"{FIXES[what].format(migration=target.fact.id)}; if it is meant to change no rows, "
                f"acknowledge {SLUG} with the reason."
            ),
            phases=("cycle",),
            exhibits=operations,
        ),
    )


def _enumerate_operations(operations: tuple[Operation, ...]) -> str:
    return enumerate_items([describe_operation(operation) for operation in operations])


RULE = Rule(
    slug=SLUG,
    group="rehearsal",
    severity="warning",
    condition=(
        "A data operation (`RunPython`, `RunSQL` or a custom operation) sent statements and changed "
        "neither a row nor the schema in any step of cycle and unwind: the migration is skipped, not "
        "passed. Setting a sequence on PostgreSQL is a change, as positions are compared. An operation that "
        "sent no statement on this engine passes if another database of the run "
        "rehearsed it."
    ),
    effect=(
        "The rows that it is written for did not exist: neither its effect on them nor its reverse was "
        "tested."
    ),
    remedy=(
        "Create such rows in a scenario, with `@before`. If it is meant to change no rows (it only reads), "
        "acknowledge the rule with the reason."
    ),
    judge=judge,
)
