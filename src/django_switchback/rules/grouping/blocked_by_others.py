"""Reports a rollback as blocked where the rollback of another migration, earlier in the unwind, broke it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from django_switchback.evidence import (
    AnyRecord,
    Compared,
    Difference,
    MigrationName,
    RowDifference,
    StepFinished,
    UnwindBlocked,
)
from django_switchback.rules.interface import TargetEvidence, of_type
from django_switchback.rules.selection.harmless import is_harmless
from django_switchback.rules.selection.steps import rows_required_by_step
from django_switchback.rules.wording import count_rows, describe_difference, enumerate_items
from django_switchback.untrusted_text import contains_word

RolledBackBefore = Mapping[MigrationName, tuple[MigrationName, ...]]
"""The migrations that the unwind had rolled back before the rollback of each one that failed, in order."""


def rolled_back_before(records: tuple[AnyRecord, ...]) -> RolledBackBefore:
    """Return what the unwind had rolled back before each failed rollback, from the order of the log."""
    before: dict[MigrationName, tuple[MigrationName, ...]] = {}
    done: dict[MigrationName, None] = {}
    for step in of_type(records, StepFinished):
        if (step.phase, step.direction, step.trial) != ("unwind", "rollback", False):
            continue
        if step.outcome == "ok":
            done[step.migration] = None
        else:
            before.setdefault(step.migration, tuple(done))
    return before


def blocked_by_others(
    targets: tuple[TargetEvidence, ...], before: RolledBackBefore
) -> tuple[TargetEvidence, ...]:
    """Return ``targets`` with each innocent failure of the unwind replaced by what blocked that rollback.

    A rollback is innocent if it works in the migration's own cycle, and another one, taken before it in the
    unwind, did not restore what its failure is about. That other migration bears the error.
    """
    by_id = {target.fact.id: target for target in targets}
    earlier = {id_: [by_id[name] for name in names if name in by_id] for id_, names in before.items()}
    blocks = {
        target.fact.id: block
        for target in targets
        for block in _blocks(target, earlier.get(target.fact.id, []))
    }
    return tuple(_replaced(target, blocks) for target in targets) if blocks else targets


def _blocks(target: TargetEvidence, earlier: list[TargetEvidence]) -> Iterator[UnwindBlocked]:
    """Yield what blocked the failed rollback of ``target``, if one of ``earlier`` did."""
    failed = next(filter(_failed_in_unwind, target.steps), None)
    if failed is None or failed.failure is None or not _rolls_back_alone(target):
        return
    message = failed.failure.message
    touched = frozenset(target.covered.touched) if target.covered is not None else frozenset()
    on_empty_tables = rows_required_by_step(target, failed).rows == "none"
    # The nearest one first: what it left is what this rollback met. A failure that names nothing is about the
    # schema if it shows on empty tables, since the same rollback works from the schema that the cycle had, or
    # else about rows. The other migration has an error of its own in any case.
    unrestored = [(other, tuple(_unrestored(other))) for other in reversed(earlier)]
    named = [(other, tuple(found for found in left if _names(message, found))) for other, left in unrestored]
    schema = [
        (other, tuple(found for found in left if on_empty_tables and isinstance(found, Difference)))
        for other, left in unrestored
    ]
    rows = [(other, tuple(found for found in left if _is_of(found, touched))) for other, left in unrestored]
    for other, left in [*named, *schema, *rows]:
        if left:
            yield UnwindBlocked(
                database=target.database,
                migration=target.fact.id,
                by=other.fact.id,
                unrestored=enumerate_items(list(dict.fromkeys(map(_described, left)))),
            )
            return


def _is_of(found: Difference | RowDifference, touched: frozenset[str]) -> bool:
    """Return whether ``found`` are rows of a table that the migration touches.

    So may be the rows that a failure on empty tables is about: those of migrations are there all the same.
    """
    return isinstance(found, RowDifference) and found.table in touched


def _failed_in_unwind(step: StepFinished) -> bool:
    return (step.phase, step.direction, step.outcome) == ("unwind", "rollback", "failed")


def _rolls_back_alone(target: TargetEvidence) -> bool:
    """Whether the rollback of the migration's own cycle works, with rows."""
    outcomes = {
        step.outcome
        for step in target.steps
        if (step.phase, step.direction, step.trial) == ("cycle", "rollback", False)
    }
    return outcomes == {"ok"}


def _unrestored(target: TargetEvidence) -> Iterator[Difference | RowDifference]:
    for comparison in target.comparisons:
        if _restored_in_cycle(comparison):
            yield from (found for found in comparison.comparison.schema if not is_harmless(found))
            yield from comparison.comparison.rows


def _restored_in_cycle(comparison: Compared) -> bool:
    return comparison.phase == "cycle" and comparison.moment == "restored" and not comparison.trial


def _names(message: str, found: Difference | RowDifference) -> bool:
    """Return whether ``message`` names what is unrestored; of changed rows, table and column."""
    if isinstance(found, Difference):
        return contains_word(message, re.split(r"[.(]", found.name.partition("(")[0])[-1])
    table = found.table.rpartition(".")[2]
    return contains_word(message, table) and (
        not found.changed or any(contains_word(message, column) for column in found.columns)
    )


def _described(found: Difference | RowDifference) -> str:
    if isinstance(found, Difference):
        return describe_difference(found)
    kinds: Iterable[tuple[str, str]] = (("lost", "lost"), ("changed", "changed"), ("added", "left over"))
    numbers = [(getattr(found, kind), kind, word) for kind, word in kinds]
    return enumerate_items(
        [
            f"{count_rows((found,), kind)} {'is' if number == 1 else 'are'} {word}"
            for number, kind, word in numbers
            if number
        ]
    )


def _replaced(target: TargetEvidence, blocks: Mapping[MigrationName, UnwindBlocked]) -> TargetEvidence:
    """Return ``target`` without its innocent failure, and blocked by what bears the error."""
    block = blocks.get(target.fact.id)
    if block is None:
        others = tuple(
            msgspec.structs.replace(blocks[blocked.by], migration=blocked.migration)
            if blocked.by in blocks and blocked.direction == "rollback"
            else blocked
            for blocked in target.unwind_blocks
        )
        return msgspec.structs.replace(target, unwind_blocks=others)
    return msgspec.structs.replace(
        target,
        step_starts=tuple(step for step in target.step_starts if step.phase != "unwind"),
        steps=tuple(step for step in target.steps if step.phase != "unwind"),
        comparisons=tuple(found for found in target.comparisons if found.phase != "unwind"),
        classified=tuple(found for found in target.classified if found.phase != "unwind"),
        confirmed=tuple(found for found in target.confirmed if found.phase != "unwind"),
        unwind_blocks=(block,),
    )
