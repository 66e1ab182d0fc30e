"""Tell what became of each data operation: it changed something, it changed nothing, or it sent nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec

from django_switchback.evidence import MigrationName, Operation, OperationRan, OperationsRan
from django_switchback.rules.interface import DatabaseEvidence, TargetEvidence
from django_switchback.rules.steps import fails_with_edge_rows_only

OperationOutcome: TypeAlias = Literal["changed", "idle", "silent"]
"""*idle*: it sent statements, and nothing is another for it; *silent*: it sent none."""


def data_operations(target: TargetEvidence) -> Iterator[tuple[int, Operation, OperationOutcome]]:
    """Yield each data operation with its place and what became of it; none where a step did not end well."""
    bad = (step for step in target.steps if step.outcome != "ok" and not step.trial)
    if not target.ran or any(not fails_with_edge_rows_only(target, step) for step in bad):
        return
    for index, operation in enumerate(target.fact.operations):
        if operation.data:
            yield index, operation, "changed" if _refused(target, operation) else _outcome(target, index)


def operations_with_outcome(target: TargetEvidence, outcome: OperationOutcome) -> tuple[Operation, ...]:
    """Return the data operations of which became ``outcome``."""
    return tuple(operation for _, operation, found in data_operations(target) if found == outcome)


def engine_of(target: TargetEvidence) -> str:
    """Return the name of the engine that the target was rehearsed on."""
    return target.database.partition("/")[0].partition("-")[0]


def _outcome(target: TargetEvidence, index: int) -> OperationOutcome:
    steps = [(step, _of(step, index)) for step in target.ran]
    if any(_changed(target, step, own) for step, own in steps):
        return "changed"
    return "idle" if any(own.statements for _, own in steps) else "silent"


def _refused(target: TargetEvidence, operation: Operation) -> bool:
    """Whether the operation raised with edge rows: it has met rows that it is for."""
    raised = (step.failure.operation for step in target.steps if step.failure is not None and not step.trial)
    return operation.description in raised


def _of(step: OperationsRan, index: int) -> OperationRan:
    return next((operation for operation in step.operations if operation.index == index), OperationRan(index))


def _changed(target: TargetEvidence, step: OperationsRan, own: OperationRan) -> bool:
    """Whether the operation may have changed something: by its counts, or since no other can have done it."""
    if not step.changed:
        return False
    if own.written or own.unknown:
        return True
    explained = any(operation.written or operation.unknown for operation in step.operations)
    # What a driver was sent past Django is in no count; schema operations explain a change by themselves.
    return not explained and all(operation.data for operation in target.fact.operations)


def with_outcomes_elsewhere(databases: Iterable[DatabaseEvidence]) -> tuple[DatabaseEvidence, ...]:
    """Return ``databases`` with each target knowing which operations changed something on another one."""
    found = tuple(databases)
    changed: dict[MigrationName, dict[str, set[int]]] = {}
    for database in found:
        for target in database.targets:
            places = {index for index, _, outcome in data_operations(target) if outcome == "changed"}
            changed.setdefault(target.fact.id, {})[database.database] = places
    return tuple(
        msgspec.structs.replace(
            database, targets=tuple(_knowing(target, changed[target.fact.id]) for target in database.targets)
        )
        for database in found
    )


def _knowing(target: TargetEvidence, changed: dict[str, set[int]]) -> TargetEvidence:
    others = (places for name, places in changed.items() if name != target.database)
    return msgspec.structs.replace(target, elsewhere=tuple(sorted(set().union(*others))))
