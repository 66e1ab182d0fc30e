"""Classify each data operation: it changed something, changed nothing, or sent no statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec

from django_switchback.evidence import MigrationName, Operation, OperationRan, OperationsRan
from django_switchback.rules.interface import DatabaseEvidence, TargetEvidence
from django_switchback.rules.selection.steps import fails_with_edge_rows_only

OperationOutcome: TypeAlias = Literal["changed", "idle", "silent", "session"]
"""*idle*: it sent statements and changed nothing; *silent*: it sent no statement.

*session*: all of its statements control the session or the transaction, as ``SET CONSTRAINTS`` does, or are
upkeep, such as ``REINDEX``: it has no effect on rows that could be rehearsed.
"""


def data_operations(target: TargetEvidence) -> Iterator[tuple[int, Operation, OperationOutcome]]:
    """Yield each data operation with its index and outcome; nothing if a step failed."""
    bad = (step for step in target.steps if step.outcome != "ok" and not step.trial)
    if not target.operation_runs or any(not fails_with_edge_rows_only(target, step) for step in bad):
        return
    for index, operation in enumerate(target.fact.operations):
        if operation.data:
            yield (
                index,
                operation,
                "changed" if _raised_with_edge_rows(target, operation) else _outcome(target, index),
            )


def operations_with_outcome(target: TargetEvidence, outcome: OperationOutcome) -> tuple[Operation, ...]:
    """Return the data operations with this outcome."""
    return tuple(operation for _, operation, found in data_operations(target) if found == outcome)


def engine_of(target: TargetEvidence) -> str:
    """Return the name of the database engine of the target's rehearsal."""
    return target.database.partition("/")[0].partition("-")[0]


def _outcome(target: TargetEvidence, index: int) -> OperationOutcome:
    steps = [(step, _operation_run(step, index)) for step in target.operation_runs]
    if any(_may_have_changed(target, step, own) for step, own in steps):
        return "changed"
    if any(own.statements for _, own in steps):
        return "idle"
    return "session" if any(own.session for _, own in steps) else "silent"


def _raised_with_edge_rows(target: TargetEvidence, operation: Operation) -> bool:
    """Whether the operation raised with edge rows, which shows that it processed rows."""
    raised = (step.failure.operation for step in target.steps if step.failure is not None and not step.trial)
    return operation.description in raised


def _operation_run(step: OperationsRan, index: int) -> OperationRan:
    return next((operation for operation in step.operations if operation.index == index), OperationRan(index))


def _may_have_changed(target: TargetEvidence, step: OperationsRan, own: OperationRan) -> bool:
    """Whether the operation may have changed something, by its counts or by exclusion of the others.

    A sequence that it set is a change: comparisons look at the position of each. Numbers that inserted rows
    took are none by themselves.
    """
    if own.sequences and not own.written:
        return True
    if not step.changed:
        return False
    if own.written or own.unknown:
        return True
    explained = any(operation.written or operation.unknown for operation in step.operations)
    # Statements sent through the driver directly are not counted; schema operations also explain a change.
    return not explained and all(operation.data for operation in target.fact.operations)


def with_outcomes_elsewhere(databases: Iterable[DatabaseEvidence]) -> tuple[DatabaseEvidence, ...]:
    """Set each target's ``changed_elsewhere``: the operations that changed something on another database."""
    found = tuple(databases)
    changed: dict[MigrationName, dict[str, set[int]]] = {}
    for database in found:
        for target in database.targets:
            places = {
                index for index, _, outcome in data_operations(target) if outcome in {"changed", "session"}
            }
            changed.setdefault(target.fact.id, {})[database.database] = places

    def with_other_databases(target: TargetEvidence) -> TargetEvidence:
        others = (places for name, places in changed[target.fact.id].items() if name != target.database)
        return msgspec.structs.replace(target, changed_elsewhere=tuple(sorted(set().union(*others))))

    return tuple(database.with_targets(with_other_databases) for database in found)
